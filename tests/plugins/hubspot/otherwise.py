"""What HubSpot's calls say otherwise than the scenarios of all vendors."""

from typing import Any

OTHERWISE: dict[str, dict[str, Any]] = {
    # A number is looked up by a search, which is a POST, though one that changes nothing.
    "create_customer": {"phone": None},
}
