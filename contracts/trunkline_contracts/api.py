"""A small typed client over `Http`, for vendors that need no SDK."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError

from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import ErrorCode, ErrorTable, Http, HttpRequest, HttpResponse
from trunkline_contracts.results import Quote

T = TypeVar("T")
Scalar = str | int | bool
Params = Mapping[str, Scalar | Sequence[Scalar] | None]

BY_STATUS: Mapping[int, type[CallError]] = {
    400: InvalidArgumentError,
    401: PermissionDeniedError,
    402: ConflictError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: InvalidArgumentError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
    413: InvalidArgumentError,
    415: InvalidArgumentError,
    422: InvalidArgumentError,
    423: ConflictError,
    429: RateLimitedError,
}
_ADVICE: Mapping[type[CallError], str] = {
    InvalidArgumentError: "correct the arguments",
    PermissionDeniedError: "an operator must reconnect this account or widen its rights",
    NotFoundError: "check the id",
    ConflictError: "read the record again: its state does not allow this",
    RateLimitedError: "wait before calling again",
    VendorUnavailableError: "try again later",
}
_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")


class Api:
    """Requests below one base address: ids are quoted, answers are read into models, refusals become errors."""

    def __init__(
        self,
        http: Http,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        error_code: ErrorCode | None = None,
        errors: ErrorTable | None = None,
    ) -> None:
        self._http = http
        self._base = base
        self._headers = headers or {}
        self._error_code = error_code
        self._errors = errors or {}

    async def get(self, path: str, *ids: str | int, gives: type[T], params: Params | None = None) -> T:
        """Read; `{}` in the path takes the ids, quoted."""
        return await self.call("GET", path, *ids, gives=gives, params=params)

    async def call(
        self,
        method: str,
        path: str,
        *ids: str | int,
        gives: type[T],
        params: Params | None = None,
        json: Any = None,
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool = False,
        quoted: Quote | None = None,
    ) -> T:
        """Send one request and read its answer; raises a CallError for a refusal or an unreadable answer.

        `safe` and `quoted` are `HttpRequest.safe` and `HttpRequest.quote`.
        """
        body, kind = _body(json, form)
        url = self._base + path.format(*(quote(str(part), safe="") for part in ids)) + _query(params)
        request = HttpRequest(method, url, {**self._headers, **kind, **(headers or {})}, body, safe, quoted)
        response = await self._http.send(request)
        refuse(response, self._error_code, self._errors)
        return parse(response, gives)


def refuse(response: HttpResponse, error_code: ErrorCode | None = None, errors: ErrorTable | None = None) -> None:
    """Raise the error that a reply of 300 or more stands for; pass any other."""
    if response.status < 300:  # noqa: PLR2004 - HTTP's classes of status
        return
    code = error_code(response) if error_code else None
    code = code if code and _CODE.fullmatch(code) else None
    table = errors or {}
    error = (
        table.get(code or "")
        or table.get(str(response.status))
        or BY_STATUS.get(response.status, VendorUnavailableError)
    )
    raise error(_refusal(response, code, error), retry_after_s=retry_after(response.headers))


def _refusal(response: HttpResponse, code: str | None, error: type[CallError]) -> str:
    advice = next((text for kind, text in _ADVICE.items() if issubclass(error, kind)), "try again later")
    detail = f" ({code})" if code else ""
    return f"{urlsplit(response.url).hostname} answered {response.status}{detail}: {advice}."


def parse(response: HttpResponse, gives: type[T]) -> T:
    """Read a body into a model; raises VendorBugError naming the fields that cannot be read, never their values."""
    try:
        read = _reader(gives).validate_json(response.body or _nothing(gives))
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) or "body" for item in error.errors()})
        host = urlsplit(response.url).hostname
        raise VendorBugError(
            f"{host} answered what cannot be read: {', '.join(fields[:5])}; try again later."
        ) from None
    return read


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `Retry-After` as a number or as a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((at.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)


_READERS: dict[Any, TypeAdapter[Any]] = {}


def _reader(gives: type[T]) -> TypeAdapter[T]:
    """The reader of a model, built once."""
    if gives not in _READERS:
        _READERS[gives] = TypeAdapter(gives)
    return _READERS[gives]


def _nothing(gives: Any) -> bytes:
    """What an empty body says: null where nothing is awaited, and nothing readable elsewhere."""
    return b"null" if gives is type(None) else b""


def _body(json: Any, form: Params | None) -> tuple[bytes, Mapping[str, str]]:
    if json is not None:
        return orjson.dumps(json), {"Content-Type": "application/json"}
    if form is not None:
        return _encode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return b"", {}


def _query(params: Params | None) -> str:
    encoded = _encode(params) if params else ""
    return f"?{encoded}" if encoded else ""


def _encode(params: Params) -> str:
    """Form encoding: None is left out, a sequence repeats its name, booleans are lower case."""
    pairs = [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in params.items()
        if value is not None
        for item in ([value] if isinstance(value, str | int) else value)
    ]
    return urlencode(pairs)
