"""Chargebee has no way to stop collection alone; a reason of one word would be scrubbed by two rules in a cassette."""

from typing import Any

OTHERWISE: dict[str, dict[str, Any]] = {
    "pause_subscription": {"mode": "stop_service"},
    "issue_credit": {"reason": "late parcel"},
}
