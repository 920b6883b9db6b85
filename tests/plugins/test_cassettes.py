"""Every committed cassette says where it comes from, holds nobody and no secret, and plays through the plugin."""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from support.bench import KEY, MARKER, connection_to
from trunkline_contracts.fields import CustomField
from trunkline_contracts.sandbox import COMPANY, Sandbox
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Route
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.cassettes.files import Interaction, read_cassettes, read_header
from trunkline_gateway.cassettes.matching import Tape
from trunkline_gateway.cassettes.replay import ReplayWire
from trunkline_gateway.egress.egress import Egress
from trunkline_gateway.plugins import load_plugins

ROOT = Path(__file__).parents[2] / "cassettes"
CASSETTES = sorted(ROOT.rglob("*.yaml"))
MANIFESTS = load_plugins().manifests
NEVER_THE_SAME = {
    ("intercom", "merge_tickets"): "its note holds the reason in a text of its own, which is scrubbed whole",
    ("intercom", "set_consent"): "its note holds the evidence in a text of its own, which is scrubbed whole",
    ("intercom", "escalate_to_human"): "its request holds the summary in a text of its own, which is scrubbed whole",
    ("hubspot", "add_note"): "its request holds the time, and our marker below the text, which is scrubbed whole",
    ("hubspot", "escalate_to_human"): "its note holds the time, and the summary in a text that is scrubbed whole",
    ("hubspot", "merge_tickets"): "its note holds the time, and the reason in a text that is scrubbed whole",
    ("hubspot", "reply_to_ticket"): "its request holds the time, and our marker in a text that is scrubbed whole",
    ("hubspot", "save_task"): "its request holds the time, and our marker in a text that is scrubbed whole",
    ("salesforce", "add_note"): "its request holds the day of the recording",
    ("salesforce", "create_customer"): "its query holds one telephone number in several spellings, all scrubbed",
    ("salesforce", "escalate_to_human"): "its request holds our marker below the text, which is scrubbed whole",
    ("salesforce", "set_consent"): "its request holds the day of the recording, and our marker below the evidence",
    ("salesforce", "deduct_points"): "its request holds the time of the recording",
    ("salesforce", "enroll_member"): "its request holds the day of the recording",
    ("salesforce", "grant_points"): "its request holds the time of the recording",
    ("salesforce", "redeem_reward"): "its request holds the time of the recording",
    ("talonone", "grant_points"): "its request holds the reason inside a text of its own, which is scrubbed whole",
    ("talonone", "deduct_points"): "its request holds the reason inside a text of its own, which is scrubbed whole",
    ("talonone", "reverse_points"): "its request holds the reason inside a text of its own, which is scrubbed whole",
    ("talonone", "set_tier"): "the programme's names of tiers are scrubbed, so the one that is asked for is not there",
    ("twilio", "place_call"): "its request holds what is said inside TwiML, which is scrubbed whole",
    ("voucherify", "reverse_points"): "its request holds the reason inside a text of its own, which is scrubbed whole",
    ("zendesk", "escalate_to_human"): "its request holds the summary inside a text of its own, which is scrubbed whole",
    ("zendesk", "merge_tickets"): "its request holds the reason inside a text of its own, which is scrubbed whole",
}
"""Calls whose scrubbed request no replay makes again."""


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_every_tool_of_every_vendor_has_a_cassette() -> None:
    sheets = ((vendor, sheet) for vendor, manifest in MANIFESTS.items() for sheet in manifest.capabilities)
    wanted = {(vendor, sheet.contract.name) for vendor, sheet in sheets}
    assert {(path.parent.name, path.stem) for path in CASSETTES} >= wanted


@pytest.mark.parametrize("path", CASSETTES, ids=name)
def test_a_cassette_says_where_it_comes_from_and_of_which_api_version(path: Path) -> None:
    assert re.match(r"# Source: (live|vendor-example|sandbox)\n", path.read_text("utf-8"))
    header = read_header(path)
    assert header["source"] in {"live", "vendor-example", "sandbox"}
    assert header["vendor"] == path.parent.name
    assert header["api_version"] == MANIFESTS[header["vendor"]].api_version, "of another version: record it again"


SECRETS = re.compile(
    r"(?i)authorization|bearer |basic [a-z0-9+/=]{12}|sk_(live|test)_|api[_-]?token|app[_-]?token|00D[A-Za-z0-9]{12,}!"
)


@pytest.mark.parametrize("path", CASSETTES, ids=name)
def test_a_cassette_holds_nobody_and_no_secret(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not SECRETS.search(text)
    people = {word for person in COMPANY.people for word in (person.email, person.phone, person.family, person.company)}
    assert [word for word in people if word in text] == []


@pytest.mark.parametrize("path", CASSETTES, ids=name)
async def test_a_cassette_is_played_whole_and_gives_a_valid_record(path: Path) -> None:
    header = read_header(path)
    if reason := NEVER_THE_SAME.get((header["vendor"], header["tool"])):
        pytest.skip(reason)
    manifest = MANIFESTS[header["vendor"]]
    interactions = read_cassettes(path)
    result = await replayed(header, interactions)
    gives = CONTRACTS[header["tool"]].gives
    assert gives.model_validate_json(result.model_dump_json())
    assert manifest.vendor == header["vendor"]


async def replayed(header: dict[str, Any], interactions: list[Interaction]) -> Any:
    manifest = MANIFESTS[header["vendor"]]
    sandbox = Sandbox(no_app, next(iter(manifest.auth)), header["settings"], {})
    fields = tuple(map(CustomField.model_validate, header.get("custom_fields", ())))
    connection = connection_to(manifest, sandbox, header["connection"], fields=fields)
    tape = Tape(interactions)
    performer = Performer(Egress(lambda _: {}, lambda _: ReplayWire(tape)))
    contract = CONTRACTS[header["tool"]]
    capability = manifest.capability(contract)
    assert capability
    request = validate(contract, orjson.dumps(header["arguments"]))
    how = Situation(time.monotonic() + 5, KEY, MARKER, capability.write_class)
    result = await performer.perform(contract, Route(connection, capability), request, how)
    assert tape.unplayed == [], "an interaction that is not played proves nothing"
    return result


async def no_app(*_: Any) -> None:
    raise AssertionError("a cassette answers, not a sandbox")


def test_a_changed_request_finds_no_recording() -> None:
    (interaction, *_) = read_cassettes(ROOT / "voucherify" / "get_customer.yaml")
    tape = Tape([interaction])
    with pytest.raises(Exception, match="No recording for GET"):
        tape.answer(replace(interaction.request, url=interaction.request.url + "x"))
