"""Twilio knows people by their number only."""

from typing import Any

OTHERWISE: dict[str, dict[str, Any]] = {"find_customers": {"email": None, "phone": "+12025550101"}}
