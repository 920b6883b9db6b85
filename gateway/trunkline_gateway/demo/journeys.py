"""Three journeys of a support agent, each a script of tool calls with what each of them has to give."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from trunkline_gateway.demo.agent import Agent, Result

Journey = Callable[[Agent], Awaitable[None]]

ADA, BRUNO, CHIARA = (
    "ada.okafor@fernway-studio.example",
    "bruno.keller@keller-bakery.example",
    "chiara.rossi@rossi-architects.example",
)


async def save_a_cancelling_subscriber(agent: Agent) -> None:
    """Ada wants to cancel: pause instead, thank her with points, answer, and tell her by text message."""
    ada = await _find(agent, ADA)
    view = await agent.call(
        "get_customer", _has_everything, _everything,
        customer_id=ada, include=["billing", "loyalty", "open_tickets", "recent_activity"],
    )  # fmt: skip
    person = view["data"]
    subscription, account = person["subscriptions"][0]["id"], person["loyalty"][0]["id"]
    ticket = person["open_tickets"][0]["id"]
    pause = {"subscription_id": subscription, "mode": "stop_collection", "reason": "customer has too much coffee"}
    await agent.call("pause_subscription", _outcome("preview"), _preview, **pause, dry_run=True)
    await agent.call("pause_subscription", _outcome("applied"), _paused, **pause)
    await agent.call(
        "grant_points", _outcome("applied"), _points, account_id=account, points=200, reason="thank you for staying"
    )
    await agent.call(
        "reply_to_ticket", _outcome("applied"), _replied, ticket_id=ticket, visibility="public",
        status_after="solved",
        body="We paused your subscription: nothing will be charged until you resume. 200 points are on us.",
    )  # fmt: skip
    await _text(agent, ada, "Your subscription is paused, and 200 points are yours. Trunkline Coffee")
    await agent.call(
        "add_note", _outcome("applied"), lambda _: "noted in the CRM", about=[ada],
        body="Wanted to cancel; paused instead, 200 points granted.",
    )  # fmt: skip


async def refund_and_apologise(agent: Agent) -> None:
    """Bruno was charged for a parcel that never came: look up the rule, refund, answer, and tell him."""
    bruno = await _find(agent, BRUNO)
    await _article(agent, "refund")
    found = await agent.call("find_invoices", _some, _invoices, customer_id=bruno, status=["paid"], limit=1)
    invoice = found["data"]["items"][0]["id"]
    refund = {"target": invoice, "reason": "parcel lost"}
    await agent.call("issue_refund", _outcome("preview"), _preview, **refund, dry_run=True)
    await agent.call("issue_refund", _outcome("applied", "accepted"), _refunded, **refund)
    ticket = await _open_ticket(agent, bruno)
    await agent.call(
        "reply_to_ticket", _outcome("applied"), _replied, ticket_id=ticket, visibility="public",
        status_after="solved", body="We are sorry that your parcel was lost. All of the money is on its way back.",
    )  # fmt: skip
    await _text(agent, bruno, "Sorry about your parcel: your money is on its way back. Trunkline Coffee")


async def angry_customer_to_a_human(agent: Agent) -> None:
    """Chiara asks for a human: read what happened, know the rule, and hand over with a summary."""
    chiara = await _find(agent, CHIARA)
    ticket = await _open_ticket(agent, chiara)
    await agent.call(
        "get_conversation", _some, lambda result: _count(result, "message"), conversation_id=ticket, limit=10
    )
    await _article(agent, "warranty")
    await agent.call(
        "escalate_to_human", lambda result: result["outcome"] in {"applied", "accepted"},
        lambda result: f"handed over: {result['resource']['state']}", subject=ticket,
        summary="Third broken grinder in a month. The warranty covers it. She asked for a human.",
        reason="customer_asked", urgency="urgent",
    )  # fmt: skip
    await agent.call(
        "get_ticket", lambda result: result["data"]["priority"]["value"] == "urgent", _ticket, ticket_id=ticket
    )


JOURNEYS: dict[str, Journey] = {
    "Save a cancelling subscriber": save_a_cancelling_subscriber,
    "Refund and apologise": refund_and_apologise,
    "Angry customer to a human": angry_customer_to_a_human,
}


async def _find(agent: Agent, email: str) -> str:
    found = await agent.call("find_customers", _one, _found, email=email)
    return str(found["data"]["items"][0]["id"])


async def _open_ticket(agent: Agent, customer: str) -> str:
    found = await agent.call(
        "search_tickets", _some, lambda result: _count(result, "open ticket"), requester=customer, status=["open"]
    )
    return str(found["data"]["items"][0]["id"])


async def _article(agent: Agent, query: str) -> None:
    await agent.call("search_articles", _some, lambda result: f"“{result['data']['items'][0]['title']}”", query=query)


async def _text(agent: Agent, customer: str, body: str) -> None:
    await agent.call(
        "send_message", _outcome("accepted"), lambda result: f"text is {_status(result['resource']['delivery'])}",
        to=customer, channel="sms", purpose="transactional", body=body,
    )  # fmt: skip


def _one(result: Result) -> bool:
    return len(result["data"]["items"]) == 1


def _some(result: Result) -> bool:
    return len(result["data"]["items"]) > 0


def _outcome(*wanted: str) -> Callable[[Result], bool]:
    return lambda result: result["outcome"] in wanted


def _has_everything(result: Result) -> bool:
    person = result["data"]
    return all(person[part] for part in ("billing", "subscriptions", "loyalty", "open_tickets"))


def _found(result: Result) -> str:
    person = result["data"]["items"][0]
    systems = [person["id"].split(":")[0], *(link["id"].split(":")[0] for link in person["linked"])]
    return f"{person['display_name']}, known to {', '.join(systems)}"


def _everything(result: Result) -> str:
    person = result["data"]
    subscription, points = person["subscriptions"][0], person["loyalty"][0]["wallets"][0]["active"]
    plan = subscription["items"][0]
    price = _money(plan["unit_price"])
    return f"{price} {_status(subscription)}, {points} points, {len(person['open_tickets'])} open ticket(s)"


def _preview(result: Result) -> str:
    shown = result["preview"]
    return f"would send {shown['method']} {shown['url'].split('/', 3)[3]}"


def _paused(result: Result) -> str:
    paused = result["resource"]["collection_paused"]
    return f"collection paused ({paused['behavior']}), service goes on"


def _points(result: Result) -> str:
    change = result["resource"]
    return f"{Decimal(change['points']):+} points, balance {change.get('balance_after', 'unknown')}"


def _replied(result: Result) -> str:
    return f"{result['resource']['visibility']} reply sent"


def _invoices(result: Result) -> str:
    invoice = result["data"]["items"][0]
    return f"{invoice.get('number') or 'invoice'}: {_money(invoice['total'])} {_status(invoice)}"


def _refunded(result: Result) -> str:
    refund = result["resource"]
    return f"{_money(refund['amount'])} back to the customer: {_status(refund)}"


def _ticket(result: Result) -> str:
    ticket = result["data"]
    return f"ticket is {_status(ticket)}, {ticket['priority']['value']}, tags {', '.join(ticket['tags'])}"


def _count(result: Result, noun: str) -> str:
    count = len(result["data"]["items"])
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _status(record: Any) -> str:
    return str(record["status"]["value"])


def _money(money: Any) -> str:
    amount = Decimal(money["amount_minor"]).scaleb(-money["exponent"])
    return f"{amount} {money['currency']}"
