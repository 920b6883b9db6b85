"""Subscriptions and the knowledge base, as the sandbox answers them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import SeedArticle
from trunkline_hubspot.sandbox_state import Account

MARKETING, ONE_TO_ONE = 4001, 4002


class Marketing:
    """The routes."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def _done(self, results: list[dict[str, Any]]) -> Response:
        times = {"startedAt": self.account.now, "completedAt": self.account.now, "status": "COMPLETE"}
        return JSONResponse({**times, "results": results})

    def _status(self, email: str, subscription: int) -> dict[str, Any]:
        return {
            "channel": "EMAIL",
            "source": "API",
            "status": self.account.consents.get((email, subscription), "NOT_SPECIFIED"),
            "subscriberIdString": email,
            "subscriptionId": subscription,
            "timestamp": self.account.now,
        }

    async def list_statuses(self, request: Request) -> Response:
        """`GET /communication-preferences/v4/statuses/{email}`."""
        email = request.path_params["email"]
        return self._done([self._status(email, one) for one in (MARKETING, ONE_TO_ONE)])

    async def set_status(self, request: Request) -> Response:
        """`POST /communication-preferences/v4/statuses/{email}`."""
        email, asked = request.path_params["email"], await request.json()
        self.account.consents[email, asked["subscriptionId"]] = asked["statusState"]
        return self._done([self._status(email, asked["subscriptionId"])])

    async def get_opt_out(self, request: Request) -> Response:
        """`GET /communication-preferences/v4/statuses/{email}/unsubscribe-all`: nothing where they did not."""
        email = request.path_params["email"]
        out = {"channel": "EMAIL", "status": "UNSUBSCRIBED", "subscriberIdString": email}
        whole = {**out, "timestamp": self.account.now, "wideStatusType": "PORTAL_WIDE"}
        return self._done([whole] if email in self.account.opted_out else [])

    async def search_site(self, request: Request) -> Response:
        """`GET /cms/v3/site-search/search`: what was found is in bold."""
        words = request.query_params["q"].casefold().split()
        found = [one for one in self.account.articles if all(word in _text(one) for word in words)]
        start, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        results = [_shown(one) for one in found[start : start + limit]]
        return JSONResponse({"total": len(found), "offset": start, "limit": limit, "page": 0, "results": results})


def _text(article: SeedArticle) -> str:
    return f"{article.title} {article.body}".casefold()


def _shown(article: SeedArticle) -> dict[str, Any]:
    return {
        "id": article.number,
        "type": "KNOWLEDGE_ARTICLE",
        "title": f"<b>{article.title}</b>",
        "description": article.body[:120],
        "url": f"https://help.roastery.example/{article.number}",
        "language": "en",
        "category": article.section,
        "score": 1.0,
    }


def marketing_routes(account: Account) -> list[Route]:
    """The routes over an account."""
    marketing, statuses = Marketing(account), "/communication-preferences/v4/statuses/{email}"
    return [
        Route(statuses, marketing.set_status, methods=["POST"]),
        Route(statuses, marketing.list_statuses),
        Route(statuses + "/unsubscribe-all", marketing.get_opt_out),
        Route("/cms/v3/site-search/search", marketing.search_site),
    ]
