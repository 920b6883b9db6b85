"""What every vendor is held to alike, for every tool that its sheet declares, at its sandbox."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from plugins.scenarios import ADA, ARGUMENTS, PHONE, arguments_of, perform
from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import (
    CallError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorUnavailableError,
)
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.calls.route import refs_in
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError, NotSentError
from trunkline_gateway.plugins import load_plugins

MANIFESTS = {vendor: manifest for vendor, manifest in load_plugins().manifests.items() if manifest.sandbox}
TOOLS = [(vendor, item.contract.name) for vendor, manifest in MANIFESTS.items() for item in manifest.capabilities]
READS = [(vendor, tool) for vendor, tool in TOOLS if not CONTRACTS[tool].is_write]
WRITES = [(vendor, tool) for vendor, tool in TOOLS if CONTRACTS[tool].is_write]


def arguments(vendor: str, tool: str) -> dict[str, Any]:
    """The scenario's arguments; Twilio knows people by number only."""
    return {"phone": PHONE} if (vendor, tool) == ("twilio", "find_customers") else ARGUMENTS[tool]


def sheet(manifest: Manifest, tool: str) -> Any:
    found = manifest.capability(tool)
    assert found
    return found


@pytest.mark.parametrize(("vendor", "tool"), TOOLS)
async def test_every_declared_tool_gives_a_valid_record_that_names_its_own_connection(vendor: str, tool: str) -> None:
    manifest = MANIFESTS[vendor]
    async with at_sandbox(manifest) as bench:
        result = await called(bench, tool)
    again = CONTRACTS[tool].gives.model_validate_json(result.model_dump_json())
    assert again.model_dump_json() == result.model_dump_json()
    for ref in refs_in(result):
        assert ref.connection == "main"
        assert ref.kind not in manifest.ids or re.fullmatch(manifest.ids[ref.kind], ref.vendor_id), ref


async def called(bench: Bench, tool: str) -> Any:
    if bench.manifest.vendor == "twilio" and tool == "find_customers":
        return await bench.call(CONTRACTS[tool], phone=PHONE)
    return await perform(bench, tool)


@pytest.mark.parametrize(("vendor", "tool"), WRITES)
async def test_a_write_says_what_it_did_and_returns_it(vendor: str, tool: str) -> None:
    async with at_sandbox(MANIFESTS[vendor]) as bench:
        result = await called(bench, tool)
    assert result.outcome in {"applied", "accepted", "scheduled"}
    assert result.resource is not None
    declared = sheet(MANIFESTS[vendor], tool)
    warned = {warning.code for warning in result.warnings}
    assert result.undo is not None or not declared.reversible or result.verify_with is not None or warned


@pytest.mark.parametrize(("vendor", "tool"), WRITES)
async def test_a_dry_run_reads_at_most(vendor: str, tool: str) -> None:
    async with at_sandbox(MANIFESTS[vendor]) as bench:
        values = await prepared(bench, tool)
        bench.wire.exchanges.clear()
        with pytest.raises(PreviewOnlyError) as shown:
            await bench.call(CONTRACTS[tool], dry_run=True, **{k: v for k, v in values.items() if k != "dry_run"})
    assert shown.value.preview.url.startswith("https://")
    assert all(request.method == "GET" for request in bench.requests)


async def prepared(bench: Bench, tool: str) -> dict[str, Any]:
    if tool == "resume_subscription":
        await perform(bench, "pause_subscription")
    return await arguments_of(bench, tool)


def faults() -> Iterator[Any]:
    yield pytest.param(reply(401), PermissionDeniedError, id="401")
    yield pytest.param(reply(403), (PermissionDeniedError, RateLimitedError), id="403")
    yield pytest.param(reply(404), NotFoundError, id="404")
    yield pytest.param(reply(429, retry_after="60"), RateLimitedError, id="429")
    yield pytest.param(reply(400), (InvalidArgumentError, NotFoundError), id="400")
    yield pytest.param(reply(200, b"<html>down</html>"), VendorUnavailableError, id="html")
    yield pytest.param(reply(200, b""), VendorUnavailableError, id="empty")
    yield pytest.param(reply(200, b'{"cut": '), VendorUnavailableError, id="cut")
    yield pytest.param(reply(200, b"[1, 2]"), VendorUnavailableError, id="other-shape")


@pytest.mark.parametrize(("fault", "expected"), list(faults()))
@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
async def test_a_read_that_goes_wrong_is_a_named_error(vendor: str, fault: Any, expected: Any) -> None:
    async with at_sandbox(MANIFESTS[vendor], judged=False) as bench:
        customer = (await arguments_of(bench, "get_customer"))["customer_id"]
        bench.wire.faults = [fault] * 8
        with pytest.raises(expected) as told:
            await bench.call(CONTRACTS["get_customer"], customer_id=customer)
    assert "down" not in str(told.value)


def doubts() -> Iterator[Any]:
    yield pytest.param(LostAnswerError("reset"), id="lost")
    yield pytest.param(reply(500), id="500")
    yield pytest.param(reply(503), id="503")
    yield pytest.param(reply(408), id="408")
    yield pytest.param(reply(307), id="redirect")


@pytest.mark.parametrize("fault", list(doubts()))
@pytest.mark.parametrize(("vendor", "tool"), WRITES)
async def test_a_write_without_a_clear_answer_is_unknown_and_was_sent_once(vendor: str, tool: str, fault: Any) -> None:
    async with at_sandbox(MANIFESTS[vendor], judged=False) as bench:
        values = await prepared(bench, tool)
        fail_first_write(bench, fault)
        with pytest.raises(OutcomeUnknownError):
            await bench.call(CONTRACTS[tool], **values)
    assert sum(item.mutating for item in bench.trace) == 1


@pytest.mark.parametrize(("vendor", "tool"), WRITES)
async def test_a_write_that_never_left_says_so(vendor: str, tool: str) -> None:
    async with at_sandbox(MANIFESTS[vendor], judged=False) as bench:
        values = await prepared(bench, tool)
        fail_first_write(bench, NotSentError("refused"))
        with pytest.raises(VendorUnavailableError, match="nothing was sent"):
            await bench.call(CONTRACTS[tool], **values)


@pytest.mark.parametrize(("vendor", "tool"), WRITES)
async def test_a_success_that_cannot_be_read_never_counts_as_one(vendor: str, tool: str) -> None:
    async with at_sandbox(MANIFESTS[vendor], judged=False) as bench:
        values = await prepared(bench, tool)
        fail_first_write(bench, reply(200, b"<html>"))
        with pytest.raises(CallError):
            await bench.call(CONTRACTS[tool], **values)


def fail_first_write(bench: Bench, fault: Any) -> None:
    """Let reads through, and give the fault to the first request that would change something."""
    wire, send = bench.wire, bench.wire.send

    async def failing(request: Any, sending: Any) -> Any:
        if request.method == "GET":
            return await send(request, sending)
        wire.faults = [fault]
        return await send(request, sending)

    wire.send = failing  # type: ignore[method-assign]


HOSTILE = ["' OR Name LIKE '%", '" type:user', "a\\' b", "status:* OR 1=1", "x) OR (1=1", "%", "_", "*", "{FIND}", "--"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("vendor", "tool", "name"),
    [
        (vendor, tool, name)
        for vendor, tool in READS
        for name in ("name", "external_id", "text", "query", "assignee")
        if name in CONTRACTS[tool].takes.model_fields and name not in sheet(MANIFESTS[vendor], tool).without
    ],
)
async def test_a_text_filter_is_only_ever_a_value(vendor: str, tool: str, name: str, text: str) -> None:
    async with at_sandbox(MANIFESTS[vendor]) as bench:
        filters: dict[str, Any] = {name: text}
        try:
            result = await bench.call(CONTRACTS[tool], **filters)
        except (UnsupportedError, InvalidArgumentError, NotFoundError):
            return
    names = [item.display_name for item in result.data.items] if tool == "find_customers" else []
    assert len(names) < 12, "a hostile filter must not match everybody"


@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
async def test_nobody_is_found_for_an_address_that_is_nobodys(vendor: str) -> None:
    key: dict[str, Any] = {"phone": "+12025559999"} if vendor == "twilio" else {"email": "nobody@nowhere.example"}
    async with at_sandbox(MANIFESTS[vendor]) as bench:
        assert (await bench.call(CONTRACTS["find_customers"], **key)).data.items == ()


@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
async def test_an_exact_key_gives_the_one_person(vendor: str) -> None:
    key: dict[str, Any] = {"phone": PHONE} if vendor == "twilio" else {"email": ADA}
    async with at_sandbox(MANIFESTS[vendor]) as bench:
        (found,) = (await bench.call(CONTRACTS["find_customers"], **key)).data.items
    assert isinstance(found.id, Ref)
    assert found.confidence == "exact"
    assert found.matched_on == tuple(key)


@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
def test_what_could_not_be_verified_is_said(vendor: str) -> None:
    manifest = MANIFESTS[vendor]
    assert manifest.notes or any(item.unverified for item in manifest.capabilities)
    assert all(item.note for item in manifest.capabilities if item.support != "native")
