"""Talon.One imports a tier only with the date on which it ends."""

from typing import Any

OTHERWISE: dict[str, dict[str, Any]] = {"set_tier": {"until": "2030-01-01T00:00:00Z"}}
