"""Plugins that load and then misbehave: each is an error that names it, and the gateway and its neighbours go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from support.bench import SandboxWire
from support.gateway import House, connect, plugins_of
from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.errors import CallError, InternalError
from trunkline_contracts.hooks import GROUP
from trunkline_contracts.http import Http, HttpRequest
from trunkline_contracts.manifest import Manifest, Settings
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, WriteResult
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import CREATE_TICKET, GET_CUSTOMER, GET_TICKET
from trunkline_contracts.tools.crm import CustomerView, GetCustomer
from trunkline_contracts.tools.helpdesk import CreateTicket
from trunkline_contracts.values import Status
from trunkline_freshdesk import trunkline_connector
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.gateway import open_gateway
from trunkline_gateway.plugins import Plugins, load_plugins
from trunkline_gateway.settings import GatewaySettings

SECRET = "what-the-vendor-answered"
PERSON: dict[str, Any] = {"id": Ref("bad:customer:1001"), "display_name": "Ada"}
INVALID: dict[str, Any] = {**PERSON, "tags": SECRET, "created_at": 7}
GOOD = trunkline_connector()


class Base:
    """A connector that gives `what` for every customer."""

    what: Any = None

    def __init__(self, settings: Settings, http: Http) -> None:
        self.http = http

    async def probe(self) -> None:
        """Nothing is asked."""

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        given: ReadResult[CustomerView] = await self._give()
        return given

    async def _give(self) -> Any:
        return type(self).what


class Hangs(Base):
    async def _give(self) -> Any:
        await asyncio.sleep(60)


class GivesADict(Base):
    async def _give(self) -> Any:
        return {"data": PERSON}


class GivesNothing(Base):
    pass


class GivesABareRecord(Base):
    what = CustomerView(**PERSON)


class GivesTheEnvelopeOfAWrite(Base):
    what = WriteResult[CustomerView](outcome="applied", resource=CustomerView(**PERSON))


class GivesAnotherRecord(Base):
    what = ReadResult[Any](data=Ticket(id=Ref("bad:ticket:1"), status=Status(value="open", raw="2")))


class GivesLessThanTheRecord(Base):
    what = ReadResult[Any](data=Customer(**PERSON))


class GivesInvalidValues(Base):
    what = ReadResult[CustomerView].model_construct(data=CustomerView.model_construct(**INVALID))


class RaisesItsOwn(Base):
    async def _give(self) -> Any:
        raise RuntimeError(SECRET)


class RaisesABareCallError(Base):
    async def _give(self) -> Any:
        raise CallError("no code")


class IsCancelled(Base):
    async def _give(self) -> Any:
        raise asyncio.CancelledError


class AsksAStranger(Base):
    async def _give(self) -> Any:
        await self.http.send(HttpRequest("GET", "https://evil.example/"))


class CannotBeBuilt(Base):
    def __init__(self, settings: Settings) -> None:
        """It lacks the second argument."""


class PromisesMore(Base):
    pass


class WritesAndFails(Base):
    @implements(CREATE_TICKET)
    async def create_ticket(self, request: CreateTicket) -> WriteResult[Ticket]:
        url = "https://beans.freshdesk.com/api/v2/tickets"
        body = b'{"requester_id": 1001, "subject": "s", "description": "d"}'
        await self.http.send(HttpRequest("POST", url, {"Content-Type": "application/json"}, body))
        raise RuntimeError(SECRET)


READS = (Capability(GET_CUSTOMER),)
WRITES = (*READS, Capability(CREATE_TICKET, write_class=WriteClass.UNMARKED, reversible=False))


def bad(connector: type, capabilities: tuple[Capability, ...] = READS) -> Manifest:
    return replace(
        GOOD, vendor="bad", title="Bad", connector=f"{__name__}:{connector.__name__}", capabilities=capabilities
    )


@asynccontextmanager
async def beside_a_good_one(folder: Path, manifest: Manifest) -> AsyncIterator[House]:
    """A gateway with a bad plugin and a good one; at the end the good one has to answer still."""
    wires = {name: SandboxWire(GOOD.open_sandbox(COMPANY).app) for name in ("bad", "good")}

    def wire(connection: Connection) -> SandboxWire:
        return wires[connection.name]

    settings = GatewaySettings(home=folder)
    async with open_gateway(settings, plugins=plugins_of([manifest, GOOD]), wires=wire) as gateway:
        sandbox = GOOD.open_sandbox(COMPANY)
        for name, vendor in (("bad", "bad"), ("good", "freshdesk")):
            await connect(gateway, name, vendor, sandbox.settings, sandbox.credentials, sandbox.auth)
        house = House(gateway, wires)
        yield house
        found = await house.result("get_customer", customer_id="good:customer:1001")
        assert found["data"]["display_name"] == "Ada Okafor"


async def said_of(folder: Path, connector: type, capabilities: tuple[Capability, ...] = READS) -> CallError:
    """The error that a bad plugin's customer becomes."""
    async with beside_a_good_one(folder, bad(connector, capabilities)) as house:
        answer = await house.call("get_customer", customer_id="bad:customer:1001")
    assert answer.error, answer.result
    return answer.error


@pytest.mark.parametrize(
    "connector",
    [GivesADict, GivesNothing, GivesABareRecord, GivesTheEnvelopeOfAWrite, GivesAnotherRecord, GivesLessThanTheRecord],
)
async def test_what_is_no_result_of_the_tool_is_refused(tmp_path: Path, connector: type) -> None:
    error = await said_of(tmp_path, connector)
    assert isinstance(error, InternalError)
    assert error.body.message == "The Bad plugin gave no get_customer result; report it to its author."


async def test_a_result_whose_inside_the_contract_does_not_allow_is_refused(tmp_path: Path) -> None:
    error = await said_of(tmp_path, GivesInvalidValues)
    assert isinstance(error, InternalError)
    assert "that its contract does not allow; report it to its author." in error.body.message
    assert SECRET not in error.body.message


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (RaisesItsOwn, "failed in get_customer (RuntimeError)"),
        (CannotBeBuilt, "failed in get_customer (TypeError)"),
        (RaisesABareCallError, "failed in get_customer (AttributeError)"),
    ],
)
async def test_a_fault_of_a_plugin_is_named_by_its_kind_and_its_words_are_kept_back(
    tmp_path: Path, connector: type, told: str
) -> None:
    error = await said_of(tmp_path, connector)
    assert isinstance(error, InternalError)
    assert error.body.message == f"The Bad plugin {told}; report it to its author."


async def test_a_host_that_the_manifest_does_not_declare_is_not_asked(tmp_path: Path) -> None:
    error = await said_of(tmp_path, AsksAStranger)
    assert isinstance(error, InternalError)
    assert "does not declare" in error.body.message


async def test_a_sheet_that_promises_more_than_there_is_is_named(tmp_path: Path) -> None:
    error = await said_of(tmp_path, PromisesMore, (*READS, Capability(GET_TICKET)))
    assert isinstance(error, InternalError)
    assert "bad: capability sheet and connector disagree on get_ticket" in error.body.message


async def test_a_plugin_that_hangs_is_left_when_the_callers_time_is_up(tmp_path: Path) -> None:
    async with beside_a_good_one(tmp_path, bad(Hangs)) as house:
        house.gateway.calls._timeout_s = 0.3
        answer = await asyncio.wait_for(house.call("get_customer", customer_id="bad:customer:1001"), 5)
        house.gateway.calls._timeout_s = 30
    assert answer.error
    assert (answer.error.code, answer.error.body.message) == (
        "vendor_unavailable",
        "bad took too long: try again later.",
    )


async def test_a_write_of_a_plugin_that_then_fails_is_in_doubt_and_not_called_a_failure(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"subject": "s", "body": "b", "first_message": "from_customer", "connection": "bad"}
    async with beside_a_good_one(tmp_path, bad(WritesAndFails, WRITES)) as house:
        answer = await house.call("create_ticket", requester="bad:customer:1001", **arguments)
    assert answer.outcome == "in_doubt"
    assert answer.result
    assert SECRET not in str(answer.result.data)


LOADING = {
    "newer": ("faulty(vendor='newer', contract_version=99)", "contract version 99, this gateway has 1: upgrade it"),
    "same": ("faulty(vendor='freshdesk')", "vendor 'freshdesk' is already served by another plugin"),
    "stops": (None, "SystemExit: not today"),
}
SOURCE = """
from support.fault_stub import faulty
from trunkline_contracts.hooks import hookimpl

@hookimpl
def trunkline_connector():
    return {manifest}
"""


def loaded(folder: Path) -> Plugins:
    """The example, and beside it one plugin of each kind that does not load."""
    for name, (manifest, _) in LOADING.items():
        source = SOURCE.format(manifest=manifest) if manifest else "raise SystemExit('not today')"
        (folder / f"plugin_bad_{name}.py").write_text(source)
    points = [EntryPoint(name, f"plugin_bad_{name}", GROUP) for name in LOADING]
    return load_plugins([EntryPoint("freshdesk", "trunkline_freshdesk", GROUP), *points])


async def test_a_gateway_opens_beside_plugins_that_do_not_load_and_serves_the_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    plugins = loaded(tmp_path)
    failures = {plugin.name: plugin.failure or "" for plugin in plugins.found}
    for name, (_, told) in LOADING.items():
        assert told in failures[name]
    sandbox = GOOD.open_sandbox(COMPANY)
    wire = SandboxWire(sandbox.app)
    async with open_gateway(GatewaySettings(home=tmp_path), plugins=plugins, wires=lambda _: wire) as gateway:
        await connect(gateway, "good", "freshdesk", sandbox.settings, sandbox.credentials, sandbox.auth)
        found = await House(gateway).result("get_customer", customer_id="good:customer:1001")
    assert found["data"]["display_name"] == "Ada Okafor"


async def test_what_somebody_else_cancels_is_no_answer_and_the_gateway_goes_on(tmp_path: Path) -> None:
    async with beside_a_good_one(tmp_path, bad(IsCancelled)) as house:
        task = asyncio.create_task(house.call("get_customer", customer_id="bad:customer:1001"))
        await asyncio.wait([task], timeout=5)
        assert task.cancelled() or task.result().error
