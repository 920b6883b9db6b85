"""What a model would decide: each step from the answers so far, the same for every framework.

These scripts run in their frameworks' own environments, as `SCRIPT MCP_URL API_KEY EMAIL`, and print one JSON line.
"""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

URL, KEY, EMAIL = sys.argv[1:4]
HEADERS = {"Authorization": f"Bearer {KEY}"}
TASK = f"Give {EMAIL} 25 points for their patience."


@dataclass
class Step:
    """What to call next; with no tool, what to say at the end."""

    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    say: str = ""


def next_step(answers: list[dict[str, Any]]) -> Step:
    if not answers:
        return Step("find_customers", {"email": EMAIL})
    if len(answers) == 1:
        return Step("get_loyalty_account", {"customer_id": _member(answers[0]["data"]["items"])})
    if len(answers) == 2:
        grant = {"account_id": answers[1]["data"]["id"], "points": 25, "reason": "Thank you for your patience."}
        return Step("grant_points", grant)
    return Step(say=f"granted: {answers[2]['outcome']}")


def _member(found: list[dict[str, Any]]) -> str:
    """The id of the person at the loyalty vendor; a person whom several systems know is one item with links."""
    known_as = [name for item in found for name in (item["id"], *(link["id"] for link in item["linked"]))]
    return next(name for name in known_as if name.startswith("points:"))


def read(answer: Any) -> dict[str, Any]:
    """A tool's answer in whichever of the frameworks' forms it comes."""
    if isinstance(answer, list):
        answer = next(part["text"] for part in answer if "text" in part)
    if isinstance(answer, str):
        answer = json.loads(answer)
    assert isinstance(answer, dict), answer
    return answer


def report(shown: int, calls: list[str], final: str) -> None:
    print(json.dumps({"shown": shown, "calls": calls, "final": final}))
