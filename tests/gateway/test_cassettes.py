"""Cassettes: what is recorded holds nobody and no secret, and is replayed exactly or not at all."""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
import yaml
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from support.fault_stub import CREDENTIAL, HOST, Account, account_at, connection_at, faulty, get
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import InvalidArgumentError, VendorUnavailableError
from trunkline_contracts.fields import Choice, CustomField
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_gateway.cassettes.files import CassetteError, Interaction, read_cassettes, read_header
from trunkline_gateway.cassettes.matching import NoRecordingError, Tape
from trunkline_gateway.cassettes.names import Names
from trunkline_gateway.cassettes.record import Recorder, Recording, RecordingWire
from trunkline_gateway.cassettes.replay import ReplayWire, open_tapes
from trunkline_gateway.cassettes.scrub import Scrubber
from trunkline_gateway.cassettes.tapes import chosen
from trunkline_gateway.egress.wire import NotSentError, Sending

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


async def recorded(*requests: HttpRequest, replies: tuple[HttpResponse, ...] = ()) -> Recording:
    """What is kept of these requests, sent through the gateway with its credential."""
    recording = Recording(connection_at(None), "live", default="customer")
    wire = recording.over(Scripted(*(replies or (reply(),) * len(requests))))
    async with account_at(None, lambda _: wire) as account:
        http = await account.http(WriteClass.MARKED)
        for request in requests:
            await http.send(request)
    return recording


async def cassette(folder: Path, *requests: HttpRequest, replies: tuple[HttpResponse, ...] = ()) -> Path:
    recording = await recorded(*requests, replies=replies)
    (file,) = recording.write(folder / "deep", "get_customer", {"name": "Ada Okafor"})
    return file


MANIFESTS: dict[str, Manifest] = {"faulty": faulty()}


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
    assert not re.search(r"\bada\b", text, re.IGNORECASE)


async def test_headers_of_a_reply_are_kept_by_a_list(tmp_path: Path) -> None:
    headers = {"retry-after": "30", "x-ratelimit-remaining": "7", "set-cookie": "s=Okafor", "x-request-user": "Okafor"}
    (kept,) = read_cassettes(await cassette(tmp_path, get(), replies=(reply({}, headers=headers),)))
    assert set(kept.response.headers) == {"content-type", "retry-after", "x-ratelimit-remaining"}


def test_what_is_on_the_list_stays_as_it_is() -> None:
    kept = scrubber().value("", REPLY)
    for name in ("id", "object", "balance", "paused", "created_at"):
        assert kept[name] == REPLY[name]
    assert kept["address"]["country"] == "DE"
    url = f"{BASE}/services/data/v67.0/sobjects/Contact/003Hp0000000001IAA?limit=5&after="
    assert scrubber().request(HttpRequest("GET", url)).url == url


def scrubber() -> Scrubber:
    return Scrubber(Names.of(faulty()), (HOST,))


def test_an_address_stays_an_address_and_a_number_a_number() -> None:
    kept = scrubber().value("", REPLY)
    assert kept["email"].endswith("@example.com")
    assert kept["channel"].startswith("sms:+1555")
    assert isinstance(kept["phone"], int)
    assert kept["date_of_birth"] == "1970-01-01"


def test_one_value_has_one_pseudonym_in_one_recording_and_another_in_the_next() -> None:
    one, mail = scrubber(), "ada.okafor@fernway.example"
    in_url = one.request(HttpRequest("GET", f"{BASE}/c?email={quote(mail)}")).url.rpartition("=")[2]
    in_path = one.request(HttpRequest("GET", f"{BASE}/c/{quote(mail)}")).url.rpartition("/")[2]
    in_body = json.loads(one.response(reply({"email": mail.upper()})).body)["email"]
    assert in_url == in_path == quote(in_body)
    assert scrubber().value("email", mail) != one.value("email", mail)


FREE = "Ada called and was angry"
CANARIES = {"id": FREE, "status": FREE, "reason": FREE, "unheard_of": "shortword", "unheard_count": 4711, "ids": [FREE]}


def test_only_what_is_on_the_list_and_looks_chosen_is_kept() -> None:
    kept = scrubber().value("", CANARIES)
    assert [value for value in (*kept.pop("ids"), *kept.values()) if value in (FREE, "shortword", 4711)] == []
    assert scrubber().value("", {"status": "Closed Won", "reason": "Ada Okafor"})["status"] == "Closed Won"
    assert scrubber().value("reason", "Ada Okafor") != "Ada Okafor"


def test_booleans_and_nothing_are_always_kept() -> None:
    told = {"unheard_of": True, "another": None, "empty": "", "list": [False]}
    assert scrubber().value("", told) == told


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("somebody@fernway.example", r"p-[0-9a-f]{10}@example\.com"),
        ("+12025550101", r"\+1555\d{7}"),
        ("12025550101", r"\d{11}"),
        ("19.90", r"\d\d\.\d\d"),
        ("https://elsewhere.example/ada?x=1", r"https://example\.com/[0-9a-f]{10}"),
        ("2026-11-22T10:00:00Z", r"1970-01-01T00:00:00Z"),
        ("2026-11-22", r"1970-01-01"),
        ("shop-1", r"w[0-9a-f]{10}"),
        ("Ada Okafor", r"w[0-9a-f]{10} w[0-9a-f]{10}"),
        ("Ada Okafor called again today", r"text [0-9a-f]{10}"),
        ("Hello there\n\n[op_00000000000000000000000000000001]", r"w\w+ w\w+\n\n\[op_0{31}1\]"),
    ],
)
def test_a_pseudonym_keeps_the_form_of_its_value(value: str, form: str) -> None:
    assert re.fullmatch(form, scrubber().value("unheard_of", value))


def test_a_number_stays_a_number_of_as_many_digits() -> None:
    kept = scrubber().value("", {"unheard_of": 4711, "unheard_share": 19.25})
    assert len(str(kept["unheard_of"])) == 4
    assert isinstance(kept["unheard_share"], float)


def test_a_name_is_judged_in_every_spelling_and_a_comparison_by_what_it_compares() -> None:
    names = Names(("customer_id",))
    assert all(name in names for name in ("customerId", "CustomerID", "customer-id", "items[0][customer_id]"))
    assert "customer_id[in]" in names
    assert "customer_id[name]" not in names
    assert "email[is]" not in Names(("is", "in"))


def test_a_filter_is_judged_by_the_field_that_it_tests() -> None:
    told = {"filters": [{"propertyName": "status", "value": "open"}, {"propertyName": "lastname", "value": "Okafor"}]}
    kept = scrubber().value("", told)["filters"]
    assert kept[0]["value"] == "open"
    assert kept[1]["value"] != "Okafor"


def test_a_value_that_was_replaced_in_a_body_is_replaced_in_a_path_by_the_same() -> None:
    one = scrubber()
    before = one.request(get("/customers/ada-okafor-1990")).url
    in_body = one.value("nickname", "ada-okafor-1990")
    after = one.request(get("/customers/ada-okafor-1990")).url
    assert before.endswith("/ada-okafor-1990")
    assert after.endswith(f"/{in_body}")


def test_the_vendors_own_addresses_lead_to_what_was_recorded() -> None:
    kept = scrubber().value(
        "", {"next_url": f"{BASE}/v1/things?cursor=2&email=ada%40fernway.example", "url": "/v1/x/1"}
    )
    assert kept["next_url"].startswith(f"{BASE}/v1/things?cursor=")
    assert "fernway" not in kept["next_url"]
    assert kept["url"] == "/v1/x/1"


def test_a_person_who_asks_in_the_words_of_a_query_language_is_still_replaced() -> None:
    for asked in (
        "select Okafor",
        "find {Okafor}",
        "FIND {Okafor} IN ALL FIELDS RETURNING Contact",
        "phone:12025550101",
    ):
        told = scrubber().value("query", asked)
        assert "Okafor" not in told
        assert "12025550101" not in told


def test_a_recording_names_the_fields_that_look_harmless_and_no_telling_one() -> None:
    one = scrubber()
    one.value(
        "", {"pipeline_x": "default", "last_name": "Okafor", "story": "Ada called once more today", "status": "a"}
    )
    assert one.suspects == {"pipeline_x"}


def test_a_plugins_own_list_is_read_from_its_package() -> None:
    own = Names.of(faulty(cassette_fields="trunkline_zendesk:cassette_fields.txt"))
    assert "requester_id" in own
    assert "requester_id" not in Names.of(faulty())


# The tapes of a recording.


async def test_a_tape_is_chosen_for_each_call_and_all_are_written_at_the_end(tmp_path: Path) -> None:
    recorder = Recorder("acme", "main", lambda _: Scripted(*[reply({"id": 1})] * 3))
    wire = recorder.wire(connection_at(None))
    for tape in (None, "refund.v2", "refund.v2"):
        recorder.choose(tape)
        await wire.send(get(), Sending(1))
    chosen.set(None)
    assert recorder.recording
    assert sorted(file.name for file in recorder.recording.write(tmp_path)) == ["default.yaml", "refund.v2.yaml"]
    assert len(read_cassettes(tmp_path / "refund.v2.yaml")) == 2


@pytest.mark.parametrize("name", ["", "../up", "Up", ".hidden", "a/b", "a" * 65, "a b"])
def test_a_tape_whose_name_is_no_file_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="Trunkline-Tape"):
        Recorder("acme", "main", lambda _: Scripted()).choose(name)


@pytest.mark.parametrize(("tenant", "name"), [("acme", "other"), ("rival", "main")])
def test_other_connections_pass_through_unrecorded(tenant: str, name: str) -> None:
    recorder = Recorder("acme", "main", lambda _: Scripted())
    assert isinstance(recorder.wire(connection_at(None, name, tenant=tenant)), Scripted)
    assert isinstance(recorder.wire(connection_at(None)), RecordingWire)


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
    requests, responses = deserialize(
        (await cassette(tmp_path, get("/things?limit=1"))).read_text("utf-8"), yamlserializer
    )
    assert [(request.method, request.uri) for request in requests] == [("GET", f"{BASE}/things?limit=1")]
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
    (account,) = open_tapes(tmp_path, MANIFESTS).accounts()
    assert (account.name, account.vendor, account.settings) == ("main", "faulty", {"host": HOST})


ROAST = CustomField(
    kind="customer", key="Roast__c", name="roast", label="Roast", type="choice", choices=(Choice(value="dark"),)
)


async def test_the_custom_fields_of_an_account_come_with_its_cassette(tmp_path: Path) -> None:
    recording = Recording(replace(connection_at(None), fields=(ROAST,)), "live")
    recording.keep(get(), reply({"Roast__c": "dark"}))
    recording.write(tmp_path)
    tapes = open_tapes(tmp_path, MANIFESTS)
    assert tapes.accounts()[0].fields == (ROAST,)
    assert json.loads(read_cassettes(tmp_path)[0].response.body) == {"Roast__c": "dark"}


async def test_the_value_of_a_choice_is_kept_where_its_field_is_told_by_a_number() -> None:
    field = ROAST.model_copy(update={"key": "400000006"})
    scrubber = Recording(replace(connection_at(None), fields=(field,)), "live").scrubber
    told = [{"id": 400000006, "value": "dark"}, {"id": "400000006", "value": "dark"}]
    assert scrubber.value("", told) == told
    others = [{"id": 400000005, "value": "okafor"}, {"id": 400000006, "value": "Ada Okafor"}]
    assert not {"okafor", "Ada Okafor"} & {item["value"] for item in scrubber.value("", others)}
    assert not scrubber.suspects


async def written(folder: Path, name: str = "one", **header: Any) -> Path:
    """A cassette whose header says something else than it should."""
    file = await cassette(folder, get())
    document = yaml.safe_load(file.read_text("utf-8"))
    document["trunkline"].update(header)
    file.unlink()
    other = folder / f"{name}.yaml"
    other.write_text(yaml.safe_dump({**document, "trunkline": {k: v for k, v in document["trunkline"].items() if v}}))
    return other


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"vendor": "nobody"}, "no plugin for its vendor 'nobody'"),
        ({"api_version": "0"}, "API 0, but the plugin speaks 1"),
        ({"settings": {"hots": "x"}}, "the plugin does not take its hots"),
        ({"connection": "Not A Name"}, "the plugin does not take its connection"),
        ({"connection": None}, "its header has no connection"),
    ],
)
async def test_a_cassette_that_the_plugin_cannot_read_is_refused_by_name(
    tmp_path: Path, header: dict[str, Any], rule: str
) -> None:
    await written(tmp_path, **header)
    with pytest.raises(CassetteError, match=rf"one\.yaml: .*{rule}"):
        open_tapes(tmp_path, MANIFESTS)


async def test_two_accounts_of_one_name_are_refused(tmp_path: Path) -> None:
    await written(tmp_path, "one")
    await written(tmp_path, "two", settings={"host": "other.faulty.example"})
    with pytest.raises(CassetteError, match=r"two\.yaml: its connection 'main' is another account than that of .*one"):
        open_tapes(tmp_path, MANIFESTS)


def test_a_cassette_half_written_is_no_cassette(tmp_path: Path) -> None:
    recording = Recording(connection_at(None), "live")
    recording.keep(get(), reply())
    (file,) = recording.write(tmp_path)
    text = file.read_text("utf-8")
    for share in (0.3, 0.6, 0.9):
        file.write_text(text[: int(len(text) * share)])
        with pytest.raises(CassetteError, match=r"default\.yaml: not a whole cassette|default\.yaml: its header"):
            open_tapes(tmp_path, MANIFESTS)


# Replay.


async def test_each_cassette_is_a_tape_with_a_state_of_its_own(tmp_path: Path) -> None:
    for name, number in (("a", 1), ("b", 2)):
        recording = Recording(connection_at(None), "live", default=name)
        recording.keep(get(), reply({"id": number}))
        recording.write(tmp_path / "deep")
    tapes = open_tapes(tmp_path, MANIFESTS)
    assert tapes.names == ["deep/a", "deep/b"]
    tapes.choose("deep/b")
    assert json.loads(tapes.answer(get()).body) == {"id": 2}
    assert list(tapes.unplayed()) == ["deep/a"]
    assert tapes.unplayed("deep/b") == {}
    tapes.choose(None)
    assert [json.loads(tapes.answer(get()).body)["id"] for _ in range(2)] == [1, 2]
    assert tapes.unplayed() == {}
    with pytest.raises(InvalidArgumentError, match="the tapes are deep/a, deep/b"):
        tapes.choose("deep/c")


@pytest.mark.parametrize(
    ("recording", "asked", "differs"),
    [
        (get("/a?x=1&y=2"), get("/a?x=1&y=3"), "query y"),
        (get("/a?x=1"), get("/a"), "query x"),
        (get("/a"), get("/b"), "path"),
        (get("/a"), HttpRequest("POST", f"{BASE}/a"), "method"),
        (get("/a"), HttpRequest("GET", "https://other.example/a"), "host"),
    ],
)
def test_an_error_says_what_differs(recording: HttpRequest, asked: HttpRequest, differs: str) -> None:
    with pytest.raises(NoRecordingError, match=rf"what differs: {differs}\.$"):
        taped(recording).answer(asked)


@pytest.mark.parametrize(
    ("recording", "asked", "differs"),
    [
        (b'{"a": {"b": [1, 2]}}', b'{"a": {"b": [1, 3]}}', "body a.b.1"),
        (b'{"a": 1}', b'{"a": 1, "Okafor": {}}', "body Okafor"),
        (b"a=1&b=2", b"a=1&b=3", "body b"),
        (b"", b"plain words", "body"),
    ],
)
def test_of_a_body_the_fields_that_differ_are_named(recording: bytes, asked: bytes, differs: str) -> None:
    with pytest.raises(NoRecordingError, match=rf"what differs: {differs}\.$"):
        taped(form(recording)).answer(form(asked))


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
        f"No recording for GET {HOST}/things/3 with these arguments. The nearest recording is GET /things/2 in t.yaml; "
        "what differs: path, query email."
    )
    assert str(missing.value) == missing.value.advice == told
    assert isinstance(missing.value, NotSentError)
    with pytest.raises(NoRecordingError, match=r"arguments\.$"):
        Tape([]).answer(get())


@pytest.fixture
async def replayed(tmp_path: Path) -> AsyncIterator[Account]:
    replies = (reply({"id": 1}), reply({"id": 2}, 503), reply({"id": 3}))
    await cassette(tmp_path, get("/one"), get("/two"), replies=replies)
    async with account_at(None, open_tapes(tmp_path, MANIFESTS).wire) as account:
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
    assert ReplayWire(tape).tapes.answer(get(Authorization="Bearer whatever")).status == 200


def test_a_cassette_is_plain_text_that_people_can_read(tmp_path: Path) -> None:
    recording = Recording(connection_at(None), "sandbox", default="c")
    recording.keep(get(), reply({"id": 1}))
    recording.write(tmp_path)
    loaded = yaml.safe_load((tmp_path / "c.yaml").read_text("utf-8"))
    assert list(loaded) == ["trunkline", "version", "interactions"]
    assert loaded["interactions"][0]["response"]["body"]["string"] == '{"id":1}'
