"""Somebody at work with Chargebee's tools, for the tests that write."""

from typing import Any
from urllib.parse import parse_qsl

from support.bench import KEY, Bench, reply
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import CONTRACTS, FIND_CUSTOMERS, LIST_SUBSCRIPTIONS

ADA = "ada.okafor@fernway-studio.example"
BRUNO = "bruno.keller@keller-bakery.example"
CHIARA = "chiara.rossi@rossi-architects.example"
HIRO = "hiro.tanaka@tanaka-kissaten.example"
INVOICE, EURO = "main:invoice:COFFEE=2F0003", {"currency": "EUR"}


class Answer:
    """A prepared answer that keeps the request it was given to."""

    def __init__(self, body: Any) -> None:
        self.body, self.requests = body, list[HttpRequest]()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return reply(200, self.body)

    @property
    def form(self) -> dict[str, str]:
        (request,) = self.requests
        return fields_of(request)


class Desk:
    """Somebody who makes one call after another, each with a key of its own."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.calls = bench, 0

    async def customer(self, email: str = ADA) -> Ref:
        (found,) = (await self.bench.call(FIND_CUSTOMERS, email=email)).data.items
        ref: Ref = found.id
        return ref

    async def subscription(self, email: str = ADA) -> Ref:
        customer = await self.customer(email)
        (found,) = (await self.bench.call(LIST_SUBSCRIPTIONS, customer_id=customer)).data.items
        ref: Ref = found.id
        return ref

    def prepare(self, *answers: Any) -> None:
        """Give the next requests these answers, in order."""
        self.bench.wire.faults.extend(answers)

    async def do(self, contract: AnyContract, **arguments: Any) -> Any:
        self.calls += 1
        self.bench.key = f"{KEY}-{self.calls}"
        if "reason" in contract.takes.model_fields:
            arguments.setdefault("reason", "because")
        return await self.bench.call(contract, **arguments)

    async def take_back(self, written: Any) -> Any:
        assert written.undo
        self.calls += 1
        self.bench.key = f"{KEY}-{self.calls}"
        return await self.bench.call(CONTRACTS[written.undo.tool], **written.undo.args)


def fields_of(request: HttpRequest) -> dict[str, str]:
    """What a request sent as a form."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def form(bench: Bench) -> dict[str, str]:
    """What the last request sent."""
    return fields_of(bench.requests[-1])


def path(bench: Bench) -> str:
    """Where the last request went, below the API's address."""
    return bench.requests[-1].url.partition("?")[0].partition("/api/v2")[2]
