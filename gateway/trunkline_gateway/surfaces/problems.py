"""Errors as problem details (RFC 9457), with the fields an agent acts on."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from trunkline_contracts.errors import CallError

_CHALLENGE = 'Bearer realm="trunkline"'


def problem(error: CallError, call_id: str | None = None) -> Response:
    """The response that tells of an error."""
    return Response(
        orjson.dumps(_body(error, call_id)),
        error.http_status,
        headers=_headers(error),
        media_type="application/problem+json",
    )


def _body(error: CallError, call_id: str | None) -> dict[str, Any]:
    told = error.body.model_dump(mode="json", exclude_defaults=True)
    standard = {
        "type": f"urn:trunkline:error:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.http_status,
    }
    return {**standard, "detail": error.body.message, **told, **({"call_id": call_id} if call_id else {})}


def _headers(error: CallError) -> Mapping[str, str]:
    headers = {"Cache-Control": "private, no-store"}
    if error.body.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.body.retry_after_s)))
    if error.http_status == 401:  # noqa: PLR2004 - HTTP's own rule: a 401 says how to authenticate
        headers["WWW-Authenticate"] = _CHALLENGE
    return headers
