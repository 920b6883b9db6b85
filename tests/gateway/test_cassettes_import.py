"""Importing what vcrpy recorded elsewhere: only the vendor's own exchanges, scrubbed and scanned like any other."""

import gzip
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import vcr
import yaml

from support.fault_stub import HOST, faulty
from support.shared import RECORDINGS, require
from trunkline_gateway.cassettes.files import CassetteError, LeakError, read_cassettes, read_header
from trunkline_gateway.cassettes.importing import Imported, import_vcr
from trunkline_gateway.cassettes.replay import open_tapes
from trunkline_gateway.plugins import load_plugins

MANIFESTS = {"faulty": faulty()}
PLAIN = {"id": "cus_1", "name": "Ada Okafor", "email": "ada@fernway.io", "balance": 1250}


def taken(file: Path, to: Path, host: str = HOST) -> Imported:
    return import_vcr(file, MANIFESTS, "faulty", "main", {"host": host}, "live", to)


def exchange(body: Any, host: str = HOST, **headers: str) -> dict[str, Any]:
    request = {
        "method": "GET",
        "uri": f"https://{host}/v1/c",
        "body": None,
        "headers": {"Authorization": ["Bearer abc123456"]},
    }
    told = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return {"request": request, "response": {"status": {"code": 200, "message": "OK"}, "headers": told, "body": body}}


def cassette(file: Path, *exchanges: Any) -> Path:
    document = {"version": 1, "interactions": list(exchanges)}
    file.write_text(json.dumps(document) if file.suffix == ".json" else yaml.safe_dump(document))
    return file


TEXT = json.dumps(PLAIN)
PACKED = gzip.compress(TEXT.encode())
BODIES = {
    "plain": ({"string": TEXT}, {}),
    "bytes": ({"string": TEXT.encode()}, {}),
    "base64": ({"base64_string": b64encode(TEXT.encode()).decode()}, {}),
    "gzip": ({"string": PACKED}, {"Content_Encoding": "gzip"}),
    "base64 of gzip": ({"base64_string": b64encode(PACKED).decode()}, {"Content_Encoding": "gzip"}),
    "inflated before, though the header stays": ({"string": TEXT}, {"Content_Encoding": "gzip"}),
}


IN_BOTH = [(kind, end) for kind in BODIES for end in ("yaml", "json") if end == "yaml" or kind not in {"bytes", "gzip"}]


@pytest.mark.parametrize(("kind", "suffix"), IN_BOTH)
def test_a_cassette_of_either_serializer_is_taken_over_however_its_bodies_are_kept(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    body, headers = BODIES[kind]
    file, out = cassette(tmp_path / f"theirs.{suffix}", exchange(body, **headers)), tmp_path / "ours.yaml"
    assert (taken(file, out).kept, taken(file, out).found) == (1, 1)
    (kept,) = read_cassettes(out)
    read = json.loads(kept.response.body)
    assert (read["id"], read["balance"]) == ("cus_1", 1250)
    for canary in ("Okafor", "fernway.io", "abc123456"):
        assert canary not in out.read_text("utf-8")


def test_the_header_says_whose_it_is_and_it_replays(tmp_path: Path) -> None:
    out = tmp_path / "ours" / "c.yaml"
    taken(cassette(tmp_path / "theirs.yaml", exchange({"string": TEXT})), out)
    header = read_header(out)
    assert out.read_text("utf-8").startswith("# Source: live\n")
    assert (header["vendor"], header["connection"], header["settings"]) == ("faulty", "main", {"host": HOST})
    assert open_tapes(out, MANIFESTS).names == ["c"]


def test_other_hosts_and_references_are_left_out_and_counted(tmp_path: Path) -> None:
    file = cassette(
        tmp_path / "t.yaml",
        exchange({"string": "{}"}),
        exchange({"string": "{}"}, host="login.elsewhere.example"),
        {"include_file": "x.yaml"},
    )
    told = taken(file, tmp_path / "out.yaml")
    assert (told.found, told.kept) == (3, 1)
    assert told.left_out == {
        "with another host (login.elsewhere.example)": 1,
        "no request and reply of their own (a reference to another file?)": 1,
    }
    with pytest.raises(CassetteError, match=r"holds no exchange with other\.example"):
        taken(file, tmp_path / "none.yaml", host="other.example")


@pytest.mark.parametrize(
    "text", ["", "[]", "version: 1", "interactions: [", '{"interactions": 1}', "!!python/object/apply:os.abort []"]
)
def test_what_is_no_cassette_is_one_clear_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "theirs.yaml"
    file.write_text(text)
    with pytest.raises(CassetteError, match=r"theirs\.yaml: not a whole cassette"):
        taken(file, tmp_path / "out.yaml")


@pytest.mark.parametrize("damage", ["status", "headers", "body"])
def test_a_damaged_exchange_is_named_by_its_file(tmp_path: Path, damage: str) -> None:
    broken = exchange({"string": "{}"})
    broken["response"][damage] = 7
    with pytest.raises(CassetteError, match=r"theirs\.yaml: an exchange in it is damaged"):
        taken(cassette(tmp_path / "theirs.yaml", broken), tmp_path / "out.yaml")


def test_a_wrong_vendor_and_wrong_settings_are_named(tmp_path: Path) -> None:
    file = cassette(tmp_path / "t.yaml", exchange({"string": "{}"}))
    with pytest.raises(CassetteError, match="No plugin for 'nobody'; installed: faulty"):
        import_vcr(file, MANIFESTS, "nobody", "main", {}, "live", tmp_path / "o.yaml")
    with pytest.raises(CassetteError, match=r"Check these settings.*hots"):
        import_vcr(file, MANIFESTS, "faulty", "main", {"hots": 1}, "live", tmp_path / "o.yaml")


def test_what_the_scrubber_would_keep_the_scanner_still_refuses(tmp_path: Path) -> None:
    secret = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
    file = cassette(tmp_path / "t.yaml", exchange({"string": json.dumps({"status": secret})}))
    with pytest.raises(LeakError, match=r"body\.string\.status: Stripe key"):
        taken(file, tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


# A cassette that vcrpy itself makes of a real exchange.


class Vendor(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(PACKED)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def vendor() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_what_vcrpy_records_of_a_real_exchange_is_taken_over(tmp_path: Path, vendor: str, serializer: str) -> None:
    file = tmp_path / f"theirs.{serializer}"
    with vcr.VCR(serializer=serializer, decode_compressed_response=serializer == "json").use_cassette(str(file)):
        urlopen(Request(f"{vendor}/v1/customers/cus_1?email=ada%40fernway.io")).read()  # noqa: S310 - our own server
    out = tmp_path / "ours.yaml"
    taken(file, out, host="127.0.0.1")
    (kept,) = read_cassettes(out)
    assert json.loads(kept.response.body)["balance"] == 1250
    assert "fernway" not in out.read_text("utf-8")


def test_the_cassettes_of_another_project_are_taken_over(tmp_path: Path) -> None:
    require(RECORDINGS)
    manifests, kept, refused = load_plugins().manifests, 0, []
    for file in sorted((RECORDINGS / "salesforce" / "SFDO-Tooling__CumulusCI").rglob("*.yaml")):
        try:
            told = import_vcr(
                file, manifests, "salesforce", "crm", {"my_domain": "orgname"}, "live", tmp_path / f"{file.stem}.yaml"
            )
        except CassetteError as error:
            refused.append(str(error).removeprefix(f"{file}"))
            continue
        kept += told.kept
        assert len(open_tapes(tmp_path / f"{file.stem}.yaml", manifests).names) == 1
    assert kept > 50
    assert all("holds no exchange" in told or "not a whole cassette" in told for told in refused), refused
