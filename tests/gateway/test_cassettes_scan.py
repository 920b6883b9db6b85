"""The scanner: a cassette with a secret or a person in it is neither written nor read, and nothing of it is shown."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from support.fault_stub import HOST, connection_at, faulty, get
from support.shared import RECORDINGS, require
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.cassettes.files import LeakError
from trunkline_gateway.cassettes.record import Recording
from trunkline_gateway.cassettes.replay import open_tapes
from trunkline_gateway.cassettes.scan import scan

SECRETS = {
    # Each is put together here, so that no scanner of somebody else's takes this file for a leak.
    "Stripe key": "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "bearer token": "Bearer " + "abcdef0123456789",
    "basic credential": "Basic " + b64encode(b"ada:opensesame").decode(),
    "JSON web token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN",
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "password in a URL": "https://ada:" + "opensesame@vendor.example/",
    "Salesforce session": "00D" + "5g000004Xyz!" + "AQ4AQFabcdefghijklmnop.qrst",
    "HubSpot token": "pat-" + "eu1-0192f3a4-5b6c-7d8e-9f00-112233445566",
    "Intercom token": "dG9r" + "OjAxMjM0NTY3ODlhYmNkZWY=",
    "Twilio key": "SK" + "0123456789abcdef" * 2,
    "Chargebee key": "live_" + "A1b2C3d4E5f6G7h8I9j0K1l2",
    "Shopify token": "shpat_" + "0123456789abcdef" * 2,
    "Slack token": "xoxb-" + "123456789012-abcdef",
    "GitHub token": "ghp_" + "a1B2" * 9,
    "AWS key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "Google key": "AIza" + "a" * 35,
    "model provider's key": "sk-" + "a1B2" * 8,
    "Trunkline key": "tl_" + "0123456789abcdef_" + "a" * 43,
    "e-mail address": "ada.okafor@fernway.io",
    "telephone number": "+44 20 7946 0958",
    "card number": "4111 1111 " + "1111 1111",
    "IBAN": "DE89 3704 " + "0044 0532 0130 00",
}


@pytest.mark.parametrize(("kind", "secret"), SECRETS.items(), ids=list(SECRETS))
def test_each_kind_is_found_in_plain_in_a_url_and_inside_json_and_its_place_is_named(kind: str, secret: str) -> None:
    for place, value in (
        ("$.a[1].b", {"a": [0, {"b": f"see {secret} there"}]}),
        ("$.uri", {"uri": f"https://vendor.example/x?y={quote(secret)}"}),
        ("$.string.deep.er", {"string": json.dumps({"deep": json.dumps({"er": secret})})}),
    ):
        hits = scan(value)
        assert (place, kind) in [(hit.place, hit.kind) for hit in hits]
        assert secret not in str(hits)


HARMLESS = (
    "p-0123456789@example.com",
    "ada@fernway.example",
    "+15551234567",
    "Fri, 27 Nov 2026 17:05:26 +0000",
    "2026-11-27T19:08:11.000+0000",
    "4408830423707",
    "4111111111111112",
    "DE89370400440532013001",
    "MG0123456789abcdef0123456789abcdef",
    "op_0192f3a45b6c7d8e9f00112233445566",
    "basic subscription of the bearer of this",
    "0192f3a4-5b6c-7d8e-9f00-112233445566",
    1764268800000,
    "sub_00000000000003",
)


@pytest.mark.parametrize("value", HARMLESS)
def test_what_only_looks_a_little_like_one_is_let_through(value: Any) -> None:
    assert scan({"value": value}) == []


CREDENTIAL = "open sesame/4711+ü"


@pytest.mark.parametrize(
    "text",
    [
        CREDENTIAL,
        f"a{CREDENTIAL}b",
        quote(CREDENTIAL, safe=""),
        *(b64encode(f"{'x' * before}{CREDENTIAL}{'y' * before}".encode()).decode() for before in range(5)),
    ],
)
def test_the_connections_own_credential_is_found_in_any_encoding(text: str) -> None:
    assert [hit.kind for hit in scan({"a": text}, (CREDENTIAL,))] == ["the connection's credential"]
    assert scan({"a": text}) == []


def test_the_name_of_a_credentials_header_is_enough_and_a_persons_key_is_not_shown() -> None:
    document = {"request": {"headers": {"Authorization": ["REDACTED"], "Cookie": ["x"]}}}
    assert {hit.kind for hit in scan(document)} == {"credential header"}
    (hit, *_) = scan({"ada@fernway.io": {"phone": "+12025550101"}})
    assert "ada" not in str(scan({"ada@fernway.io": {"phone": "+12025550101"}}))
    assert hit.place == "$"


# A vendor that gives a credential back under a name that is on the list, where the scrubber would leave it.


def leaking(folder: Path) -> Recording:
    recording = Recording(connection_at(None), "live")
    request = HttpRequest("GET", f"https://{HOST}/ok", {"Authorization": "Bearer the-real-credential"})
    recording.keep(request, HttpResponse(200, {}, b'{"status": "fine"}', request.url))
    recording.place.manifest.auth["token"]  # the credential is told from other headers by the manifest
    (folder / "kept.txt").write_text("")
    return recording


def test_a_recording_that_holds_its_credential_fails_the_run_and_nothing_is_written(tmp_path: Path) -> None:
    recording = leaking(tmp_path)
    echoed = HttpResponse(200, {}, b'{"status": "the-real-credential"}', f"https://{HOST}/ok")
    recording.tapes["good"] = list(recording.tapes["default"])
    recording.keep(get(), echoed)
    with pytest.raises(LeakError) as refused:
        recording.write(tmp_path / "out")
    told = str(refused.value)
    assert "default.yaml: refused" in told
    assert "$.interactions[1].response.body.string.status: the connection's credential" in told
    assert "the-real-credential" not in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", SECRETS)
def test_a_cassette_with_a_secret_is_not_replayed(tmp_path: Path, kind: str) -> None:
    (file,) = leaking(tmp_path).write(tmp_path)
    document = yaml.safe_load(file.read_text("utf-8"))
    document["interactions"][0]["response"]["body"]["string"] = json.dumps({"a": SECRETS[kind]})
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(LeakError) as refused:
        open_tapes(tmp_path, {"faulty": faulty()})
    assert "default.yaml: refused, for a cassette must hold nobody and no secret: $.interactions[0]" in str(
        refused.value
    )
    assert kind in str(refused.value)
    assert SECRETS[kind] not in str(refused.value)


def test_in_real_recordings_that_nobody_scrubbed_our_way_people_are_found() -> None:
    require(RECORDINGS)
    files = sorted((RECORDINGS / "help-scout").rglob("*.yml"))
    found = [{hit.kind for hit in scan(yaml.safe_load(file.read_text("utf-8")))} for file in files]
    assert sum("e-mail address" in kinds for kinds in found) > len(files) / 2
