"""What can be offered: plans out of the catalogue, and coupons.

https://apidocs.chargebee.com/docs/api/item_prices
https://apidocs.chargebee.com/docs/api/coupons
"""

from trunkline_chargebee import vendor
from trunkline_chargebee.customers import Customers
from trunkline_chargebee.normalize import raw_id
from trunkline_chargebee.vendor_catalog import CouponRow, ItemPriceRow
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Offer
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import LIST_OFFERS
from trunkline_contracts.tools.billing import ListOffers
from trunkline_contracts.values import Page


class Offers(Customers):
    """The tool about offers."""

    @implements(LIST_OFFERS)
    async def list_offers(self, request: ListOffers) -> ReadResult[Page[Offer]]:
        """List the active plans in the customer's currency, or the active coupons."""
        held, currency = await self._asked_about(request)
        params: Params = {"status[is]": "active", "limit": request.limit, "offset": request.cursor}
        if request.kind == "discount":
            coupons = await self._api.get("/coupons", gives=vendor.Page[CouponRow], params=params)
            offers = tuple(self._to.coupon(row.coupon, held) for row in coupons.rows)
            return ReadResult(data=Page(items=offers, next_cursor=coupons.next_offset))
        params = {**params, "item_type[is]": "plan", "currency_code[is]": currency}
        prices = await self._api.get("/item_prices", gives=vendor.Page[ItemPriceRow], params=params)
        offers = tuple(self._to.plan(row.item_price, held) for row in prices.rows)
        return ReadResult(data=Page(items=offers, next_cursor=prices.next_offset))

    async def _asked_about(self, request: ListOffers) -> tuple[vendor.Subscription | None, str | None]:
        """The subscription that the offers are for, if it is one, and the currency they have to be in."""
        target = raw_id(request.target)
        if request.target.kind == "customer":
            return None, (await self._customer(target)).preferred_currency_code
        held = (await self._api.get("/subscriptions/{}", target, gives=vendor.SubscriptionRow)).subscription
        return held, held.currency_code
