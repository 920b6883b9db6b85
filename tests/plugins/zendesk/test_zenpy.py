"""zenpy, which knows nothing of us: a judge of the sandbox, and the client for an operator's own code."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, CustomField, Identity, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from support.bench import MARKER, SandboxWire, connection_to, headers_of, reply
from trunkline_contracts.bridge import run_sync
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import OutcomeUnknownError, RateLimitedError
from trunkline_contracts.http import CallContext
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.egress.egress import Egress
from trunkline_gateway.egress.governed import GovernedHttp, Purpose
from trunkline_zendesk import trunkline_connector
from trunkline_zendesk.sandbox import sandbox

ADA = "ada.okafor@fernway-studio.example"


def work_a_ticket(zendesk: Any) -> Ticket:
    """What a support script does: find the customer, open a ticket, answer it, solve it."""
    (ada,) = zendesk.users.search(query=f'email:"{ADA}"')
    made = zendesk.tickets.create(Ticket(subject="By hand", requester_id=ada.id, comment=Comment(body="Hello")))
    ticket = made.ticket
    ticket.comment = Comment(body="We are on it.", public=True)
    ticket.status = "pending"
    zendesk.tickets.update(ticket)
    ticket.comment = Comment(body="Careful.", public=False)
    ticket.status = "solved"
    return zendesk.tickets.update(ticket).ticket


# The sandbox, served for real


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sandbox on a port of this machine, where zenpy is made to look for it."""
    server = uvicorn.Server(uvicorn.Config(sandbox(COMPANY).app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    yield f"0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def zendesk(address: str) -> Zenpy:
    # zenpy puts a subdomain before a domain; together they are 127.0.0.1.
    made = sandbox(COMPANY).credentials
    return Zenpy(subdomain="127", domain=address, email=made["email"], token=made["api_token"], disable_cache=True)


def test_zenpy_works_a_ticket_at_the_sandbox(zendesk: Zenpy) -> None:
    ticket = work_a_ticket(zendesk)
    read = zendesk.tickets(id=ticket.id)
    assert (read.status, read.requester.email, read.description) == ("solved", ADA, "Hello")
    comments = list(zendesk.tickets.comments(ticket=ticket.id))
    assert [(comment.body, comment.public) for comment in comments] == [
        ("Hello", True),
        ("We are on it.", True),
        ("Careful.", False),
    ]


def test_zenpy_reads_what_the_company_has(zendesk: Zenpy) -> None:
    (grinder,) = list(zendesk.search("grinder", type="ticket"))
    assert (grinder.subject, grinder.priority, grinder.group.name) == (
        "THIRD broken grinder in a month",
        "urgent",
        "Support",
    )
    assert grinder.requester.organization.name == "Rossi Architects"
    assert [group.name for group in zendesk.groups()] == ["Support", "Billing", "Tier 2"]
    audits = list(zendesk.tickets.audits(ticket=grinder.id))
    assert [event["type"] for audit in audits for event in audit.events] == ["Comment"]


def test_zenpy_pages_to_the_end_by_number_and_by_cursor(zendesk: Zenpy) -> None:
    numbers = [ticket.id for ticket in zendesk.tickets(cursor_pagination=3)]
    assert numbers == sorted(set(numbers))
    assert [user.id for user in zendesk.users(cursor_pagination=5)] == [user.id for user in zendesk.users()]


def test_zenpy_understands_the_sandboxs_refusals(zendesk: Zenpy) -> None:
    with pytest.raises(RecordNotFoundException):
        zendesk.tickets(id=99)
    ticket = zendesk.tickets(id=1)
    ticket.status = "closed"
    zendesk.tickets.update(ticket)
    ticket.status = "open"
    with pytest.raises(APIException, match="RecordInvalid"):
        zendesk.tickets.update(ticket)


def test_zenpy_makes_and_changes_a_user(zendesk: Zenpy) -> None:
    made = zendesk.users.create(User(name="Nia Boateng", email="nia@boateng-tea.example", external_id="shop-99"))
    assert (made.role, made.verified, made.user_fields) == (
        "end-user",
        False,
        dict.fromkeys(("cups_a_day", "favourite_roast", "system::embeddable_last_seen")),
    )
    made.phone, made.user_fields = "+12025550198", {"cups_a_day": 3}
    zendesk.users.update(made)
    read = zendesk.users(id=made.id)
    assert (read.name, read.phone, read.user_fields["cups_a_day"]) == ("Nia Boateng", "+12025550198", 3)
    with pytest.raises(APIException, match="RecordInvalid"):
        zendesk.users.create(User(name="Somebody", email="nia@boateng-tea.example"))


def test_zenpy_sees_that_an_address_sent_with_a_user_is_one_more_and_not_the_primary_one(zendesk: Zenpy) -> None:
    (ada,) = zendesk.users.search(query=f'email:"{ADA}"')
    ada.email = "ada@new.example"
    zendesk.users.update(ada)
    assert zendesk.users(id=ada.id).email == ADA
    identities = list(zendesk.users.identities(id=ada.id))
    assert [(item.value, item.primary) for item in identities] == [(ADA, True), ("ada@new.example", False)]
    zendesk.users.identities.make_primary(user=ada.id, identity=identities[1].id)
    assert zendesk.users(id=ada.id).email == "ada@new.example"
    zendesk.users.identities.update(user=ada.id, identity=Identity(id=identities[1].id, value="ada@third.example"))
    assert zendesk.users(id=ada.id).email == "ada@third.example"


def test_zenpy_finds_the_fields_and_writes_one(zendesk: Zenpy) -> None:
    own = [field for field in zendesk.ticket_fields() if field.removable]
    assert [(field.title, field.type) for field in own] == [("Order number", "text"), ("Product", "tagger")]
    assert [field.key for field in zendesk.user_fields()][:2] == ["cups_a_day", "favourite_roast"]
    ticket = zendesk.tickets(id=1)
    ticket.custom_fields = [CustomField(id=own[1].id, value="grinder")]
    zendesk.tickets.update(ticket)
    read = zendesk.tickets(id=1)
    assert [item["value"] for item in read.custom_fields] == [None, "grinder"]
    assert "grinder" in read.tags


def test_zenpy_merges_tickets_and_follows_the_job(zendesk: Zenpy) -> None:
    (ada,) = zendesk.users.search(query=f'email:"{ADA}"')
    made = zendesk.tickets.create(Ticket(subject="Again", requester_id=ada.id, comment=Comment(body="Hello?"))).ticket
    job = zendesk.tickets.merge(target=1, source=made.id, source_comment="Merged into #1.")
    assert job.status == "queued"
    assert zendesk.job_status(id=job.id).status == "completed"
    merged = zendesk.tickets(id=made.id)
    assert (merged.status, merged.tags) == ("closed", ["closed_by_merge"])
    follow_up = Ticket(subject="Once more", requester_id=ada.id, comment=Comment(body="Hi"))
    follow_up.via_followup_source_id = made.id
    assert zendesk.tickets.create(follow_up).ticket.via.source.rel == "follow_up"


def test_zenpy_reads_an_article(zendesk: Zenpy) -> None:
    assert zendesk.help_center.articles(id=360000003).title == "Grinder warranty"
    with pytest.raises(RecordNotFoundException):
        zendesk.help_center.articles(id=1)


# The native client, through our egress


@pytest.fixture
def wire() -> SandboxWire:
    return SandboxWire(sandbox(COMPANY).app)


@pytest.fixture
async def http(wire: SandboxWire) -> GovernedHttp:
    manifest, made = trunkline_connector(), sandbox(COMPANY)
    connection = connection_to(manifest, made)
    egress = Egress(lambda _: headers_of(connection, made), lambda _: wire)
    purpose = Purpose(time.monotonic() + 10, WriteClass.MARKED)
    return GovernedHttp(await egress.line(connection), CallContext("main", marker=MARKER), purpose)


def native(http: GovernedHttp) -> Any:
    manifest = trunkline_connector()
    assert manifest.native
    return manifest.native_client(http.line.connection.settings, http)


async def test_the_native_client_works_a_ticket_through_the_gateway(http: GovernedHttp, wire: SandboxWire) -> None:
    ticket = await run_sync(work_a_ticket, native(http))
    assert ticket.status == "solved"
    assert {exchange.host for exchange in http.trace} == {"beans.zendesk.com"}
    # The credential is the gateway's: zenpy never had one.
    assert all(request.headers["Authorization"].startswith("Basic ") for request, _ in wire.exchanges)


async def test_a_write_of_the_native_client_is_never_repeated(http: GovernedHttp, wire: SandboxWire) -> None:
    zendesk = native(http)
    ticket = await run_sync(zendesk.tickets, id=1)
    ticket.status = "solved"
    wire.faults.append(reply(503, b"", retry_after="1"))
    with pytest.raises(OutcomeUnknownError):
        await run_sync(zendesk.tickets.update, ticket)
    assert [exchange.method for exchange in http.trace] == ["GET", "PUT"]


async def test_a_rate_limit_does_not_put_the_native_client_to_sleep(http: GovernedHttp, wire: SandboxWire) -> None:
    wire.faults.append(reply(429, b"", retry_after="60"))
    with pytest.raises(RateLimitedError):
        await run_sync(native(http).tickets, id=1)
