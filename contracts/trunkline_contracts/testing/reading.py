"""Checks of what a connector reads, and of what it makes of a vendor that answers badly."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import (
    CallError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.testing.bench import Bench, OpenBench
from trunkline_contracts.testing.kit import Kit, check, refs_in
from trunkline_contracts.testing.rewriting import (
    everywhere,
    lasting,
    renamed_states,
    shapes,
    with_more_fields,
    with_text,
    with_value,
)
from trunkline_contracts.tools import CONTRACTS, FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.values import Page, Status

_HIDDEN = "hidden-in-the-body"
_UNHEARD_OF = "zz_unheard_of"
_MOST_PAGES = 60
_HOSTILE = (
    "' OR Name LIKE '%", '" type:user', "a\\' b", "status:* OR 1=1", "x) OR (1=1", "%", "_", "*", "{FIND}", "--", "\\",
)  # fmt: skip
_EVERYBODY = 12


class ReadChecks(Kit):
    """Every tool that reads."""

    @check
    async def test_a_tool_gives_a_valid_record_of_its_own_connection(self, open_bench: OpenBench, tool: str) -> None:
        """What comes back survives JSON, and its ids are of this connection and of the declared form."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(tool)
            result = await bench.call(CONTRACTS[tool], **arguments)
        again = CONTRACTS[tool].gives.model_validate_json(result.model_dump_json())
        assert again.model_dump_json() == result.model_dump_json()
        for ref in [*refs_in(result), *_refs_of_next_calls(result)]:
            assert ref.connection == "main", ref
            assert ref.kind in self.manifest.ids, f"{ref}: the gateway refuses a kind that `ids` lacks"
            assert re.fullmatch(self.manifest.ids[ref.kind], ref.vendor_id), ref
        found = getattr(getattr(result, "data", None), "id", None)
        asked = [value for value in arguments.values() if str(value).startswith(f"main:{getattr(found, 'kind', '')}:")]
        assert found is None or asked in ([], [found]), "another record than was asked for"

    @check
    async def test_a_read_says_how_fresh_it_is(self, open_bench: OpenBench, read: str) -> None:
        """A search index lags; whoever declares a lag says so in the answer."""
        async with open_bench(self.manifest) as bench:
            result = await self.scenarios_at(bench).perform(read)
        if result.freshness.source == "search_index":
            assert self.sheet(read).search_lag_s is not None
            assert result.freshness.max_lag_s

    @check
    async def test_a_state_that_nobody_knows_is_other_and_keeps_its_name(
        self, open_bench: OpenBench, read: str
    ) -> None:
        """Vendors add states without asking: none may be lost, guessed or turned into a failure."""
        async with open_bench(self.manifest, faulty=True) as bench:
            scenarios = self.scenarios_at(bench)
            arguments = await scenarios.prepared(read)
            words = {state.raw for state in _states(await bench.call(CONTRACTS[read], **arguments)) if state.raw}
            renamed: list[str] = []
            bench.rewrite = everywhere(renamed_states(words, _UNHEARD_OF, renamed))
            result = await bench.call(CONTRACTS[read], **arguments)
        states = _states(result)
        assert set(renamed) & {state.raw for state in states} == set(), "a word that the vendor did not say"
        for state in _states(result):
            assert state.raw != _UNHEARD_OF or state.value == "other" or state.lossy, state

    @check
    async def test_a_null_anywhere_is_read_or_named(self, open_bench: OpenBench, read: str) -> None:
        """Real replies have nulls where no description has them."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(read)
            for body in await _replies(bench, CONTRACTS[read], arguments):
                places = shapes(body)
                for path in places:
                    bench.rewrite = _instead_of(body, with_value(body, path, None))
                    assert await _fault(bench, CONTRACTS[read], arguments) is not InternalError, path

    @check
    async def test_a_new_field_changes_nothing(self, open_bench: OpenBench, read: str) -> None:
        """Vendors add fields every week."""
        async with open_bench(self.manifest, faulty=True) as bench:
            arguments = await self.scenarios_at(bench).prepared(read)
            before = await bench.call(CONTRACTS[read], **arguments)
            bench.rewrite = everywhere(with_more_fields)
            after = await bench.call(CONTRACTS[read], **arguments)
        assert lasting(after.model_dump(mode="json")) == lasting(before.model_dump(mode="json"))

    @check
    async def test_a_list_ends_and_gives_each_record_once(self, open_bench: OpenBench, listing: str) -> None:
        """Page by page, one at a time, to the end."""
        async with open_bench(self.manifest) as bench:
            arguments = {**await self.scenarios_at(bench).prepared(listing), "limit": 1}
            seen: list[str] = []
            for _ in range(_MOST_PAGES):
                page = (await bench.call(CONTRACTS[listing], **arguments)).data
                assert len(page.items) <= 1
                seen.extend(item.model_dump_json(include={"id", "channel"}) for item in page.items)
                if page.next_cursor is None:
                    break
                arguments["cursor"] = page.next_cursor
        assert page.next_cursor is None, "the list has no end"
        assert sorted(set(seen)) == sorted(seen)

    @check
    async def test_one_page_holds_what_the_pages_hold(self, open_bench: OpenBench, listing: str) -> None:
        """Nothing falls between two pages."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(listing)
            await self._more_of(bench, listing)
            whole = (await bench.call(CONTRACTS[listing], **{**arguments, "limit": 50})).data.items
            pages = [item async for item in _paged(bench, CONTRACTS[listing], {**arguments, "limit": 1})]
        assert [_name(item) for item in pages[: len(whole)]] == [_name(item) for item in whole]

    async def _more_of(self, bench: Bench, listing: str) -> None:
        """A list of one record has no pages: add to it where a tool can."""
        adds = _ADDS.get(listing)
        if adds and self.declares(CONTRACTS[adds]):
            for count in range(3):
                arguments = await self.scenarios_at(bench).prepared(adds)
                await bench.call(CONTRACTS[adds], key=f"key-of-one-more-record-{count:04d}", **arguments)

    @check
    async def test_a_foreign_cursor_is_refused(self, open_bench: OpenBench, listing: str) -> None:
        """A cursor of another list would show records that nobody asked for."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(listing)
            with pytest.raises(InvalidArgumentError):
                await bench.call(CONTRACTS[listing], **arguments, cursor="Zm9yZWlnbi1jdXJzb3Itb2Ytc29tZWJvZHk")

    @check
    async def test_a_text_filter_is_only_ever_a_value(
        self, open_bench: OpenBench, filtering: str, text_argument: str
    ) -> None:
        """No text of an agent becomes a part of a vendor's query language."""
        async with open_bench(self.manifest) as bench:
            needed = await _needed(self, bench, filtering, text_argument)
            more = {"limit": 50} if "limit" in CONTRACTS[filtering].takes.model_fields else {}
            for text in _HOSTILE:
                try:
                    result = await bench.call(CONTRACTS[filtering], **{**needed, text_argument: text, **more})
                except (UnsupportedError, InvalidArgumentError, NotFoundError):
                    continue
                found = getattr(result.data, "items", ())
                # A text search may well know the words `or` and `name`; one of signs alone has nothing to find.
                is_words = filtering.startswith("search_") and any(sign.isalpha() for sign in text)
                assert is_words or len(found) == 0, f"{text!r} matches {len(found)}"

    @check
    async def test_an_id_of_nothing_is_not_found(self, open_bench: OpenBench, getter: str, id_argument: str) -> None:
        """A record that is not there is an error with that name, and nobody's history is an empty page at most."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).prepared(getter)
            arguments[id_argument] = _unknown(self, str(arguments[id_argument]))
            try:
                found = (await bench.call(CONTRACTS[getter], **arguments)).data
            except NotFoundError:
                return
        assert isinstance(found, Page), "a record was made up"
        assert found.items == ()

    @check
    async def test_nobody_is_found_by_a_key_that_is_nobodys(self, open_bench: OpenBench) -> None:
        """An empty page, not a failure and not somebody else."""
        async with open_bench(self.manifest) as bench:
            key = await self._exact_key(bench)
            nobody = {"email": "nobody@nowhere.example", "phone": "+12025559999", "external_id": "no-such-id"}[key]
            assert (await bench.call(FIND_CUSTOMERS, **{key: nobody})).data.items == ()

    @check
    async def test_an_exact_key_finds_the_one_person(self, open_bench: OpenBench) -> None:
        """With the key that matched, and no doubt about it."""
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).arguments("find_customers")
            items = (await bench.call(FIND_CUSTOMERS, **arguments)).data.items
        assert len(items) == 1
        found = items[0]
        assert found.confidence == "exact"
        assert set(found.matched_on) == set(arguments)

    async def _exact_key(self, bench: Bench) -> str:
        arguments = await self.scenarios_at(bench).arguments("find_customers")
        return next(key for key in ("email", "phone", "external_id") if key in arguments)

    @check
    async def test_invisible_characters_are_made_visible(self, open_bench: OpenBench) -> None:
        """A person does not see what a model would read."""
        async with open_bench(self.manifest, faulty=True) as bench:
            customer = await self.scenarios_at(bench).id_of("customer")
            before = (await bench.call(GET_CUSTOMER, customer_id=customer)).data
            if not before.display_name.startswith("Ada"):
                pytest.skip("the vendor knows nobody's name")
            bench.rewrite = everywhere(with_text("Ada", "Ada\u202e\u200b"))
            after = (await bench.call(GET_CUSTOMER, customer_id=customer)).data
        assert "<U+202E>" in after.display_name
        assert not re.search("[\u200b-\u200f\u202a-\u202e]", after.model_dump_json())


_ADDS = {
    "search_tickets": "create_ticket", "list_conversations": "create_ticket", "get_conversation": "reply_to_ticket",
    "list_activities": "add_note", "list_points_transactions": "grant_points",
}  # fmt: skip
"""The tool that adds a record to a list."""


async def _paged(bench: Bench, contract: AnyContract, arguments: dict[str, Any]) -> AsyncIterator[Any]:
    for _ in range(_MOST_PAGES):
        page = (await bench.call(contract, **arguments)).data
        for item in page.items:
            yield item
        if page.next_cursor is None:
            return
        arguments = {**arguments, "cursor": page.next_cursor}


def _name(item: Any) -> str:
    return str(item.model_dump_json(include={"id", "channel"}))


def _refs_of_next_calls(result: Any) -> Iterator[Ref]:
    """The references in the calls that a result says can be made next."""
    for call in (getattr(result, "undo", None), getattr(result, "verify_with", None)):
        if call and call.tool in CONTRACTS:
            yield from refs_in(CONTRACTS[call.tool].arguments.validate_json(orjson.dumps(call.args, default=str)))


def _states(value: Any) -> list[Status[Any]]:
    if isinstance(value, Status):
        return [value]
    if isinstance(value, tuple | list):
        return [state for item in value for state in _states(item)]
    if hasattr(type(value), "model_fields"):
        return [state for _, item in value for state in _states(item)]
    return []


async def _replies(bench: Bench, contract: AnyContract, arguments: dict[str, Any]) -> list[bytes]:
    """The bodies of the replies to one call."""
    bodies: list[bytes] = []

    def note(_: HttpRequest, response: HttpResponse) -> HttpResponse:
        bodies.append(response.body)
        return response

    bench.rewrite = note
    await bench.call(contract, **arguments)
    return bodies


def _instead_of(body: bytes, other: bytes) -> Any:
    return lambda _, response: replace(response, body=other) if response.body == body else response


async def _fault(bench: Bench, contract: AnyContract, arguments: dict[str, Any]) -> type[CallError] | None:
    try:
        await bench.call(contract, **arguments)
    except CallError as error:
        return type(error)
    return None


async def _needed(kit: Kit, bench: Bench, tool: str, text_argument: str) -> dict[str, Any]:
    """What a tool must be given beside a text filter: nothing, where the filter is a key of its own."""
    fields = CONTRACTS[tool].takes.model_fields
    required = {name for name, field in fields.items() if field.is_required()} - {text_argument}
    if not required:
        return {}
    arguments = await kit.scenarios_at(bench).arguments(tool)
    return {name: arguments[name] for name in required}


def _unknown(kit: Kit, ref: str) -> str:
    """A well-formed id of nothing."""
    connection, kind, vendor_id = ref.split(":", 2)
    pattern = kit.manifest.ids[kind]
    for candidate in _others(vendor_id):
        if candidate != vendor_id and re.fullmatch(pattern, candidate):
            return f"{connection}:{kind}:{candidate}"
    raise AssertionError(f"no other id fits {pattern}")


def _others(vendor_id: str) -> Iterator[str]:
    """Ids like this one: other digits, other letters, longer."""
    yield re.sub(r"[0-9]", "9", vendor_id)
    yield re.sub(r"[0-9]", "8", vendor_id)
    yield re.sub(r"[A-Za-z0-9]{2}$", "zz", vendor_id)
    yield f"{vendor_id}9"
