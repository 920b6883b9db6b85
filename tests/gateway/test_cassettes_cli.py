"""Record, replay and import as a user runs them: real processes, real sockets, a sandbox as the vendor."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import yaml

from support.shell import TRUNKLINE, Shell, first_answer, free_port, sandbox_at_a_socket
from trunkline_contracts.sandbox import COMPANY
from trunkline_voucherify.sandbox import APP_ID, APP_TOKEN, sandbox
from trunkline_voucherify.sandbox_v1 import CAMPAIGN

ADA = "ada.okafor@fernway-studio.example"
WHO = "customer_id=points:customer:cust_00000001"
PEOPLE = (APP_ID, APP_TOKEN, "Ada", "Okafor", ADA, "+12025550101", "Lagos")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with sandbox_at_a_socket(sandbox(COMPANY).app) as url:
        yield url


@pytest.fixture(scope="module")
def shell(vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with two connections to one vendor."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    keys = ("--set", f"app_id={APP_ID}", "--set", f"app_token={APP_TOKEN}", "--set", f"campaign={CAMPAIGN}")
    for name in ("points", "others"):
        shell.json("connect", "voucherify", "--name", name, "--loopback", vendor, *keys)
    return shell


@pytest.fixture(scope="module")
def key(shell: Shell) -> str:
    made: str = shell.json("keys", "create", "bot", "--profile", "full")["key"]
    return made


class Running:
    """A command that serves."""

    def __init__(self, process: subprocess.Popen[str], url: str, key: str) -> None:
        self.process = process
        self.url = url
        self.key = key

    def call(self, tool: str, tape: str | None = None, /, **arguments: object) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.key}", **({"Trunkline-Tape": tape} if tape else {})}
        return httpx2.post(f"{self.url}/v1/tools/{tool}", json=arguments, headers=headers, timeout=30)

    def ended(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it said, after a signal."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextmanager
def serving(shell: Shell, key: str, *words: str) -> Iterator[Running]:
    port = free_port()
    command = [TRUNKLINE, *words, "--port", str(port)]
    with subprocess.Popen(command, env=shell.environment, stderr=subprocess.PIPE, text=True) as process:
        running = Running(process, f"http://127.0.0.1:{port}", key)
        try:
            first_answer(f"{running.url}/healthz", key)
            yield running
        finally:
            process.kill()


@pytest.fixture(scope="module")
def tapes(shell: Shell, key: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tapes of one served run, ended by SIGTERM."""
    folder = tmp_path_factory.mktemp("tapes")
    with serving(shell, key, "record", "--connection", "points", "--to", str(folder)) as gateway:
        assert gateway.call("get_customer", customer_id="points:customer:cust_00000001").status_code == 200
        assert gateway.call("get_customer", customer_id="others:customer:cust_00000002").status_code == 200
        arguments = {"customer_id": "points:customer:cust_00000001"}
        assert gateway.call("get_loyalty_account", "loyal", **arguments).status_code == 200
        refused = gateway.call("get_customer", "../up", **arguments)
        assert (refused.status_code, "Trunkline-Tape" in refused.text) == (422, True)
        assert list(folder.iterdir()) == []
        code, said = gateway.ended()
    assert code == 0, said
    assert "default.yaml" in said
    assert "loyal.yaml" in said
    return folder


def test_a_served_run_is_recorded_by_tape_and_holds_no_person_and_no_secret(tapes: Path) -> None:
    assert sorted(file.name for file in tapes.iterdir()) == ["default.yaml", "loyal.yaml"]
    for file in tapes.iterdir():
        text = file.read_text("utf-8")
        assert [secret for secret in PEOPLE if secret in text] == []
        header = yaml.safe_load(text)["trunkline"]
        assert (header["source"], header["vendor"], header["connection"]) == ("sandbox", "voucherify", "points")
    assert "cust_00000002" not in (tapes / "default.yaml").read_text("utf-8"), "another connection passes unrecorded"


def test_one_call_is_recorded_and_replayed_and_nothing_else(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("record", "--connection", "points", "--to", str(tmp_path), "get_customer", WHO)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "get_customer.yaml").read_text("utf-8")
    assert [secret for secret in PEOPLE if secret in text] == []
    header = yaml.safe_load(text)["trunkline"]
    assert (header["source"], header["vendor"], header["api_version"]) == ("sandbox", "voucherify", "v2018-08-01")
    played = shell.json("replay", str(tmp_path), "get_customer", WHO)
    assert played["data"]["id"] == "points:customer:cust_00000001"
    other = "customer_id=points:customer:cust_00000002"
    missed = shell.json("replay", str(tmp_path), "get_customer", other, code=1)
    assert "No recording for GET api.voucherify.io/v1/customers/cust_00000002" in missed["error"]["message"]
    assert missed["error"]["message"].endswith("get_customer.yaml; what differs: path.")


def test_an_unknown_connection_ends_the_command_before_anything_is_served(shell: Shell, tmp_path: Path) -> None:
    for words in ((), ("get_customer", WHO)):
        done = shell.run("record", "--connection", "nobody", "--to", str(tmp_path), *words)
        assert (done.returncode, "No connection 'nobody'" in done.stderr) == (2, True)


def test_a_replay_is_served_and_ends_well_when_everything_was_played(tapes: Path, tmp_path: Path) -> None:
    home = Shell(tmp_path)
    bot = home.json("keys", "create", "bot", "--profile", "full")["key"]
    with serving(home, bot, "replay", str(tapes)) as gateway:
        mine = {"customer_id": "points:customer:cust_00000001"}
        assert gateway.call("get_customer", **mine).json()["data"]["id"] == mine["customer_id"]
        assert gateway.call("get_loyalty_account", "loyal", **mine).status_code == 200
        unknown = gateway.call("get_customer", "nowhere", **mine)
        assert "the tapes are default, loyal" in unknown.json()["message"]
        code, said = gateway.ended()
    assert (code, "never played" in said) == (0, False), said


def test_a_replay_never_writes_over_a_connection_that_it_cannot_use(shell: Shell, key: str, tapes: Path) -> None:
    strict = Shell(Path(shell.environment["TRUNKLINE_HOME"]))
    strict.environment.pop("TRUNKLINE_ALLOW_LOOPBACK")
    with serving(strict, key, "replay", "--allow-unplayed", str(tapes)) as gateway:
        assert not gateway.call("get_customer", customer_id="points:customer:cust_00000001").is_success
        _, said = gateway.ended()
    assert "another TRUNKLINE_HOME" in said
    assert shell.json("call", "get_customer", WHO)["data"]["id"] == "points:customer:cust_00000001"


@pytest.mark.parametrize(
    ("words", "code"), [(("replay",), 1), (("up", "--replay"), 1), (("replay", "--allow-unplayed"), 0)]
)
def test_what_was_never_played_is_told_tape_by_tape(
    tapes: Path, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    home = Shell(tmp_path)
    with serving(home, "no-key", *words, str(tapes)) as gateway:
        ended, said = gateway.ended(signal.SIGINT)
    assert ended == code, said
    assert "default: never played: GET /v1/customers/cust_00000001" in said
    assert "loyal: never played: " in said


def test_a_gateway_that_neither_records_nor_replays_refuses_a_tape(shell: Shell, key: str) -> None:
    with serving(shell, key, "up") as gateway:
        refused = gateway.call("get_customer", "default", customer_id="points:customer:cust_00000001")
    assert refused.json()["code"] == "invalid_argument"
    assert "neither records nor replays" in refused.json()["message"]


def edited(tapes: Path, folder: Path, old: str, new: str) -> Path:
    shutil.copytree(tapes, folder / "bad")
    file = folder / "bad" / "loyal.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    return folder / "bad"


BAD = {
    "half-written": ("interactions:", "interactions: [", "loyal.yaml: not a whole cassette"),
    "another version": ("v2018-08-01", "v2011", "loyal.yaml: recorded of voucherify's API v2011"),
    "unknown vendor": ("vendor: voucherify", "vendor: vanished", "loyal.yaml: no plugin for its vendor 'vanished'"),
    "a secret": ("method: GET", "method: sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "request.method: Stripe key"),
}


@pytest.mark.parametrize(("kind", "words"), [*((kind, ("replay",)) for kind in BAD), ("a secret", ("up", "--replay"))])
def test_a_cassette_that_cannot_be_used_ends_the_command_with_its_name_and_the_rule(
    tapes: Path, tmp_path: Path, kind: str, words: tuple[str, ...]
) -> None:
    old, new, told = BAD[kind]
    done = Shell(tmp_path / "home").run(*words, str(edited(tapes, tmp_path, old, new)))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "sk_" + "live" not in done.stderr


def test_an_empty_folder_and_one_that_is_not_there_say_how_to_record(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        for words in ((), ("get_customer", WHO)):
            done = Shell(tmp_path / "home").run("replay", str(place), *words)
            assert done.returncode == 2
            assert "no cassette (*.yaml) here: record one with `trunkline record`" in done.stderr


def test_a_foreign_cassette_is_imported_and_replayed(tmp_path: Path, tapes: Path) -> None:
    foreign = tmp_path / "foreign.json"
    theirs = yaml.safe_load((tapes / "default.yaml").read_text("utf-8"))
    del theirs["trunkline"]
    foreign.write_text(json.dumps(theirs), "utf-8")
    ours = tmp_path / "ours" / "get_customer.yaml"
    account = ("--vendor", "voucherify", "--connection", "points", "--set", f"campaign={CAMPAIGN}", "--source", "live")
    shell = Shell(tmp_path / "home")
    done = shell.run("import-cassette", str(foreign), *account, "--to", str(ours))
    assert done.returncode == 0, done.stderr
    assert "Wrote 1 of 1 exchanges" in done.stderr
    assert shell.json("replay", str(ours), "get_customer", WHO)["data"]["id"] == "points:customer:cust_00000001"
    wrong = shell.run("import-cassette", str(foreign), *account[:4], "--source", "guessed", "--to", str(ours))
    assert wrong.returncode == 2


def test_a_replayed_call_takes_less_than_a_tenth_of_a_second(tapes: Path, tmp_path: Path) -> None:
    home = Shell(tmp_path)
    bot = home.json("keys", "create", "bot", "--profile", "full")["key"]
    with serving(home, bot, "replay", "--allow-unplayed", str(tapes)) as gateway:
        with httpx2.Client(headers={"Authorization": f"Bearer {bot}"}) as client:
            took = sorted(_timed(client, gateway.url) for _ in range(50))
        assert gateway.ended()[0] == 0
    print(f"a replayed call takes {took[25] * 1000:.1f} ms (median of 50, one client)")
    assert took[25] < 0.1


def _timed(client: httpx2.Client, url: str) -> float:
    started = time.perf_counter()
    told = client.post(f"{url}/v1/tools/get_customer", json={"customer_id": "points:customer:cust_00000001"})
    assert told.status_code == 200
    return time.perf_counter() - started
