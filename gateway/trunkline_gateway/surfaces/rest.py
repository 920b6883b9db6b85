"""REST: `POST /v1/tools/{name}`, the tool list in three formats, and an OpenAPI description of all of it."""

import re
from importlib.metadata import version
from typing import Any, Literal

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from trunkline_contracts.errors import InternalError, InvalidArgumentError, NotFoundError
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.calls.catalog import Tool
from trunkline_gateway.calls.request import Answer, CallRequest
from trunkline_gateway.calls.run import Calls
from trunkline_gateway.surfaces.guard import BODY, CALLER
from trunkline_gateway.surfaces.openapi import describe_api
from trunkline_gateway.surfaces.problems import problem

_WAIT = re.compile(r"(?:^|,)\s*wait=(\d{1,3})\s*(?:,|$)")
_ACCEPTED = frozenset(("in_doubt", "pending_approval", "accepted", "scheduled"))
_PRIVATE = {"Cache-Control": "private, no-store"}

Format = Literal["trunkline", "openai", "anthropic"]


TOOLS = "/v1/tools/"


class RestSurface:
    """The handlers of the REST routes."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def call_tool(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one call: `POST /v1/tools/{name}`."""
        request = Request(scope)
        call = CallRequest(
            caller=scope[CALLER],
            surface="rest",
            tool=scope["path"].removeprefix(TOOLS),
            arguments=scope[BODY] or b"{}",
            idempotency_key=_key(request.headers.get("idempotency-key")),
            timeout_s=_wait(request.headers.get("prefer", "")),
        )
        await _told(await self._calls.run(call))(scope, receive, send)

    async def list_tools(self, request: Request, format: Format = "trunkline") -> Response:  # noqa: A002 - the query's own word
        """The caller's tools, for REST, or for function calling in OpenAI's or Anthropic's form."""
        tools = await self._calls.tools(request.scope[CALLER])
        return JSONResponse([_FORMS[format](tool) for tool in tools.values()], headers=_PRIVATE)


def _told(answer: Answer) -> Response:
    if answer.error is not None or answer.result is None:
        return problem(answer.error or InternalError("The gateway gave no answer."), answer.call_id)
    status = 202 if answer.outcome in _ACCEPTED else 200
    headers = {**_PRIVATE, "Trunkline-Call-Id": answer.call_id}
    return Response(answer.result.text, status, headers, "application/json")


def _key(header: str | None) -> str | None:
    """The Idempotency-Key header: a structured-field string, or its bare text."""
    if header is None:
        return None
    return header[1:-1] if header.startswith('"') and header.endswith('"') else header


def _wait(prefer: str) -> float | None:
    """The caller's time limit, from `Prefer: wait=SECONDS` (RFC 7240)."""
    match = _WAIT.search(prefer)
    return float(match[1]) if match else None


def _trunkline(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.contract.name,
        "description": tool.contract.summary,
        "category": tool.contract.category,
        "risk": tool.contract.risk,
        "input_schema": tool.input_schema,
        "output_schema": tool.output_schema,
        "annotations": tool.annotations,
    }


def _openai(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.contract.name,
        "description": tool.contract.summary,
        "parameters": tool.input_schema,
    }
    return {"type": "function", "function": function}


def _anthropic(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.contract.name,
        "description": tool.contract.summary,
        "input_schema": tool.input_schema,
    }


_FORMS = {"trunkline": _trunkline, "openai": _openai, "anthropic": _anthropic}


def rest_app(surface: RestSurface) -> FastAPI:
    """The application of the routes beside the calls themselves."""
    app = FastAPI(title="Trunkline", version=version("trunkline"), docs_url=None, redoc_url=None)
    app.get("/v1/tools")(surface.list_tools)
    app.get("/healthz")(_healthy)
    app.add_exception_handler(HTTPException, _http_error)
    app.openapi = lambda: describe_api(CONTRACTS.values(), app.version)  # type: ignore[method-assign]
    return app


async def _healthy() -> dict[str, str]:
    return {"status": "ok"}


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = NotFoundError if error.status_code == 404 else InvalidArgumentError  # noqa: PLR2004
    return problem(kind(f"{error.detail}: /openapi.json lists what there is."))
