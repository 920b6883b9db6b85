"""One harmless or harmful call for every tool of every vendor, at its sandbox: what all vendors are held to alike.

Ids are the sandboxes' own; `{customer}` and the like are found out first, so that no scenario depends on how a
sandbox numbers its records.
"""

from collections.abc import Mapping
from typing import Any

from support.bench import KEY, Bench
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.tools import (
    CONTRACTS,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_LOYALTY_ACCOUNT,
    LIST_CONVERSATIONS,
    LIST_SUBSCRIPTIONS,
    SEARCH_TICKETS,
    SEND_MESSAGE,
)

ADA = "ada.okafor@fernway-studio.example"
PHONE = "+12025550101"

ARGUMENTS: Mapping[str, dict[str, Any]] = {
    "find_customers": {"email": ADA},
    "get_customer": {"customer_id": "{customer}"},
    "update_customer": {"customer_id": "{customer}", "changes": {"given_name": "Adaeze"}},
    "add_note": {"about": ["{customer}"], "body": "Prefers dark roast."},
    "list_activities": {"about": "{customer}"},
    "search_tickets": {"requester": "{customer}"},
    "get_ticket": {"ticket_id": "{ticket}"},
    "create_ticket": {
        "requester": "{customer}", "subject": "Grinder", "body": "It is loud.", "first_message": "from_customer",
    },
    "update_ticket": {"ticket_id": "{ticket}", "changes": {"priority": "urgent"}},
    "reply_to_ticket": {"ticket_id": "{ticket}", "body": "We look into it.", "visibility": "internal"},
    "escalate_to_human": {"subject": "{ticket}", "summary": "Needs a human.", "reason": "customer_asked"},
    "search_articles": {"query": "refund"},
    "get_billing_account": {"customer_id": "{customer}"},
    "list_subscriptions": {"customer_id": "{customer}"},
    "find_invoices": {"customer_id": "{customer}"},
    "pause_subscription": {"subscription_id": "{subscription}", "mode": "stop_collection", "reason": "holiday"},
    "resume_subscription": {"subscription_id": "{subscription}", "undo": "pause"},
    "cancel_subscription": {"subscription_id": "{subscription}", "when": "period_end", "reason": "moving away"},
    "issue_refund": {"target": "{invoice}", "reason": "lost parcel"},
    "get_loyalty_account": {"customer_id": "{customer}"},
    "list_points_transactions": {"account_id": "{loyalty_account}"},
    "grant_points": {"account_id": "{loyalty_account}", "points": 10, "reason": "goodwill"},
    "deduct_points": {"account_id": "{loyalty_account}", "points": 10, "reason": "correction"},
    "send_message": {"to": PHONE, "channel": "sms", "purpose": "transactional", "body": "Hello."},
    "get_message": {"message_id": "{message}"},
    "list_conversations": {"customer_id": "{customer}"},
    "get_conversation": {"conversation_id": "{conversation}"},
}  # fmt: skip
"""The arguments of one call of each tool."""

OTHERWISE: Mapping[tuple[str, str], dict[str, Any]] = {
    ("chargebee", "pause_subscription"): {"mode": "stop_service"},
    ("intercom", "update_ticket"): {"changes": {"status": "solved"}},
}
"""What one vendor's call says otherwise: Chargebee has no way to stop collection alone, Intercom no
priority to write."""

BEFORE: Mapping[str, tuple[str, ...]] = {"resume_subscription": ("pause_subscription",)}
"""What has to happen first."""


async def arguments_of(bench: Bench, tool: str) -> dict[str, Any]:
    """A tool's arguments with real ids of this sandbox."""
    filled: dict[str, Any] = await _filled(bench, ARGUMENTS[tool] | OTHERWISE.get((bench.manifest.vendor, tool), {}))
    return filled


async def perform(bench: Bench, tool: str) -> Any:
    """Call a tool as its scenario says, after what has to happen first."""
    for earlier in BEFORE.get(tool, ()):
        bench.key = f"{KEY}-{earlier}"
        await bench.call(CONTRACTS[earlier], **await arguments_of(bench, earlier))
    bench.key = None
    return await bench.call(CONTRACTS[tool], **await arguments_of(bench, tool))


async def _filled(bench: Bench, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: await _filled(bench, item) for key, item in value.items()}
    if isinstance(value, list):
        return [await _filled(bench, item) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return await _id(bench, value.strip("{}"))
    return value


async def _id(bench: Bench, kind: str) -> str:
    """The id of Ada's record of a kind."""
    if kind == "customer":
        key: dict[str, Any] = {"phone": PHONE} if bench.manifest.vendor == "twilio" else {"email": ADA}
        return str((await bench.call(FIND_CUSTOMERS, **key)).data.items[0].id)
    if kind == "message":
        sent = await bench.call(SEND_MESSAGE, **ARGUMENTS["send_message"])
        assert sent.resource
        return str(sent.resource.id)
    customer = await _id(bench, "customer")
    if kind == "loyalty_account":
        return str((await bench.call(GET_LOYALTY_ACCOUNT, customer_id=customer)).data.id)
    contract, argument, more = _LISTS[kind]
    arguments: dict[str, Any] = {argument: customer, **more}
    found = await bench.call(contract, **arguments)
    return str(found.data.items[0].id)


_LISTS: Mapping[str, tuple[AnyContract, str, dict[str, Any]]] = {
    "ticket": (SEARCH_TICKETS, "requester", {}),
    "subscription": (LIST_SUBSCRIPTIONS, "customer_id", {}),
    "invoice": (FIND_INVOICES, "customer_id", {"status": ["paid"]}),
    "conversation": (LIST_CONVERSATIONS, "customer_id", {}),
}
"""Where the first record of a kind is found: the tool, the argument that takes the customer, and what else to say."""
