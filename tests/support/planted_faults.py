"""Faults that a plugin can have, one sentence each: what the conformance kit has to see."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4
from weakref import WeakSet

import orjson

from support.planted import Honest, HttpFault, Send, ToolFault
from trunkline_contracts.errors import (
    CallError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    VendorUnavailableError,
)
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, Undo, WriteResult
from trunkline_contracts.testing.scenarios import ADA
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Money, Page

# What a tool gives, changed.


def data_with(**changed: Any) -> ToolFault:
    """A read whose record has other values."""

    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        return result.model_copy(update={"data": result.data.model_copy(update=changed)})

    return fault


def items_with(**changed: Any) -> ToolFault:
    """A list whose records have other values."""

    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        items = tuple(item.model_copy(update=changed) for item in result.data.items)
        return result.model_copy(update={"data": result.data.model_copy(update={"items": items})})

    return fault


def result_with(**changed: Any) -> ToolFault:
    """A result that says something else of itself."""

    async def fault(honest: Honest, request: Any) -> Any:
        return (await honest(request)).model_copy(update=changed)

    return fault


def resource_with(**changed: Any) -> ToolFault:
    """A write whose record has other values than were asked for."""

    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        return result.model_copy(update={"resource": result.resource.model_copy(update=changed)})

    return fault


# What a tool is asked, changed.


def asked_with(**changed: Any) -> ToolFault:
    """A tool that does something else than it was asked for."""

    async def fault(honest: Honest, request: Any) -> Any:
        return await honest(request.model_copy(update=changed))

    return fault


def instead_of(caught: type[CallError], told: CallError | None) -> ToolFault:
    """An error that becomes another."""

    async def fault(honest: Honest, request: Any) -> Any:
        try:
            return await honest(request)
        except caught as error:
            raise told or type(error)("something went wrong") from error

    return fault


def done_all_the_same(caught: type[CallError]) -> ToolFault:
    """A write that was refused, or that nobody knows of, and is told as done."""

    async def fault(honest: Honest, request: Any) -> Any:
        try:
            return await honest(request)
        except caught:
            return WriteResult(outcome="noop")

    return fault


# Reads.


async def another_connections_id(honest: Honest, request: Any) -> Any:
    """The vendor's name where the connection's belongs."""
    result = await honest(request)
    other = Ref.of("zendesk", "ticket", result.data.id.vendor_id)
    return result.model_copy(update={"data": result.data.model_copy(update={"id": other})})


def guesses_a_state(*, keeps_name: bool) -> ToolFault:
    """A state that nobody knows becomes `open`, with no doubt about it."""

    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        guess = {"value": "open", "lossy": False} | ({} if keeps_name else {"raw": "open"})
        status = result.data.status
        guessed = status.model_copy(update=guess) if status.value == "other" else status
        return result.model_copy(update={"data": result.data.model_copy(update={"status": guessed})})

    return fault


def reads_by_hand(*path: str) -> HttpFault:
    """A connector that takes it for granted that a value is a text."""

    async def fault(send: Send, request: HttpRequest) -> HttpResponse:
        response = await send(request)
        value = orjson.loads(response.body)
        for part in path:
            value = value.get(part, {})
        if value != {}:
            value.strip()
        return response

    return fault


async def every_field_is_a_tag(send: Send, request: HttpRequest) -> HttpResponse:
    """A connector that works on whatever fields there are."""
    response = await send(request)
    body = orjson.loads(response.body)
    if "ticket" in body:
        body["ticket"]["tags"] = list(body["ticket"])
    return replace(response, body=orjson.dumps(body))


async def never_ends(honest: Honest, request: Any) -> Any:
    result = await honest(request)
    return result.model_copy(update={"data": result.data.model_copy(update={"next_cursor": "0:"})})


async def starts_again(honest: Honest, request: Any) -> Any:
    """A cursor that is taken, and not looked at."""
    result = await honest(request.model_copy(update={"cursor": None}))
    changed = {} if request.cursor is None else {"next_cursor": None}
    return result.model_copy(update={"data": result.data.model_copy(update=changed)})


async def loses_the_first_of_a_page(honest: Honest, request: Any) -> Any:
    """An offset that is wrong by one, from the second page on."""
    result = await honest(request)
    if request.cursor is None:
        return result
    return result.model_copy(update={"data": result.data.model_copy(update={"items": result.data.items[1:]})})


async def another_order_in_short_pages(honest: Honest, request: Any) -> Any:
    """A short first page that begins at the other end."""
    result = await honest(request)
    if request.limit > 2 or request.cursor:
        return result
    whole = await honest(request.model_copy(update={"limit": 50}))
    items = whole.data.items[::-1][: request.limit]
    return result.model_copy(update={"data": result.data.model_copy(update={"items": items})})


async def breaks_on_a_quote(honest: Honest, request: Any) -> Any:
    if "'" in (request.name or ""):
        raise ValueError("unbalanced quote")
    return await honest(request)


async def percent_is_everybody(honest: Honest, request: Any) -> Any:
    """A text filter that reaches a LIKE as it is."""
    return await honest(request.model_copy(update={"name": None}) if request.name == "%" else request)


async def nobody_is_unknown(honest: Honest, request: Any) -> Any:
    """An id of nothing gets a record that nobody made."""
    try:
        return await honest(request)
    except CallError:
        return ReadResult(data=CustomerView(id=request.customer_id, display_name="Unknown"))


async def falls_back_on_ada(honest: Honest, request: Any) -> Any:
    """A search that would rather find somebody than nobody."""
    found = await honest(request)
    return found if found.data.items else await honest(request.model_copy(update={"email": ADA, "phone": None}))


async def finds_twice(honest: Honest, request: Any) -> Any:
    result = await honest(request)
    return result.model_copy(update={"data": result.data.model_copy(update={"items": result.data.items * 2})})


async def shows_the_raw_name(honest: Honest, request: Any) -> Any:
    """A name that goes round the contract's own types."""
    result = await honest(request)
    name = result.data.display_name.replace("<U+202E>", "\u202e")
    return result.model_copy(update={"data": result.data.model_copy(update={"display_name": name})})


async def nothing_is_an_empty_page(honest: Honest, request: Any) -> Any:
    """An answer that cannot be read is taken for one without records."""
    try:
        return await honest(request)
    except VendorUnavailableError:
        return ReadResult(data=Page(items=()))


async def repeats_the_vendors_words(send: Send, request: HttpRequest) -> HttpResponse:
    response = await send(request)
    if response.status >= 400:
        raise InvalidArgumentError(f"The vendor says: {response.body.decode()}")
    return response


def never_forgets_a_refusal() -> HttpFault:
    """A connector that remembers, beyond a call, that its credential was refused."""
    refused: list[int] = []

    async def fault(send: Send, request: HttpRequest) -> HttpResponse:
        if refused:
            raise PermissionDeniedError("reconnect this account")
        response = await send(request)
        refused.extend([response.status] if response.status == 401 else [])
        return response

    return fault


# Writes.


async def everything_is_safe(send: Send, request: HttpRequest) -> HttpResponse:
    """Every write is marked as one that changes nothing."""
    return await send(replace(request, safe=True))


def first_write_is_safe() -> HttpFault:
    """Of a tool's two writes the first is marked as one that changes nothing."""

    calls: WeakSet[Any] = WeakSet()

    async def fault(send: Send, request: HttpRequest) -> HttpResponse:
        call = send.__self__  # type: ignore[attr-defined]
        is_first = request.method != "GET" and not request.safe and call not in calls
        calls.update([call] if is_first else [])
        return await send(replace(request, safe=request.safe or is_first))

    return fault


async def priority_stays(honest: Honest, request: Any) -> Any:
    """A ticket as it was before."""
    result = await honest(request)
    before = result.resource.priority.model_copy(update={"value": "high", "raw": "high"})
    return result.model_copy(update={"resource": result.resource.model_copy(update={"priority": before})})


async def sends_twice(send: Send, request: HttpRequest) -> HttpResponse:
    """A write whose answer was lost is sent again."""
    try:
        return await send(request)
    except OutcomeUnknownError:
        return await send(request)


def reads_answers_by_hand(missing: str) -> HttpFault:
    """A connector that takes it for granted that an answer is JSON, and has what it is looked at for."""

    async def fault(send: Send, request: HttpRequest) -> HttpResponse:
        response = await send(request)
        if request.method != "GET":
            orjson.loads(response.body)[missing]
        return response

    return fault


async def without_marker(send: Send, request: HttpRequest) -> HttpResponse:
    """A marker that was never sent."""
    return await send(replace(request, body=request.body.replace(b"op_", b"")))


async def with_a_key_of_its_own(send: Send, request: HttpRequest) -> HttpResponse:
    """A key that is another at every call, whatever the caller's was."""
    keyed = {name: str(uuid4()) if "idempotency" in name.lower() else value for name, value in request.headers.items()}
    return await send(replace(request, headers=keyed))


def another_each_time() -> ToolFault:
    """A change that makes a record of its own."""
    made = count(1)

    async def fault(honest: Honest, request: Any) -> Any:
        return await resource_with(id=Ref.of("main", "ticket", next(made)))(honest, request)

    return fault


async def public_all_the_same(honest: Honest, request: Any) -> Any:
    """A note for colleagues is sent to the customer, and told as the note that was asked for."""
    result = await honest(request.model_copy(update={"visibility": "public"}))
    return result.model_copy(update={"resource": result.resource.model_copy(update={"visibility": "internal"})})


def undo_with(tool: str, **args: Any) -> ToolFault:
    """An undo that cannot be made, or that undoes nothing."""

    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        undo = Undo(tool=tool, args={**(result.undo.args if result.undo else {}), **args})
        return result.model_copy(update={"undo": undo})

    return fault


async def undo_at_another_connection(honest: Honest, request: Any) -> Any:
    """The vendor's name in an undo, where the connection's belongs."""
    result = await honest(request)
    args = {**result.undo.args, "ticket_id": f"zendesk:ticket:{request.ticket_id.vendor_id}"}
    return result.model_copy(update={"undo": Undo(tool=result.undo.tool, args=args)})


async def makes_another(send: Send, request: HttpRequest) -> HttpResponse:
    """A creation that looks for nobody first."""
    if request.method == "GET" and "email" in request.url:
        request = replace(request, url=request.url.replace(".example", ".invalid"))
    return await send(request)


# Values.


def _totals(change: Callable[[Money], Money]) -> ToolFault:
    async def fault(honest: Honest, request: Any) -> Any:
        result = await honest(request)
        items = tuple(item.model_copy(update={"total": change(item.total)}) for item in result.data.items)
        return result.model_copy(update={"data": result.data.model_copy(update={"items": items})})

    return fault


two_places = _totals(lambda money: money.model_copy(update={"exponent": 2}))
hundredfold = _totals(lambda money: money.model_copy(update={"amount_minor": money.amount_minor * 100}))


def all_of_one_name(found: list[CustomField]) -> list[CustomField]:
    return [field.model_copy(update={"name": "a_field"}) for field in found]


def without_choices(found: list[CustomField]) -> list[CustomField]:
    return [field.model_copy(update={"choices": ()}) for field in found]


def changes_with(**changed: Any) -> ToolFault:
    """A change that is another than was asked for."""

    async def fault(honest: Honest, request: Any) -> Any:
        changes = request.changes.model_copy(update=changed)
        return await honest(request.model_copy(update={"changes": changes}))

    return fault
