"""One call of every tool, at any vendor's sandbox: what all connectors are held to alike.

A text in braces, such as `{customer}`, stands for an id of the sandbox, which is found out first, so that no scenario
depends on how a sandbox numbers its records.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.testing.bench import Bench
from trunkline_contracts.tools import (
    CONTRACTS,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_LOYALTY_ACCOUNT,
    LIST_CONVERSATIONS,
    LIST_DEALS,
    LIST_OFFERS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    LIST_SUBSCRIPTIONS,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    SEND_MESSAGE,
    VERIFY_CUSTOMER,
)

Arguments = Mapping[str, Any]

ADA = "ada.okafor@fernway-studio.example"
MONA = "mona.silva@silva-books.example"
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
    "verify_customer": {"customer_id": "{customer}", "send_code": "sms"},
    "create_customer": {
        "given_name": "Nia", "family_name": "Boateng", "email": "nia.boateng@boateng-tea.example",
        "phone": "+12025550198",
    },
    "save_task": {"subject": "Call back", "about": ["{customer}"], "priority": "high"},
    "list_deals": {"about": "{customer}"},
    "save_deal": {"deal_id": "{deal}", "amount": {"amount_minor": 520000, "currency": "EUR"}},
    "get_article": {"article_id": "{article}"},
    "merge_tickets": {"into": "{ticket}", "duplicates": ["{other_ticket}"], "reason": "same request"},
    "record_csat": {"ticket_id": "{ticket}", "score": "good", "comment": "Quick help."},
    "find_orders": {"customer_id": "{customer}"},
    "cancel_order": {"order_id": "{order}", "refund": "none", "reason": "ordered twice"},
    "issue_credit": {
        "customer_id": "{customer}", "amount": {"amount_minor": 500, "currency": "EUR"}, "reason": "goodwill",
    },
    "change_subscription": {"subscription_id": "{subscription}", "items": [{"price_id": "{plan}", "quantity": 1}]},
    "list_offers": {"target": "{subscription}", "kind": "discount"},
    "apply_discount": {"target": "{subscription}", "offer": "STAY20", "reason": "wants to stay"},
    "create_payment_link": {"customer_id": "{customer}", "purpose": "update_payment_method"},
    "list_rewards": {"account_id": "{loyalty_account}"},
    "redeem_reward": {"account_id": "{loyalty_account}", "reward_id": "{reward}"},
    "set_tier": {"account_id": "{loyalty_account}", "tier": "Gold", "reason": "long loyalty"},
    "enroll_member": {"customer_id": "{newcomer}"},
    "reverse_points": {"transaction_id": "{points_transaction}", "reason": "granted in error"},
    "place_call": {"to": PHONE, "purpose": "transactional", "say": "Your order is ready."},
    "get_contactability": {"customer_id": "{customer}"},
    "set_consent": {
        "customer_id": "{customer}", "channel": "email", "marketing": "opted_out", "evidence": "asked in chat",
    },
}  # fmt: skip
"""The arguments of one call of each tool."""

BEFORE: Mapping[str, tuple[str, ...]] = {"resume_subscription": ("pause_subscription",)}
"""What has to happen first."""

_FOUND_BY: Mapping[str, tuple[AnyContract, Arguments]] = {
    "newcomer": (FIND_CUSTOMERS, {"email": MONA}),
    "ticket": (SEARCH_TICKETS, {"requester": "{customer}"}),
    "subscription": (LIST_SUBSCRIPTIONS, {"customer_id": "{customer}"}),
    "invoice": (FIND_INVOICES, {"customer_id": "{customer}", "status": ["paid"]}),
    "conversation": (LIST_CONVERSATIONS, {"customer_id": "{customer}"}),
    "article": (SEARCH_ARTICLES, {"query": "refund"}),
    "deal": (LIST_DEALS, {"about": "{customer}"}),
    "order": (FIND_ORDERS, {"customer_id": "{customer}", "status": ["unfulfilled"]}),
    "plan": (LIST_OFFERS, {"target": "{subscription}", "kind": "plan"}),
    "reward": (LIST_REWARDS, {"account_id": "{loyalty_account}"}),
    "points_transaction": (LIST_POINTS_TRANSACTIONS, {"account_id": "{loyalty_account}"}),
}
"""Where the first record of a kind is found: the list that has it, and how to ask."""

_GOT_BY: Mapping[str, tuple[AnyContract, Arguments]] = {
    "loyalty_account": (GET_LOYALTY_ACCOUNT, {"customer_id": "{customer}"}),
}
_MADE_BY: Mapping[str, AnyContract] = {
    "message": SEND_MESSAGE, "other_ticket": CREATE_TICKET, "verification": VERIFY_CUSTOMER,
}  # fmt: skip


@dataclass
class Scenarios:
    """The scenarios of one vendor at a bench: the common ones, and what the vendor's calls say otherwise.

    `run` keeps the keys of several preparations apart, where one gateway sees them all.
    """

    bench: Bench
    otherwise: Mapping[str, Arguments]
    run: str = "preparation"
    _calls: int = 0

    async def arguments(self, tool: str) -> dict[str, Any]:
        """A tool's arguments with real ids; None in `otherwise` takes an argument away."""
        merged = {**ARGUMENTS[tool], **self.otherwise.get(tool, {})}
        filled: dict[str, Any] = await self._filled(
            {name: value for name, value in merged.items() if value is not None}
        )
        return filled

    async def prepared(self, tool: str) -> dict[str, Any]:
        """A tool's arguments, after what has to happen before it."""
        for earlier in BEFORE.get(tool, ()):
            await self._call(CONTRACTS[earlier], await self.arguments(earlier))
        return await self.arguments(tool)

    async def perform(self, tool: str) -> Any:
        """Call a tool as its scenario says."""
        return await self.bench.call(CONTRACTS[tool], **await self.prepared(tool))

    async def _call(self, contract: AnyContract, arguments: Arguments) -> Any:
        """A call of the preparation, with a key of its own."""
        self._calls += 1
        return await self.bench.call(contract, key=f"key-of-the-{self.run}-{self._calls:04d}", **arguments)

    async def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: await self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self._filled(item) for item in value]
        if isinstance(value, str) and value.startswith("{"):
            return await self.id_of(value.strip("{}"))
        return value

    async def id_of(self, kind: str) -> str:
        """The id of Ada's record of a kind."""
        if kind == "customer":
            found = await self._call(FIND_CUSTOMERS, await self.arguments("find_customers"))
            return str(found.data.items[0].id)
        if kind in _MADE_BY:
            made = await self._call(_MADE_BY[kind], await self.arguments(_MADE_BY[kind].name))
            return str(made.resource.id)
        if kind in _GOT_BY:
            contract, asked = _GOT_BY[kind]
            return str((await self._call(contract, await self._filled(dict(asked)))).data.id)
        if kind == "conversation" and not self.bench.manifest.capability(LIST_CONVERSATIONS):
            return await self.id_of("ticket")
        contract, asked = _FOUND_BY[kind]
        return str((await self._call(contract, await self._filled(dict(asked)))).data.items[0].id)
