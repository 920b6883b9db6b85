"""Real vendor traffic as a judge: every recorded reply that a tool of ours reads is fed through the plugin.

A plugin's test gives the rows of `Reading`: which recorded request a tool would have made, and with which arguments.
For each recorded exchange that a row matches, the tool is called with a wire that answers the recorded reply to the
request it belongs to. What else the call asks for comes from the same recording, else from the row's `fillers`.

- A reply of 2xx has to become a valid record; a refusal has to become a named error of the contract.
- What no row matches, or what needs a reply that nobody recorded, is left out, with the reason and its count.

    READINGS = (Reading("GET", r"/v1/customers/([^/?]+)", GET_CUSTOMER, arguments),)

    def test_recordings() -> None:
        report = await replay(trunkline_connector(), READINGS, settings={...}, auth="api_key", credentials={...})
        report.show()
        assert not report.faults
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from pydantic import ValidationError

from support.bench import KEY, MARKER, connection_to, headers_of
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import (
    AmbiguousError,
    CallError,
    InternalError,
    NotFoundError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import Sandbox
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Route, check_supported
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.egress.egress import Egress
from trunkline_gateway.egress.wire import Sending

Arguments = Callable[[re.Match[str], Any], dict[str, Any] | None]
"""The arguments of the call that makes the recorded request; None where the exchange is no use, with no fault."""


@dataclass(frozen=True)
class Reading:
    """One tool that reads the replies to one kind of request.

    `path` is matched from the start of the path (no host, no query, unquoted). `fillers` answer what else the call
    asks for where the recording lacks it: a pattern over "METHOD path", and the JSON to answer.
    """

    method: str
    path: str
    contract: AnyContract
    arguments: Arguments
    fillers: Mapping[str, Any] = field(default_factory=dict)


class NotRecordedError(Exception):
    """The call asks for something that the recording does not hold."""


@dataclass
class RecordedWire:
    """Answers one exchange's reply to its request, and the rest from the same file or the fillers."""

    exchange: Any
    siblings: Sequence[Any]
    fillers: Mapping[str, Any]
    served: bool = False
    missing: str | None = None

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        wanted = (request.method, path_of(request.url))
        if wanted == key_of(self.exchange):
            self.served = True
            return _response(self.exchange, request.url)
        for other in self.siblings:
            if key_of(other) == wanted and _usable(other):
                return _response(other, request.url)
        for pattern, body in self.fillers.items():
            if re.search(pattern, " ".join(wanted)):
                return HttpResponse(200, {"content-type": "application/json"}, orjson.dumps(body), request.url)
        self.missing = f"needs {request.method} {re.sub(r'[0-9][^/]*', '{}', wanted[1])}"
        raise NotRecordedError(self.missing)

    async def close(self) -> None:
        pass


@dataclass
class Report:
    """How a vendor's recordings were read."""

    vendor: str
    seen: int = 0
    read: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def usable(self) -> int:
        return self.read.total() + len(self.faults)

    def show(self) -> None:
        """Print the counts: what was read by which tool, what was left out and why."""
        print(f"\n{self.vendor}: {self.seen} exchanges, {self.usable} usable, {self.read.total()} read")
        for what, count in sorted(self.read.items()):
            print(f"  read      {count:5d}  {what}")
        for why, count in sorted(self.left_out.items()):
            print(f"  left out  {count:5d}  {why}")
        for fault in self.faults:
            print(f"  FAULT            {fault}")


async def replay(
    manifest: Manifest,
    readings: Sequence[Reading],
    *,
    settings: Mapping[str, Any],
    auth: str,
    credentials: Mapping[str, str],
    tiers: Sequence[str] = ("A", "A-"),
) -> Report:
    """Feed every recorded exchange of the vendor through the plugin."""
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    files: dict[str, list[Any]] = {}
    for exchange in iter_exchanges(RECORDINGS, vendor=manifest.vendor, tiers=tiers):
        files.setdefault(exchange.path, []).append(exchange)
    report = Report(manifest.vendor)
    sandbox = Sandbox(_no_app, auth, settings, credentials)
    for siblings in files.values():
        for exchange in siblings:
            report.seen += 1
            await _replay_one(manifest, readings, exchange, siblings, sandbox, report)
    return report


async def _replay_one(
    manifest: Manifest,
    readings: Sequence[Reading],
    exchange: Any,
    siblings: Sequence[Any],
    sandbox: Sandbox,
    report: Report,
) -> None:
    if not _usable(exchange):
        report.left_out["no whole request and reply in the recording"] += 1
        return
    method, path = key_of(exchange)
    matches = [(row, match) for row in readings if row.method == method and (match := re.fullmatch(row.path, path))]
    if not matches:
        report.left_out[f"no tool reads {method} {_shape(path)}"] += 1
        return
    for row, match in matches:
        arguments = row.arguments(match, exchange)
        if arguments is None:
            report.left_out[f"{row.contract.name}: not a request that the tool makes"] += 1
        else:
            await _judge(manifest, row, arguments, exchange, siblings, sandbox, report)


async def _judge(
    manifest: Manifest,
    row: Reading,
    arguments: dict[str, Any],
    exchange: Any,
    siblings: Sequence[Any],
    sandbox: Sandbox,
    report: Report,
) -> None:
    name, status = row.contract.name, exchange.response.status
    wire = RecordedWire(exchange, siblings, row.fillers)
    try:
        await _call(manifest, row.contract, arguments, sandbox, wire)
        outcome = "a record"
    except CallError as error:
        outcome = _named(error, status)
        if wire.missing is None and outcome.startswith("FAULT"):
            report.faults.append(f"{name} {status} {exchange.path}#{exchange.index}: {outcome}: {error}")
            return
    except ValidationError as error:
        report.faults.append(f"{name} {status} {exchange.path}#{exchange.index}: {error.error_count()} invalid fields")
        return
    if wire.missing:
        report.left_out[f"{name}: {wire.missing}"] += 1
    elif not wire.served:
        report.left_out[f"{name}: the tool asks for something else with these arguments"] += 1
    else:
        report.read[f"{name}: {outcome}"] += 1


def _named(error: CallError, status: int) -> str:
    """What an error says of a reply: a refusal has to be named; a success has to be read, or to be none or many."""
    named = not isinstance(error, InternalError | VendorBugError)
    allowed = named if status >= 300 else isinstance(error, NotFoundError | AmbiguousError | UnsupportedError)
    return f"{'' if allowed else 'FAULT '}{error.code}"


async def _call(
    manifest: Manifest, contract: AnyContract, arguments: dict[str, Any], sandbox: Sandbox, wire: RecordedWire
) -> None:
    connection = connection_to(manifest, sandbox)
    egress = Egress(lambda _: headers_of(connection, sandbox), lambda _: wire)
    capability = manifest.capability(contract)
    assert capability, contract.name
    request = validate(contract, orjson.dumps(arguments, default=str))
    chosen = Route(connection, capability)
    check_supported(request, chosen)
    # A short deadline: nothing here waits for a network, and a recorded 503 must not be read three times slowly.
    how = Situation(time.monotonic() + 0.4, KEY, MARKER, capability.write_class)
    result = await Performer(egress).perform(contract, chosen, request, how)
    type(result).model_validate_json(result.model_dump_json())


async def _no_app(*_: Any) -> None:
    raise AssertionError("a recording answers, not a sandbox")


def _usable(exchange: Any) -> bool:
    request, response = exchange.request, exchange.response
    whole = request is not None and request.method and request.url
    return bool(whole) and response.status is not None and response.body is not None


def key_of(exchange: Any) -> tuple[str, str]:
    """Method and path of a recorded request."""
    if not _usable(exchange):
        return ("", "")
    return (exchange.request.method.upper(), path_of(exchange.request.url))


def path_of(url: str) -> str:
    """The path of a URL, unquoted, without host and query."""
    return unquote(urlsplit(url).path)


def _shape(path: str) -> str:
    """The beginning of a path with its ids blanked, for counting."""
    parts = path.strip("/").split("/")
    blanked = ["{}" if re.search(r"[0-9]{2}|[A-Z]", part) else part for part in parts[:3]]
    return "/" + "/".join(blanked) + ("/…" if len(parts) > len(blanked) else "")


def _response(exchange: Any, url: str) -> HttpResponse:
    # Bodies are decoded, so the header that describes their encoding is about something else.
    headers = {name: value for name, value in exchange.response.headers if name != "content-encoding"}
    return HttpResponse(exchange.response.status, headers, exchange.response.body, url)
