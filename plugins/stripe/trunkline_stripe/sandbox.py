"""A stateful imitation of Stripe, for the demo, for tests and for faults: never a proof about Stripe."""

from starlette.applications import Starlette
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_stripe.sandbox_account import Holdings
from trunkline_stripe.sandbox_api import SECRET_KEY, Handler
from trunkline_stripe.sandbox_catalog import stock
from trunkline_stripe.sandbox_money import Money
from trunkline_stripe.sandbox_subscriptions import Subscriptions


class Stripe(Subscriptions, Money):
    """All of Stripe's routes over one account."""


def sandbox(seed: Seed) -> Sandbox:
    """A Stripe account with the company's customers."""
    api = Stripe(stock(Holdings(seed), seed))
    one = "/v1/subscriptions/{id}"
    handlers: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/v1/customers/{id}/payment_methods", api.list_methods),
        ("GET", "/v1/invoices/{id}/lines", api.list_lines),
        ("POST", one, api.update_subscription),
        ("DELETE", one, api.cancel_subscription),
        ("POST", f"{one}/pause", api.pause_subscription),
        ("POST", f"{one}/resume", api.resume_subscription),
        ("POST", "/v1/customers/{id}/balance_transactions", api.add_to_balance),
        ("POST", "/v1/customers/{id}", api.update_customer),
        ("POST", "/v1/customers", api.create_customer),
        ("POST", "/v1/invoices/create_preview", api.preview_invoice),
        ("POST", "/v1/billing_portal/sessions", api.create_portal_session),
        ("POST", "/v1/refunds", api.create_refund),
        ("GET", "/v1/checkout/{things}/{id}", api.get),
        ("GET", "/v1/checkout/{things}", api.list_things),
        ("GET", "/v1/{things}/search", api.search),
        ("GET", "/v1/{things}/{id}", api.get),
        ("GET", "/v1/{things}", api.list_things),
    )
    routes = [Route(path, api.endpoint(handler), methods=[method]) for method, path, handler in handlers]
    return Sandbox(
        app=Starlette(routes=routes),
        auth="secret_key",
        settings={},
        credentials={"secret_key": SECRET_KEY},
    )
