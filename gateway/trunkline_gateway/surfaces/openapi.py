"""The OpenAPI 3.1 description: every tool as an operation of its own."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import ERRORS, ErrorBody
from trunkline_gateway.calls.schemas import input_schema, output_schema

_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "One key for one intended write: a repeated key gives the first answer.",
    "schema": {"type": "string", "minLength": 16, "maxLength": 255},
}
_WAIT_HEADER = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=SECONDS`: how long to wait for the vendor.",
    "schema": {"type": "string"},
}
_FORMAT = {
    "name": "format",
    "in": "query",
    "schema": {"type": "string", "enum": ["trunkline", "openai", "anthropic"]},
}


def describe_api(contracts: Iterable[AnyContract], version: str) -> dict[str, Any]:
    """The whole description."""
    tools = {f"/v1/tools/{contract.name}": {"post": _operation(contract)} for contract in contracts}
    listing = {
        "operationId": "list_tools",
        "summary": "List the tools that this key may use.",
        "parameters": [_FORMAT],
        "responses": {"200": _json("The tools.", {"type": "array", "items": {"type": "object"}}), **_problems()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trunkline", "version": version},
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _problem_schema()},
        },
        "paths": {"/v1/tools": {"get": listing}, **tools},
    }


def _operation(contract: AnyContract) -> dict[str, Any]:
    answer = output_schema(contract)
    responses = {"200": _json("The result.", answer), **_problems()}
    if contract.is_write:
        responses["202"] = _json("Accepted, or in doubt: never repeat it under a new key.", answer)
    return {
        "operationId": contract.name,
        "summary": contract.summary,
        "tags": [contract.category.value],
        "parameters": [_KEY_HEADER, _WAIT_HEADER] if contract.is_write else [_WAIT_HEADER],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": input_schema(contract, frozenset(), {})}},
        },
        "responses": responses,
    }


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    statuses = sorted({str(error.http_status) for error in ERRORS.values()} | {"413", "421"})
    return {status: {"description": "A named error.", "content": content} for status in statuses}


def _problem_schema() -> dict[str, Any]:
    schema = TypeAdapter(ErrorBody).json_schema(ref_template="#/components/schemas/{model}")
    properties = {key: value for key, value in schema["properties"].items() if key != "candidates"}
    candidates = {"type": "array", "items": {"type": "object"}}
    standard = {name: {"type": "string"} for name in ("type", "title", "detail", "call_id")}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "message"],
        "properties": {**standard, "status": {"type": "integer"}, **properties, "candidates": candidates},
    }
