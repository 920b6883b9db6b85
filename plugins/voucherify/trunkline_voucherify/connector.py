"""Voucherify's connector: one project, with the tools of its three parts."""

from trunkline_voucherify.customers import Customers
from trunkline_voucherify.loyalty import Loyalty
from trunkline_voucherify.orders import Orders


class Voucherify(Customers, Orders, Loyalty):
    """One project, and in it one loyalty campaign or programme."""
