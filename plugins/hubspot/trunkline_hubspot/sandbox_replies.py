"""HubSpot's form of an error, as the sandbox answers it."""

from typing import Any

from starlette.responses import JSONResponse, Response


def refusal(status: int, category: str) -> Response:
    """A call that was refused."""
    correlation = "aeb5f871-7f07-4993-9211-075dc63e7cbf"
    body = {"status": "error", "message": "Refused.", "correlationId": correlation, "category": category}
    return JSONResponse(body, status)


def error(status: int, category: str) -> dict[str, Any]:
    """One of several things in a call that was refused, while the others were done."""
    parts: dict[str, Any] = {"context": {}, "errors": [], "links": {}}
    return {"status": str(status), "category": category, "message": "Refused.", **parts}
