"""The forms in which the imitated Intercom answers."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_intercom.sandbox_records import Json
from trunkline_intercom.sandbox_search import depth, fits

_DEEPEST = 2
_REQUEST_ID = "0192f3a4-5b6c-4d8e-9f00-112233445566"


async def searched(
    request: Request, kind: str, key: str, records: Iterable[Json], fields: Callable[[Json], Json]
) -> Response:
    """One page of a search."""
    given = await request.json()
    if depth(given["query"]) > _DEEPEST:
        return refusal(400, "parameter_invalid", "Query is nested too deeply")
    try:
        found = [record for record in records if fits(given["query"], fields(record))]
    except KeyError:
        return refusal(400, "parameter_invalid", "Field is not searchable")
    size = given["pagination"]["per_page"]
    start = int(given["pagination"].get("starting_after") or 0)
    pages: Json = pages_of(size)
    if start + size < len(found):
        pages["next"] = {"per_page": size, "starting_after": str(start + size)}
    part = [{name: item[name] for name in item if name != "conversation_parts"} for item in found[start : start + size]]
    return JSONResponse({"type": kind, key: part, "total_count": len(found), "pages": pages})


def pages_of(size: int) -> Json:
    """Where a list stands that is one page."""
    return {"type": "pages", "page": 1, "per_page": size, "total_pages": 1}


def updated_at(thread: Json) -> Any:
    """When a thread last changed."""
    return thread["updated_at"]


def refusal(status: int, code: str, message: str) -> Response:
    """Intercom's form of an error."""
    errors = [{"code": code, "message": message}]
    return JSONResponse({"type": "error.list", "request_id": _REQUEST_ID, "errors": errors}, status)


def not_found(what: str) -> Response:
    """There is no such record."""
    return refusal(404, "not_found", f"{what} Not Found")
