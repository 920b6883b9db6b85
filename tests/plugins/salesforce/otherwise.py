"""What the calls of the scenarios say otherwise at Salesforce."""

from typing import Any

from trunkline_salesforce.sandbox_fields import record_id

OTHERWISE: dict[str, dict[str, Any]] = {
    # Who is known to the loyalty system only is no contact here; Elif is one, and no member.
    "enroll_member": {"customer_id": f"main:customer:{record_id('Contact', 5)}"},
    # By its id, for a name is scrubbed from a recording.
    "set_tier": {"tier": record_id("LoyaltyTier", 3)},
    # A new deal carries our marker; a change sets values only.
    "save_deal": {
        "deal_id": None,
        "name": "Office beans",
        "about": ["{customer}"],
        "close_date": "2030-01-31",
    },
    # By an id: the org's own words for priorities are scrubbed from a recording.
    "update_ticket": {"changes": {"assignee": record_id("User", 2)}},
}
