"""A stateful imitation of Chargebee, for the demo, for tests and for faults: never a proof about Chargebee."""

from starlette.applications import Starlette
from starlette.routing import Route

from trunkline_chargebee.sandbox_account import Holdings
from trunkline_chargebee.sandbox_desk import API_KEY, Handler
from trunkline_chargebee.sandbox_sales import SalesDesk
from trunkline_chargebee.sandbox_subscriptions import SubscriptionDesk
from trunkline_contracts.sandbox import Sandbox, Seed

SITE = "coffee-test"


class Chargebee(SubscriptionDesk, SalesDesk):
    """Chargebee's routes over the site."""

    def handlers(self) -> tuple[tuple[str, str, Handler], ...]:
        """Method, path and handler of each."""
        one = "subscriptions/{id}"
        return (
            ("POST", f"{one}/pause", self.pause),
            ("POST", f"{one}/resume", self.resume),
            ("POST", f"{one}/remove_scheduled_pause", self.remove_scheduled_pause),
            ("POST", f"{one}/remove_scheduled_cancellation", self.remove_scheduled_cancellation),
            ("POST", f"{one}/cancel_for_items", self.cancel),
            ("POST", f"{one}/update_for_items", self.update_for_items),
            ("POST", "estimates/update_subscription_for_items", self.estimate_update),
            ("POST", "customers", self.create_customer),
            ("POST", "customers/{id}", self.update_customer),
            ("POST", "customers/{id}/update_billing_info", self.update_billing_info),
            ("POST", "promotional_credits/add", self.add_credits),
            ("POST", "hosted_pages/{purpose}", self.host_page),
            ("POST", "invoices/{id:path}/refund", self.refund),
            ("POST", "credit_notes", self.credit),
            ("POST", "orders/{id}/cancel", self.cancel_order),
            ("GET", "{things}", self.list_things),
            ("GET", "{things}/{id:path}", self.get),
        )


def sandbox(seed: Seed) -> Sandbox:
    """A Chargebee site with the company's customers."""
    api = Chargebee(Holdings(seed))
    routes = [
        Route(f"/api/v2/{path}", api.endpoint(handler), methods=[method]) for method, path, handler in api.handlers()
    ]
    return Sandbox(
        app=Starlette(routes=routes), auth="api_key", settings={"site": SITE}, credentials={"api_key": API_KEY}
    )
