"""Cassettes: what is recorded holds nobody and no secret, and is replayed exactly or not at all."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import orjson
import pytest
import yaml
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from support.bench import SandboxWire
from support.fault_stub import CREDENTIAL, HOST, Account, account_at, connection_at, get
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import VendorUnavailableError
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.egress.cassettes import (
    CassetteError,
    Interaction,
    NoRecordingError,
    RecordingWire,
    ReplayWire,
    Tape,
    connections_in,
    read_cassettes,
    read_header,
    replay_wires,
)
from trunkline_gateway.egress.scrub import Scrubber
from trunkline_gateway.egress.wire import NotSentError

BASE = f"https://{HOST}"
PEOPLE = (
    "Ada Okafor",
    "Okafor",
    "ada.okafor@fernway.example",
    "+12025550101",
    "12025550101",
    "Hauptstrasse 5",
    "1990-04-05",
    "sk_live_canary_4242",
)
REPLY = {
    "id": "cus_123",
    "object": "customer",
    "name": "Ada Okafor",
    "names": {"first": "Ada", "last": "Okafor"},
    "email": "ada.okafor@fernway.example",
    "to": "whatsapp:+12025550101",
    "channel": "sms:+12025550101",
    "phone": 12025550101,
    "mobile": "12025550101",
    "date_of_birth": "1990-04-05",
    "address": {"line1": "Hauptstrasse 5", "country": "DE", "postal_code": 10115},
    "Ada Okafor": True,
    "ada.okafor@fernway.example": 1,
    "notes": ["called Ada Okafor, number +12025550101"],
    "remark": "Ada Okafor called",
    "api_key": "sk_live_canary_4242",
    "access_token": "sk_live_canary_4242",
    "balance": 1250,
    "paused": False,
    "created_at": "2026-11-22T10:00:00Z",
}


def reply(body: object = REPLY, status: int = 200, headers: Mapping[str, str] = {}) -> HttpResponse:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpResponse(status, {"content-type": "application/json", **headers}, content, BASE)


class Scripted:
    """A vendor that gives these replies in turn."""

    def __init__(self, *replies: HttpResponse) -> None:
        self.replies = list(replies)

    async def send(self, request: HttpRequest, sending: object) -> HttpResponse:
        return self.replies.pop(0)

    async def close(self) -> None:
        pass


async def recorded(*requests: HttpRequest, replies: tuple[HttpResponse, ...] = ()) -> RecordingWire:
    """What a recorder keeps of these requests, sent through the gateway with its credential."""
    wire = RecordingWire(Scripted(*(replies or (reply(),) * len(requests))))
    async with account_at(None, lambda _: wire) as account:
        http = await account.http(WriteClass.MARKED)
        for request in requests:
            await http.send(request)
    return wire


async def cassette(folder: Path, *requests: HttpRequest, replies: tuple[HttpResponse, ...] = ()) -> Path:
    wire = await recorded(*requests, replies=replies)
    file = folder / "deep" / "customer.yaml"
    wire.write(file, connection_at(None), "get_customer", {"name": "Ada Okafor"}, source="live")
    return file


# What is kept.


def looked_for(name: str, text: str) -> HttpRequest:
    return HttpRequest("GET", f"{BASE}/search?{urlencode({name: text})}")


LEAKY = (
    HttpRequest("GET", f"{BASE}/v1/customers/ada.okafor%40fernway.example/orders"),
    HttpRequest("GET", f"{BASE}/v1/customers/{quote('Ada Okafor')}"),
    HttpRequest("GET", f"{BASE}/PhoneNumbers/%2B12025550101.json"),
    HttpRequest("GET", f"{BASE}/v1/customers?email=ada.okafor%40fernway.example&To=%2B12025550101"),
    looked_for("q", "SELECT Id FROM Contact WHERE LastName = 'Okafor' OR Name LIKE '%Okafor%'"),
    looked_for("q", "SELECT Id FROM Contact WHERE Owner.Name IN ('Okafor') AND Phone = '+12025550101'"),
    looked_for("query", 'type:user name:"Ada Okafor"'),
    looked_for("query", "name:Okafor"),
    looked_for("query", "Okafor refund"),
    looked_for("Ada Okafor", "1"),
    HttpRequest("POST", f"{BASE}/v1/x", {"Content-Type": "application/json"}, orjson.dumps(REPLY)),
    HttpRequest("POST", f"{BASE}/v1/x", {}, b"name=Ada+Okafor&Body=Hello+Okafor&To=%2B12025550101"),
    HttpRequest("POST", f"{BASE}/v1/x", {}, b"Dear Ada Okafor, your number +12025550101 is wrong"),
    HttpRequest("POST", f"{BASE}/v1/x", {}, b"<note to='Ada Okafor'>ada.okafor@fernway.example</note>"),
    HttpRequest("GET", f"{BASE}/", {"X-Customer": "Ada Okafor", "Cookie": "s=Okafor", "Accept-Language": "Okafor"}),
)


@pytest.mark.parametrize("request_", LEAKY, ids=lambda item: f"{item.method} {item.url[27:60]} {item.body[:12]!r}")
async def test_a_recording_holds_no_person_no_secret_and_no_credential(tmp_path: Path, request_: HttpRequest) -> None:
    text = (await cassette(tmp_path, request_)).read_text("utf-8")
    assert [canary for canary in (*PEOPLE, *map(quote, PEOPLE), "the-real-credential") if canary in text] == []
    assert base64.b64encode(b"the-real-credential").decode() not in text


@pytest.mark.parametrize(
    "body",
    [
        b"Ada Okafor is not available",
        b"<html><body>Ada Okafor ada.okafor@fernway.example</body></html>",
        b"<a href='x'>Ada Okafor</a>",
        b'{"name": "Ada Okafor"',
        b"\xff\xfeAda Okafor",
        b'"Ada Okafor"',
        b'["Ada Okafor"]',
    ],
)
async def test_a_reply_that_is_not_what_it_should_be_holds_nobody_either(tmp_path: Path, body: bytes) -> None:
    text = (await cassette(tmp_path, get(), replies=(reply(body),))).read_text("utf-8")
    assert "Okafor" not in text
    assert "ada" not in text


async def test_headers_of_a_reply_are_kept_by_a_list(tmp_path: Path) -> None:
    headers = {"retry-after": "30", "x-ratelimit-remaining": "7", "set-cookie": "s=Okafor", "x-request-user": "Okafor"}
    (kept,) = read_cassettes(await cassette(tmp_path, get(), replies=(reply({}, headers=headers),)))
    assert set(kept.response.headers) == {"content-type", "retry-after", "x-ratelimit-remaining"}


def test_what_a_machine_wrote_stays_as_it_is() -> None:
    kept = Scrubber().value("", REPLY)
    for name in ("id", "object", "balance", "paused", "created_at"):
        assert kept[name] == REPLY[name]
    assert kept["address"]["country"] == "DE"
    url = f"{BASE}/services/data/v67.0/sobjects/Contact/003Hp0000000001IAA?limit=5&after="
    assert Scrubber().request(HttpRequest("GET", url)).url == url


def test_an_address_stays_an_address_and_a_number_a_number() -> None:
    kept = Scrubber().value("", REPLY)
    assert kept["email"].endswith("@example.com")
    assert kept["channel"].startswith("sms:+1555")
    assert isinstance(kept["phone"], int)
    assert kept["date_of_birth"] == "1970-01-01"


def test_one_value_has_one_pseudonym_in_one_recording_and_another_in_the_next() -> None:
    scrubber, mail = Scrubber(), "ada.okafor@fernway.example"
    in_url = scrubber.request(HttpRequest("GET", f"{BASE}/c?email={quote(mail)}")).url.rpartition("=")[2]
    in_path = scrubber.request(HttpRequest("GET", f"{BASE}/c/{quote(mail)}")).url.rpartition("/")[2]
    in_body = json.loads(scrubber.response(reply({"email": mail.upper()})).body)["email"]
    assert in_url == in_path == quote(in_body)
    assert Scrubber().value("email", mail) != scrubber.value("email", mail)


# The file.


async def test_a_cassette_says_where_it_comes_from(tmp_path: Path) -> None:
    file = await cassette(tmp_path, get())
    assert file.read_text("utf-8").startswith("# Source: live\n")
    header = read_header(file)
    assert (header["vendor"], header["source"], header["connection"]) == ("faulty", "live", "main")
    assert (header["api_version"], header["tool"], header["settings"]) == ("1", "get_customer", {"host": HOST})
    assert header["arguments"]["name"] != "Ada Okafor"
    assert [item.name for item in file.parent.iterdir()] == [file.name]


async def test_vcrpy_reads_what_we_write(tmp_path: Path) -> None:
    requests, responses = deserialize((await cassette(tmp_path, get("/things?a=1"))).read_text("utf-8"), yamlserializer)
    assert [(request.method, request.uri) for request in requests] == [("GET", f"{BASE}/things?a=1")]
    assert json.loads(responses[0]["body"]["string"])["balance"] == 1250


def test_we_read_what_vcrpy_writes(tmp_path: Path) -> None:
    body = {"status": {"code": 201, "message": "Created"}, "headers": {"X-Id": ["1"]}, "body": {"string": b"\xff\x00"}}
    one = {"requests": [Request("POST", f"{BASE}/a", b"b=1", {"X": "y"})], "responses": [body]}
    file = tmp_path / "vcr.yaml"
    file.write_text(serialize(one, yamlserializer), "utf-8")
    (interaction,) = read_cassettes(file)
    assert (interaction.request.method, interaction.request.body) == ("POST", b"b=1")
    assert (interaction.response.status, interaction.response.body) == (201, b"\xff\x00")
    assert interaction.response.headers == {"x-id": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "version: 1",
        "version: 1\ninteractions: [{}]",
        "interactions: [",
        "version: 1\ninteractions: [{request: {method: GET}, response: {}}]",
        "!!python/object/apply:os.mkdir ['{folder}/was-run']",
    ],
)
def test_a_file_that_is_no_cassette_is_named_and_nothing_of_it_is_run(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text.replace("{folder}", str(tmp_path)))
    with pytest.raises(CassetteError, match=r"broken\.yaml: not a whole cassette"):
        read_cassettes(tmp_path)
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_folder_says_how_to_record(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "nowhere.yaml"):
        with pytest.raises(CassetteError, match="trunkline record"):
            read_cassettes(place)


async def test_the_accounts_of_a_folder_are_named_without_a_credential(tmp_path: Path) -> None:
    await cassette(tmp_path, get())
    (account,) = connections_in(tmp_path)
    assert (account.name, account.vendor, account.settings) == ("main", "faulty", {"host": HOST})


# Replay.


def taped(*requests: HttpRequest) -> Tape:
    answers = (HttpResponse(200 + number, {}, b"", BASE) for number in range(len(requests)))
    return Tape([Interaction("t.yaml", request, answer) for request, answer in zip(requests, answers, strict=True)])


def form(body: bytes, url: str = f"{BASE}/a") -> HttpRequest:
    return HttpRequest("POST", url, {}, body)


def test_each_recording_is_played_in_its_turn_and_the_last_again_and_again() -> None:
    tape = taped(get(), get("/other"), get(), get())
    assert [tape.answer(get()).status for _ in range(5)] == [200, 202, 203, 203, 203]
    assert [item.request.url for item in tape.unplayed] == [f"{BASE}/other"]


@pytest.mark.parametrize(
    ("recording", "asked"),
    [
        (get("/a?x=1&y=2"), get("/a?y=2&x=1")),
        (get("/a?x=a%20b"), get("/a?x=a+b")),
        (form(b'{"a": 1, "b": 2}'), form(b'{"b":2,"a":1}')),
        (form(b"a=1&b=2"), form(b"b=2&a=1")),
        (get("/a"), get("/a", Accept="text/csv")),
        (form(b'{"m": "op_' + b"0" * 32 + b'"}'), form(b'{"m": "op_' + b"f" * 32 + b'"}')),
    ],
)
def test_a_request_that_means_the_same_is_answered(recording: HttpRequest, asked: HttpRequest) -> None:
    assert taped(recording).answer(asked).status == 200


@pytest.mark.parametrize(
    ("recording", "asked"),
    [
        (get("/a"), HttpRequest("POST", f"{BASE}/a")),
        (get("/a"), get("/A")),
        (get("/a"), get("/a/")),
        (get("/a"), get("/a?x=")),
        (get("/a?x=1"), get("/a?x=2")),
        (get("/a?x=1"), get("/a?x=1&x=1")),
        (get("/a"), HttpRequest("GET", "https://other.example/a")),
        (form(b'{"points": 100}'), form(b'{"points": 1000}')),
        (form(b'{"points": 100}'), form(b'{"points": "100"}')),
        (form(b'{"points": 1}'), form(b'{"points": true}')),
        (form(b'{"a": [1, 2]}'), form(b'{"a": [2, 1]}')),
        (form(b"a=1"), form(b"a=1&a=1")),
        (form(b"a=1"), form(b"")),
    ],
)
def test_a_request_that_means_something_else_finds_nothing(recording: HttpRequest, asked: HttpRequest) -> None:
    with pytest.raises(NoRecordingError):
        taped(recording).answer(asked)


def test_a_request_that_was_not_recorded_names_itself_and_the_nearest_without_its_arguments() -> None:
    tape = taped(get("/things/2"), get("/other"))
    with pytest.raises(NoRecordingError) as missing:
        tape.answer(get("/things/3?email=ada.okafor%40fernway.example"))
    told = (
        f"No recording for GET {HOST}/things/3 with these arguments. The nearest recording is GET /things/2 in t.yaml."
    )
    assert str(missing.value) == missing.value.advice == told
    assert isinstance(missing.value, NotSentError)
    with pytest.raises(NoRecordingError, match=r"arguments\.$"):
        Tape([]).answer(get())


@pytest.fixture
async def replayed(tmp_path: Path) -> AsyncIterator[Account]:
    replies = (reply({"id": 1}), reply({"id": 2}, 503), reply({"id": 3}))
    await cassette(tmp_path, get("/one"), get("/two"), replies=replies)
    async with account_at(None, replay_wires(tmp_path)) as account:
        yield account


async def test_a_recorded_call_is_replayed_through_the_same_rules_and_no_socket(replayed: Account) -> None:
    http = await replayed.http()
    assert json.loads((await http.send(get("/one"))).body) == {"id": 1}
    assert json.loads((await http.send(get("/two"))).body) == {"id": 3}
    assert [exchange.status for exchange in http.trace] == [200, 503, 200]
    with pytest.raises(VendorUnavailableError, match="No recording for GET"):
        await http.send(get("/three"))


async def test_a_write_without_a_recording_is_known_not_to_be_sent(replayed: Account) -> None:
    http = await replayed.http(WriteClass.MARKED)
    with pytest.raises(VendorUnavailableError, match="No recording for POST"):
        await http.send(form(b"a=1"))
    assert [exchange.sent for exchange in http.trace] == [False]


def test_a_replay_needs_no_credential_of_the_recorded_account() -> None:
    assert "Authorization" in CREDENTIAL
    tape = taped(get())
    assert ReplayWire(tape).tape.answer(get(Authorization="Bearer whatever")).status == 200


def test_a_cassette_is_plain_text_that_people_can_read(tmp_path: Path) -> None:
    wire = RecordingWire(SandboxWire(None))
    wire.kept.append((get(), reply({"id": 1})))
    wire.write(tmp_path / "c.yaml", connection_at(None), "get_customer", {}, source="sandbox")
    loaded = yaml.safe_load((tmp_path / "c.yaml").read_text("utf-8"))
    assert list(loaded) == ["trunkline", "version", "interactions"]
    assert loaded["interactions"][0]["response"]["body"]["string"] == '{"id":1}'
