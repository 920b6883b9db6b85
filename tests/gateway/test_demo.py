"""The demo is real: it ends with 0 only if every step gave what it should."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline_gateway.demo import journeys

TRUNKLINE = str(Path(sys.executable).with_name("trunkline"))
pytestmark = pytest.mark.slow


def test_the_demo_plays_all_journeys_and_ends_by_itself() -> None:
    done = subprocess.run(
        [TRUNKLINE, "demo", "--port", "0", "--json"], capture_output=True, text=True, check=False, timeout=60
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["complete"]) == (0, True), done.stderr
    assert {step["journey"] for step in told["steps"]} == set(journeys.JOURNEYS)
    assert all(step["vendor_requests"] > 0 for step in told["steps"])
    assert {step["tool"] for step in told["steps"]} >= {
        "get_customer", "pause_subscription", "issue_refund", "grant_points", "reply_to_ticket", "send_message",
        "escalate_to_human",
    }  # fmt: skip


def test_a_step_that_fails_fails_the_demo() -> None:
    broken = (
        "import sys; from trunkline_gateway.demo import journeys;"
        "journeys.ADA = 'nobody@nowhere.example';"
        "sys.argv = ['trunkline', 'demo', '--port', '0']; from trunkline_gateway.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "did not give what it should" in done.stdout + done.stderr
    assert "issue_refund" in done.stdout, "the other journeys are played all the same"
