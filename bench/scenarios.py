"""One typical read and one typical write of each vendor, asked for as an agent would."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from support.bench import Bench
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.refs import Ref
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    ADD_NOTE,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    GRANT_POINTS,
    LIST_CONVERSATIONS,
    LIST_POINTS_TRANSACTIONS,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    SEARCH_TICKETS,
    SEND_MESSAGE,
    UPDATE_TICKET,
)

ADA = COMPANY.people[0]


@dataclass(frozen=True)
class Call:
    """A tool and its arguments."""

    contract: AnyContract
    arguments: dict[str, Any]


Scenario = Callable[[Bench], Awaitable[dict[str, Call]]]


async def _ada(bench: Bench, key: str = "email") -> Ref:
    arguments: dict[str, Any] = {key: getattr(ADA, key)}
    found = await bench.call(FIND_CUSTOMERS, **arguments)
    return found.data.items[0].id


async def _salesforce(bench: Bench) -> dict[str, Call]:
    ada = await _ada(bench)
    return {
        "read": Call(GET_CUSTOMER, {"customer_id": ada}),
        "write": Call(ADD_NOTE, {"about": [ada], "body": "Asked for a refund of the last order."}),
    }


async def _zendesk(bench: Bench) -> dict[str, Call]:
    tickets = await bench.call(SEARCH_TICKETS, requester=await _ada(bench))
    ticket = tickets.data.items[0].id
    return {
        "read": Call(GET_TICKET, {"ticket_id": ticket}),
        "write": Call(UPDATE_TICKET, {"ticket_id": ticket, "changes": {"priority": "urgent"}}),
    }


async def _stripe(bench: Bench) -> dict[str, Call]:
    ada = await _ada(bench)
    subscriptions = await bench.call(LIST_SUBSCRIPTIONS, customer_id=ada)
    pause = {"subscription_id": subscriptions.data.items[0].id, "mode": "stop_collection", "reason": "Holiday"}
    return {"read": Call(LIST_SUBSCRIPTIONS, {"customer_id": ada}), "write": Call(PAUSE_SUBSCRIPTION, pause)}


async def _twilio(bench: Bench) -> dict[str, Call]:
    message: dict[str, Any] = {
        "to": ADA.phone,
        "channel": "sms",
        "purpose": "transactional",
        "body": "Your parcel is on its way.",
    }
    await bench.call(SEND_MESSAGE, **message)
    threads = await bench.call(LIST_CONVERSATIONS, customer_id=await _ada(bench, "phone"))
    conversation = threads.data.items[0].id
    return {
        "read": Call(GET_CONVERSATION, {"conversation_id": conversation}),
        "write": Call(SEND_MESSAGE, message),
    }


async def _voucherify(bench: Bench) -> dict[str, Call]:
    account = bench.ref("loyalty_account", "COFFEE-0001")
    return {
        "read": Call(LIST_POINTS_TRANSACTIONS, {"account_id": account, "limit": 1}),
        "write": Call(GRANT_POINTS, {"account_id": account, "points": 100, "reason": "goodwill"}),
    }


SCENARIOS: dict[str, Scenario] = {
    "salesforce": _salesforce,
    "stripe": _stripe,
    "twilio": _twilio,
    "voucherify": _voucherify,
    "zendesk": _zendesk,
}
