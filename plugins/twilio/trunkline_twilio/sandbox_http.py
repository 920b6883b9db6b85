"""What the imitation's hosts have in common: forms, refusals, pages and the credential."""

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_twilio.sandbox_state import ACCOUNT, KEY, SECRET, TOKEN, Json


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def refusal(status: int, code: int) -> Response:
    """Twilio's form of an error."""
    body = {"code": code, "message": "Refused.", "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return JSONResponse({**body, "status": status}, status)


def listed(request: Request, kept: list[Json], key: str) -> Response:
    """A page of a list of the 2010 API, newest first; a token names the last item of the page before."""
    query = request.query_params
    found = [
        item
        for item in kept
        if query.get("To", item["to"]) == item["to"] and query.get("From", item["from"]) == item["from"]
    ]
    if int(query.get("Page", 0)) and "PageToken" not in query:
        return refusal(400, 20001)
    after, size = query.get("PageToken", "PA").removeprefix("PA"), int(query.get("PageSize", 50))
    sids = [item["sid"] for item in found]
    if after and after not in sids:
        return refusal(400, 21481)
    start = sids.index(after) + 1 if after else 0
    return JSONResponse(_page(request, found, start, size, key))


def _page(request: Request, found: list[Json], start: int, size: int, key: str) -> Json:
    part, query = found[start : start + size], {**request.query_params, "PageSize": str(size)}
    path, following = request.url.path, None
    if len(found) > start + size:
        following = f"{path}?{urlencode({**query, 'Page': '1', 'PageToken': 'PA' + part[-1]['sid']})}"
    return {
        "start": start,
        "end": start + max(len(part) - 1, 0),
        "page": 0,
        "page_size": size,
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "previous_page_uri": None,
        "next_page_uri": following,
        "uri": f"{path}?{urlencode(query)}",
        key: part,
    }


def v1_page(request: Request, found: list[Json], key: str) -> Response:
    """A page of the v1 API, whose token means nothing to a caller, as Twilio's do."""
    query = request.query_params
    start, size = int(query.get("PageToken", "PT.0").partition(".")[2]), int(query.get("PageSize", 50))
    url = f"https://conversations.twilio.com{request.url.path}"
    following = f"{url}?PageSize={size}&Page={start // size + 1}&PageToken=PT.{start + size}"
    meta = {
        "page": start // size,
        "page_size": size,
        "first_page_url": f"{url}?PageSize={size}&Page=0",
        "previous_page_url": None,
        "url": url,
        "next_page_url": following if len(found) > start + size else None,
        "key": key,
    }
    return JSONResponse({key: found[start : start + size], "meta": meta})


class KeyCheck:
    """Refuses calls without an API key or the account's token."""

    def __init__(self, app: Any) -> None:
        self.app = app
        pairs = (f"{KEY}:{SECRET}", f"{ACCOUNT}:{TOKEN}")
        self.known = {b"Basic " + b64encode(pair.encode()) for pair in pairs}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Check, then pass on."""
        given = dict(scope.get("headers", ())).get(b"authorization")
        allowed = scope["type"] != "http" or given in self.known
        await (self.app if allowed else refusal(401, 20003))(scope, receive, send)
