"""What an administrator set up, as the sandbox answers it: pipelines, owners, properties, the currency."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_hubspot.sandbox_state import CURRENCY, DEAL_STAGES, OWNER, STAGES, Account, Record


class Setup:
    """The routes."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @property
    def _dates(self) -> Record:
        return {"createdAt": self.account.now, "updatedAt": self.account.now, "archived": False}

    async def list_ticket_pipelines(self, _request: Request) -> Response:
        """`GET /crm/v3/pipelines/tickets`."""
        stages = [(stage_id, label, {"ticketState": state}) for stage_id, label, state in STAGES]
        return self._pipeline("0", "Support Pipeline", stages)

    async def list_deal_pipelines(self, _request: Request) -> Response:
        """`GET /crm/v3/pipelines/deals`."""
        stages = [
            (stage_id, label, {"isClosed": closed, "probability": probability})
            for stage_id, label, probability, closed in DEAL_STAGES
        ]
        return self._pipeline("default", "Sales Pipeline", stages)

    def _pipeline(self, pipeline_id: str, label: str, stages: list[tuple[str, str, dict[str, str]]]) -> Response:
        shown = [
            {"id": stage_id, "label": name, "displayOrder": index, "metadata": metadata, **self._dates}
            for index, (stage_id, name, metadata) in enumerate(stages)
        ]
        pipeline = {"id": pipeline_id, "label": label, "displayOrder": 0, "stages": shown, **self._dates}
        return JSONResponse({"results": [pipeline]})

    async def list_owners(self, request: Request) -> Response:
        """`GET /crm/v3/owners`."""
        email = request.query_params.get("email", OWNER["email"])
        owner: dict[str, Any] = {**OWNER, "userId": int(OWNER["userId"]), "type": "PERSON", **self._dates}
        return JSONResponse({"results": [owner] if email == OWNER["email"] else []})

    async def list_properties(self, request: Request) -> Response:
        """`GET /crm/v3/properties/{type}`."""
        return JSONResponse({"results": self.account.properties.get(request.path_params["kind"], [])})

    async def get_details(self, _request: Request) -> Response:
        """`GET /account-info/v3/details`."""
        return JSONResponse({"portalId": 1, "companyCurrency": CURRENCY, "additionalCurrencies": []})


def setup_routes(account: Account) -> list[Route]:
    """The routes over an account."""
    setup = Setup(account)
    return [
        Route("/crm/v3/pipelines/tickets", setup.list_ticket_pipelines),
        Route("/crm/v3/pipelines/deals", setup.list_deal_pipelines),
        Route("/crm/v3/owners", setup.list_owners),
        Route("/crm/v3/properties/{kind}", setup.list_properties),
        Route("/account-info/v3/details", setup.get_details),
    ]
