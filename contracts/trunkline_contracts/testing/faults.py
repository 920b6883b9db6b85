"""Checks of what a connector makes of a vendor that answers badly, and of what it cannot honour."""

from typing import Any

import pytest

from trunkline_contracts.errors import (
    CallError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorUnavailableError,
)
from trunkline_contracts.testing.bench import Bench, OpenBench, WireFault, reply
from trunkline_contracts.testing.examples import other_value, some_value
from trunkline_contracts.testing.kit import Kit, check
from trunkline_contracts.tools import CONTRACTS, GET_CUSTOMER

_HIDDEN = "hidden-in-the-body"
_REFUSALS: tuple[Any, ...] = (
    pytest.param(reply(401), PermissionDeniedError, id="401"),
    pytest.param(reply(403), (PermissionDeniedError, RateLimitedError), id="403"),
    pytest.param(reply(404), NotFoundError, id="404"),
    pytest.param(reply(400), (InvalidArgumentError, NotFoundError), id="400"),
    pytest.param(reply(429, retry_after="60"), RateLimitedError, id="429-with-retry-after"),
    pytest.param(reply(429), RateLimitedError, id="429-without-retry-after"),
    pytest.param(reply(500), VendorUnavailableError, id="500"),
    pytest.param(reply(503, retry_after="120"), VendorUnavailableError, id="503"),
    pytest.param(reply(408), VendorUnavailableError, id="408"),
    pytest.param(WireFault.NOT_SENT, VendorUnavailableError, id="timeout-before-sending"),
    pytest.param(WireFault.LOST_ANSWER, VendorUnavailableError, id="timeout-after-sending"),
    pytest.param(reply(200, b"<html>down</html>"), VendorUnavailableError, id="html"),
    pytest.param(reply(200, b""), VendorUnavailableError, id="empty"),
    pytest.param(reply(200, b'{"cut": '), VendorUnavailableError, id="truncated"),
    pytest.param(reply(200, b"\xff\xfe"), VendorUnavailableError, id="no-text"),
    pytest.param(reply(200, b"[1, 2]"), VendorUnavailableError, id="another-shape"),
    pytest.param(
        reply(200, {"error": "failed", "errors": [{"code": "X"}], "ok": False}), CallError, id="200-with-an-error"
    ),
)


_SAID = {"message": _HIDDEN, "error": {"message": _HIDDEN, "description": _HIDDEN}, "errors": [{"message": _HIDDEN}]}
_OF_EVERY_READ = (
    pytest.param(reply(401, _SAID), PermissionDeniedError, id="401"),
    pytest.param(reply(403, _SAID), (PermissionDeniedError, RateLimitedError), id="403"),
    pytest.param(reply(422, _SAID), CallError, id="422"),
    pytest.param(reply(200, b"<html>down</html>"), VendorUnavailableError, id="html"),
    pytest.param(reply(200, b'{"cut": '), VendorUnavailableError, id="truncated"),
    pytest.param(reply(200, b"[1, 2]"), VendorUnavailableError, id="another-shape"),
)


class FaultChecks(Kit):
    """What a bad answer to a read becomes."""

    @pytest.mark.parametrize(("fault", "expected"), _REFUSALS)
    @check
    async def test_a_read_that_goes_wrong_is_a_named_error(
        self, open_bench: OpenBench, fault: Any, expected: Any
    ) -> None:
        """Named by what the caller does next, and never a fault of the plugin's own."""
        async with open_bench(self.manifest, faulty=True) as bench:
            customer = await self.scenarios_at(bench).id_of("customer")
            bench.fail_next(*[fault] * 8)
            with pytest.raises(expected) as told:
                await bench.call(GET_CUSTOMER, customer_id=customer)
        assert not isinstance(told.value, InternalError)

    @check
    async def test_an_empty_object_is_no_answer(self, open_bench: OpenBench, read: str) -> None:
        """`{}` is not a page without records, and not a record."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(read)
            bench.fail_next(*[reply(200, {})] * 12)
            with pytest.raises(CallError) as told:
                await bench.call(CONTRACTS[read], **arguments)
        assert not isinstance(told.value, InternalError)

    @pytest.mark.parametrize(("fault", "expected"), _OF_EVERY_READ)
    @check
    async def test_no_read_makes_do_with_a_bad_answer(
        self, open_bench: OpenBench, read: str, fault: Any, expected: Any
    ) -> None:
        """What cannot be read is no empty page, and a refusal is no record."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(read)
            bench.fail_next(*[fault] * 12)
            with pytest.raises(expected) as told:
                await bench.call(CONTRACTS[read], **arguments)
        assert not isinstance(told.value, InternalError)
        assert _HIDDEN not in str(told.value) + told.value.body.model_dump_json()

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500])
    @check
    async def test_a_vendors_words_reach_no_error(self, open_bench: OpenBench, status: int) -> None:
        """A refusal's body can hold people's data: only codes get through."""
        said = {
            "message": _HIDDEN,
            "error": {"message": _HIDDEN, "description": _HIDDEN},
            "errors": [{"message": _HIDDEN}],
        }
        async with open_bench(self.manifest, faulty=True) as bench:
            customer = await self.scenarios_at(bench).id_of("customer")
            bench.fail_next(*[reply(status, said)] * 8)
            with pytest.raises(CallError) as told:
                await bench.call(GET_CUSTOMER, customer_id=customer)
        assert _HIDDEN not in str(told.value) + told.value.body.model_dump_json()

    @check
    async def test_the_time_to_wait_is_passed_on(self, open_bench: OpenBench) -> None:
        """`Retry-After` in seconds."""
        async with open_bench(self.manifest, faulty=True) as bench:
            customer = await self.scenarios_at(bench).id_of("customer")
            bench.fail_next(*[reply(429, retry_after="37")] * 8)
            with pytest.raises(RateLimitedError) as told:
                await bench.call(GET_CUSTOMER, customer_id=customer)
        assert told.value.body.retry_after_s == 37  # noqa: PLR2004 - as the header said

    @check
    async def test_a_refused_credential_that_was_renewed_works_again(self, open_bench: OpenBench) -> None:
        """A 401 leaves nothing behind in the connector."""
        async with open_bench(self.manifest, faulty=True) as bench:
            customer = await self.scenarios_at(bench).id_of("customer")
            bench.fail_next(reply(401))
            with pytest.raises(PermissionDeniedError):
                await bench.call(GET_CUSTOMER, customer_id=customer)
            assert (await bench.call(GET_CUSTOMER, customer_id=customer)).data.id == customer

    @check
    async def test_an_argument_that_the_vendor_lacks_is_refused(
        self, open_bench: OpenBench, limited: str, argument: str
    ) -> None:
        """Never dropped in silence."""
        given = some_value(CONTRACTS[limited], argument)
        async with open_bench(self.manifest) as bench:
            await _assert_unsupported(self, bench, limited, {argument: given})

    @check
    async def test_a_value_that_the_vendor_lacks_is_refused(
        self, open_bench: OpenBench, narrowed: str, argument: str
    ) -> None:
        """Never replaced by another."""
        other = other_value(CONTRACTS[narrowed], argument, self.sheet(narrowed).only[argument])
        if other is None:
            pytest.skip("the vendor can honour every value that the contract has")
        async with open_bench(self.manifest) as bench:
            await _assert_unsupported(self, bench, narrowed, {argument: other})


async def _assert_unsupported(kit: Kit, bench: Bench, tool: str, given: dict[str, Any]) -> None:
    arguments = await kit.scenarios_at(bench).prepared(tool)
    fields = CONTRACTS[tool].takes.model_fields
    least = {name: value for name, value in arguments.items() if fields[name].is_required()}
    asked = len(bench.requests)
    with pytest.raises(InvalidArgumentError) as told:
        await bench.call(CONTRACTS[tool], **{**arguments, **given})
    if not isinstance(told.value, UnsupportedError):  # It excludes another argument of the scenario.
        with pytest.raises(UnsupportedError):
            await bench.call(CONTRACTS[tool], **{**least, **given})
    assert len(bench.requests) == asked, "it was asked all the same"
