"""Checks of what a connector writes."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    VendorUnavailableError,
)
from trunkline_contracts.http import HttpRequest
from trunkline_contracts.refs import Ref
from trunkline_contracts.testing.bench import Bench, OpenBench, WireFault, reply
from trunkline_contracts.testing.kit import Kit, check
from trunkline_contracts.testing.rewriting import lasting
from trunkline_contracts.tools import CONTRACTS, GET_CUSTOMER, GET_TICKET

_DONE = {"applied", "accepted", "scheduled", "pending_approval", "partial"}
_HIDDEN = "hidden-in-the-body"
_SAID = {"message": _HIDDEN, "error": {"message": _HIDDEN, "description": _HIDDEN}, "errors": [{"message": _HIDDEN}]}
_WRONG = (InvalidArgumentError, ConflictError, NotFoundError)
_NAMES: Mapping[int, Any] = {
    400: _WRONG, 401: PermissionDeniedError, 403: (PermissionDeniedError, RateLimitedError, ConflictError),
    404: (NotFoundError, PermissionDeniedError), 409: ConflictError, 422: _WRONG,
}  # fmt: skip
_KEY = "key-of-the-write-under-check"

_NO_PLACE = object()
"""What a record has of a value that has no place in it."""

_WHAT_WAS_WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "body": lambda resource: getattr(resource, "body_text", _NO_PLACE),
    "subject": lambda resource: getattr(resource, "subject", _NO_PLACE),
    "visibility": lambda resource: getattr(resource, "visibility", _NO_PLACE),
    "priority": lambda resource: _value(getattr(resource, "priority", _NO_PLACE)),
    "status": lambda resource: _value(getattr(resource, "status", _NO_PLACE)),
    "points": lambda resource: abs(resource.points),
    "given_name": lambda resource: resource.given_name or resource.display_name,
    "family_name": lambda resource: resource.family_name or resource.display_name,
    "email": lambda resource: resource.point("email"),
    "phone": lambda resource: resource.point("phone"),
    "marketing": lambda resource: getattr(resource, "marketing", _NO_PLACE),
}
"""Where a written value comes back, by the name of the argument."""


def _value(state: Any) -> Any:
    return getattr(state, "value", state)


class WriteChecks(Kit):
    """Every tool that writes."""

    @check
    async def test_a_write_says_what_it_did_and_returns_it(self, open_bench: OpenBench, write: str) -> None:
        """The outcome, the record, and every value that was asked for in it."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            result = await bench.call(CONTRACTS[write], **arguments)
        assert result.outcome in _DONE
        assert result.resource is not None
        for name, value in _flat(
            CONTRACTS[write].arguments.validate_python(arguments).model_dump(exclude_unset=True)
        ).items():
            if name in _WHAT_WAS_WRITTEN and not isinstance(value, Ref):
                found = _WHAT_WAS_WRITTEN[name](result.resource)
                assert found is _NO_PLACE or found == value or str(value) in str(found), f"{name}: {found!r}"

    @check
    async def test_what_was_written_can_be_undone_or_says_that_it_cannot(
        self, open_bench: OpenBench, write: str
    ) -> None:
        """The undo that is given works; where there is none, the sheet or the answer says why."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            before = await _changed_record(bench, write, arguments)
            result = await bench.call(CONTRACTS[write], **arguments)
            if result.undo:
                assert self.manifest.capability(result.undo.tool), "the undo is a tool that the vendor lacks"
                undone = await bench.call(CONTRACTS[result.undo.tool], key="key-of-the-undo-0001", **result.undo.args)
                assert undone.outcome in _DONE | {"noop"}
                assert await _changed_record(bench, write, arguments) == before, "it is not as it was before"
        told = {warning.code for warning in result.warnings} & {"irreversible", "emulated"}
        assert result.undo or not self.sheet(write).reversible or told

    @check
    async def test_how_to_verify_a_write_works(self, open_bench: OpenBench, write: str) -> None:
        """An outcome that is not final names the call that shows it, and that call can be made."""
        async with open_bench(self.manifest) as bench:
            result = await self.scenarios_at(bench).perform(write)
            if result.verify_with:
                assert self.manifest.capability(result.verify_with.tool), "the vendor lacks the tool to verify with"
                await bench.call(CONTRACTS[result.verify_with.tool], **result.verify_with.args)
        told = {warning.code for warning in result.warnings} & {"async_result"}
        assert result.verify_with or told or result.outcome not in {"accepted", "scheduled", "pending_approval"}

    @check
    async def test_a_dry_run_changes_nothing(self, open_bench: OpenBench, write: str) -> None:
        """It reads at most, and shows the request that would have been sent."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            read = await self._readings(bench)
            before = await self._all_there_is(bench, read)
            asked = len(bench.requests)
            result = await bench.try_out(CONTRACTS[write], **arguments)
            sent = bench.requests[asked:]
            after = await self._all_there_is(bench, read)
        assert after == before, "something that was called safe changed it"
        assert result.outcome == "preview"
        assert result.preview.url.startswith("https://")
        assert [request.url for request in sent if request.method != "GET" and not request.safe] == []

    async def _readings(self, bench: Bench) -> dict[str, dict[str, Any]]:
        """Every reading tool with its arguments."""
        reads = [sheet.contract for sheet in self.manifest.capabilities if not sheet.contract.is_write]
        return {contract.name: await self.scenarios_at(bench).prepared(contract.name) for contract in reads}

    async def _all_there_is(self, bench: Bench, readings: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """What all the reading tools show."""
        return {
            name: lasting((await bench.call(CONTRACTS[name], **arguments)).model_dump(mode="json"))
            for name, arguments in readings.items()
        }

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(WireFault.LOST_ANSWER, id="timeout-after-sending"),
            *(pytest.param(reply(status), id=str(status)) for status in (500, 502, 503, 408, 307)),
        ],
    )
    @check
    async def test_a_write_without_a_clear_answer_is_unknown_and_was_sent_once(
        self, open_bench: OpenBench, write: str, fault: Any
    ) -> None:
        """Nobody guesses, and nobody sends it again."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            bench.fail_next_write(fault)
            with pytest.raises(OutcomeUnknownError):
                await bench.call(CONTRACTS[write], **arguments)
            assert bench.writes_sent == 1

    @check
    async def test_a_write_that_never_left_says_so(self, open_bench: OpenBench, write: str) -> None:
        """Then it may be tried again."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            bench.fail_next_write(WireFault.NOT_SENT)
            with pytest.raises(VendorUnavailableError, match="nothing was sent"):
                await bench.call(CONTRACTS[write], **arguments)

    @pytest.mark.parametrize(
        "body", [b"<html>", b"", b'{"cut": ', b"[]", b"{}"], ids=["html", "empty", "truncated", "list", "nothing"]
    )
    @check
    async def test_a_success_that_cannot_be_read_is_never_a_failure(
        self, open_bench: OpenBench, write: str, body: bytes
    ) -> None:
        """The vendor did it, perhaps: what is told must leave that open, or be what the answer says."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            bench.fail_next_write(reply(200, body))
            outcome = await _outcome(bench, write, arguments)
        assert outcome in _DONE or outcome in {"outcome_unknown", "vendor_unavailable"}

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
    @check
    async def test_a_refused_write_is_a_named_error(self, open_bench: OpenBench, write: str, status: int) -> None:
        """A refusal is never a success, and never the plugin's own fault."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            bench.fail_next_write(reply(status, _SAID))
            with pytest.raises(CallError) as told:
                await bench.call(CONTRACTS[write], **arguments)
        assert isinstance(told.value, _NAMES[status]), f"{status} is told as {type(told.value).__name__}"
        assert _HIDDEN not in str(told.value) + told.value.body.model_dump_json()

    @check
    async def test_a_write_that_can_be_found_again_carries_its_marker(self, open_bench: OpenBench, write: str) -> None:
        """Class D promises that our marker can be read back, class A that the vendor keeps our key."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            asked = len(bench.requests)
            await bench.call(CONTRACTS[write], key=_KEY, **arguments)
            sent = [request for request in bench.requests[asked:] if request.method != "GET" and not request.safe]
        wanted = {WriteClass.NATIVE_KEY: _KEY, WriteClass.MARKED: "op_"}.get(self.sheet(write).write_class)  # type: ignore[arg-type]
        assert wanted is None or any(wanted in _whole(request) for request in sent)

    @check
    async def test_a_key_that_the_vendor_keeps_is_one_write(self, open_bench: OpenBench, write: str) -> None:
        """Class A: the same key again gives the same record."""
        if self.sheet(write).write_class is not WriteClass.NATIVE_KEY:
            pytest.skip("the vendor keeps no key for it")
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            first = await bench.call(CONTRACTS[write], key=_KEY, **arguments)
            second = await bench.call(CONTRACTS[write], key=_KEY, **arguments)
        assert getattr(second.resource, "id", None) == getattr(first.resource, "id", None)

    @check
    async def test_a_write_that_sets_a_value_can_be_made_twice(self, open_bench: OpenBench, write: str) -> None:
        """Class B and C: the second time changes nothing more, and is no fault of the plugin's."""
        if self.sheet(write).write_class not in {WriteClass.UPSERT, WriteClass.SET_VALUE}:
            pytest.skip("the write adds something")
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(write)
            first = await bench.call(CONTRACTS[write], key=_KEY, **arguments)
            try:
                second = await bench.call(CONTRACTS[write], key="key-of-the-second-write", **arguments)
            except ConflictError:
                return
        assert getattr(second.resource, "id", None) == getattr(first.resource, "id", None)


_READ_AGAIN: Mapping[str, tuple[AnyContract, str]] = {
    "update_ticket": (GET_TICKET, "ticket_id"),
    "update_customer": (GET_CUSTOMER, "customer_id"),
}
"""How a changed record is read."""


async def _changed_record(bench: Bench, write: str, arguments: Mapping[str, Any]) -> Any:
    """What the scenario's change is about, as it is now; None for a write that changes no single record."""
    if write not in _READ_AGAIN:
        return None
    getter, argument = _READ_AGAIN[write]
    record = (await bench.call(getter, **{argument: arguments[argument]})).data
    return {name: _WHAT_WAS_WRITTEN[name](record) for name in arguments["changes"] if name in _WHAT_WAS_WRITTEN}


async def _outcome(bench: Bench, write: str, arguments: Mapping[str, Any]) -> str:
    """What a write came to: its outcome, or an error's code."""
    try:
        result = await bench.call(CONTRACTS[write], **arguments)
    except CallError as error:
        return error.body.code
    return str(result.outcome)


def _flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with what stands below `changes` beside the rest."""
    return {**arguments, **arguments.get("changes", {})}


def _whole(request: HttpRequest) -> str:
    """Everything that a request says."""
    return " ".join((request.url, *request.headers.values(), request.body.decode("utf-8", "replace")))
