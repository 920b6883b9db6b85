"""One story for every vendor of a kind: the same calls, told in the same normalized words.

A step that needs a tool or a value which the vendor's sheet lacks is left out; every other has to come out as written
here, whoever the vendor is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import ConflictError
from trunkline_contracts.testing.bench import Bench
from trunkline_contracts.testing.scenarios import Scenarios
from trunkline_contracts.tools import (
    ADD_NOTE,
    APPLY_DISCOUNT,
    CANCEL_SUBSCRIPTION,
    CREATE_TICKET,
    DEDUCT_POINTS,
    ESCALATE_TO_HUMAN,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GET_TICKET,
    GRANT_POINTS,
    ISSUE_CREDIT,
    ISSUE_REFUND,
    LIST_ACTIVITIES,
    LIST_DEALS,
    LIST_OFFERS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    LIST_SUBSCRIPTIONS,
    REPLY_TO_TICKET,
    RESUME_SUBSCRIPTION,
    SAVE_DEAL,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)


@dataclass
class Teller:
    """Who tells a story at one bench; every write gets a key of its own."""

    bench: Bench
    scenarios: Scenarios
    _writes: int = 0

    async def ask(self, contract: AnyContract, **arguments: Any) -> Any:
        """Call a tool: the data of a read, the result of a write."""
        if not contract.is_write:
            return (await self.bench.call(contract, **arguments)).data
        self._writes += 1
        return await self.bench.call(contract, key=f"key-of-the-story-{self._writes:04d}", **arguments)

    async def id_of(self, kind: str) -> str:
        """The id of Ada's record of a kind."""
        return await self.scenarios.id_of(kind)


@dataclass(frozen=True)
class Step:
    """One thing that happens: the tools that it needs, how it is told, and how it has to come out."""

    needs: tuple[AnyContract, ...]
    tell: Callable[[Teller], Awaitable[Any]]
    expected: Any


def _euros(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "EUR"}


async def _open_tickets(teller: Teller) -> Any:
    found = await teller.ask(SEARCH_TICKETS, requester=await teller.id_of("customer"))
    return {(ticket.subject, ticket.status.value in {"new", "open"}) for ticket in found.items}


async def _internal_reply(teller: Teller) -> Any:
    ticket = await teller.id_of("ticket")
    await teller.ask(REPLY_TO_TICKET, ticket_id=ticket, body="We look into it.", visibility="internal")
    newest = (await teller.ask(GET_CONVERSATION, conversation_id=ticket, limit=1)).items[0]
    return ("We look into it." in newest.body_text, newest.visibility)


async def _solved(teller: Teller) -> Any:
    ticket = await teller.id_of("ticket")
    changed = await teller.ask(UPDATE_TICKET, ticket_id=ticket, changes={"status": "solved"})
    return (changed.outcome, (await teller.ask(GET_TICKET, ticket_id=ticket)).status.value in {"solved", "closed"})


async def _opened_again(teller: Teller) -> Any:
    ticket = await teller.id_of("ticket")
    await teller.ask(UPDATE_TICKET, ticket_id=ticket, changes={"status": "open"})
    status = (await teller.ask(GET_TICKET, ticket_id=ticket)).status.value
    return "open" if status in {"new", "open"} else status


async def _new_ticket(teller: Teller) -> Any:
    customer = await teller.id_of("customer")
    made = await teller.ask(CREATE_TICKET, **await teller.scenarios.arguments("create_ticket"))
    found = await teller.ask(SEARCH_TICKETS, requester=customer)
    return "found" if made.resource.id in {ticket.id for ticket in found.items} else "lost"


async def _handed_over(teller: Teller) -> Any:
    ticket = await teller.id_of("ticket")
    done = await teller.ask(ESCALATE_TO_HUMAN, subject=ticket, summary="Needs a human.", reason="customer_asked")
    return "the same ticket" if done.resource.ticket == ticket else "another ticket"


async def _subscription(teller: Teller) -> Any:
    (found,) = (await teller.ask(LIST_SUBSCRIPTIONS, customer_id=await teller.id_of("customer"))).items
    return (found.status.value, found.items[0].unit_price.amount_minor, found.items[0].interval.unit)


async def _paid_invoices(teller: Teller) -> Any:
    found = await teller.ask(FIND_INVOICES, customer_id=await teller.id_of("customer"), status=["paid"])
    return [(invoice.total.amount_minor, invoice.currency, invoice.status.value) for invoice in found.items]


async def _partial_refund(teller: Teller) -> Any:
    invoice = await teller.id_of("invoice")
    done = await teller.ask(ISSUE_REFUND, target=invoice, amount=_euros(500), reason="late parcel")
    (left,) = (await teller.ask(FIND_INVOICES, invoice=invoice)).items
    return (done.resource.amount.amount_minor, left.payments[0].refundable.amount_minor, left.total.amount_minor)


async def _cancelled_later(teller: Teller) -> Any:
    subscription = await teller.id_of("subscription")
    await teller.ask(CANCEL_SUBSCRIPTION, subscription_id=subscription, when="period_end", reason="moving away")
    (found,) = (await teller.ask(LIST_SUBSCRIPTIONS, subscription_id=subscription)).items
    return (found.status.value, [change.action for change in found.scheduled])


async def _kept_after_all(teller: Teller) -> Any:
    subscription = await teller.id_of("subscription")
    await teller.ask(RESUME_SUBSCRIPTION, subscription_id=subscription, undo="scheduled_cancel")
    (found,) = (await teller.ask(LIST_SUBSCRIPTIONS, subscription_id=subscription)).items
    return (found.status.value, found.scheduled)


async def _discount(teller: Teller) -> Any:
    subscription = await teller.id_of("subscription")
    offers = await teller.ask(LIST_OFFERS, target=subscription, kind="discount")
    stay = next(offer for offer in offers.items if "STAY20" in {offer.code, offer.id.vendor_id})
    await teller.ask(APPLY_DISCOUNT, target=subscription, offer=stay.id, reason="wants to stay")
    (found,) = (await teller.ask(LIST_SUBSCRIPTIONS, subscription_id=subscription)).items
    return (stay.percent_off, len(found.discounts))


async def _credit(teller: Teller) -> Any:
    customer = await teller.id_of("customer")
    done = await teller.ask(ISSUE_CREDIT, customer_id=customer, amount=_euros(700), reason="goodwill")
    account = await teller.ask(GET_BILLING_ACCOUNT, customer_id=customer)
    return (done.resource.amount.amount_minor, sum(item.money.amount_minor for item in account.credit_balances))


async def _membership(teller: Teller) -> Any:
    account = await teller.ask(GET_LOYALTY_ACCOUNT, customer_id=await teller.id_of("customer"))
    return (account.status.value, sum(wallet.active for wallet in account.wallets), account.tier.name)


async def _points_given(teller: Teller) -> Any:
    account = await teller.id_of("loyalty_account")
    done = await teller.ask(GRANT_POINTS, account_id=account, points=50, reason="goodwill")
    newest = (await teller.ask(LIST_POINTS_TRANSACTIONS, account_id=account, limit=1)).items[0]
    return (done.resource.points, newest.points)


async def _points_taken(teller: Teller) -> Any:
    account = await teller.id_of("loyalty_account")
    done = await teller.ask(DEDUCT_POINTS, account_id=account, points=30, reason="correction")
    newest = (await teller.ask(LIST_POINTS_TRANSACTIONS, account_id=account, limit=1)).items[0]
    return (done.resource.points, newest.points)


async def _more_than_there_are(teller: Teller) -> Any:
    account = await teller.id_of("loyalty_account")
    try:
        await teller.ask(DEDUCT_POINTS, account_id=account, points=999_999, reason="correction")
    except ConflictError:
        return "refused"
    return "taken"


async def _affordable(teller: Teller) -> Any:
    rewards = await teller.ask(LIST_REWARDS, account_id=await teller.id_of("loyalty_account"))
    return sorted({reward.name for reward in rewards.items} & {"Free coffee", "Ten euros off", "Roastery tour"})


async def _renamed(teller: Teller) -> Any:
    customer = await teller.id_of("customer")
    await teller.ask(UPDATE_CUSTOMER, customer_id=customer, changes={"given_name": "Adaeze"})
    found = await teller.ask(GET_CUSTOMER, customer_id=customer)
    return (found.given_name or found.display_name.split()[0], found.point("email"))


async def _noted(teller: Teller) -> Any:
    customer = await teller.id_of("customer")
    await teller.ask(ADD_NOTE, about=[customer], body="Prefers dark roast.")
    found = await teller.ask(LIST_ACTIVITIES, about=customer)
    texts = [f"{item.subject} {item.body_text}" for item in found.items]
    return "noted" if any("Prefers dark roast." in text for text in texts) else texts


async def _deal_won(teller: Teller) -> Any:
    customer = await teller.id_of("customer")
    (deal,) = (await teller.ask(LIST_DEALS, about=customer)).items
    await teller.ask(SAVE_DEAL, deal_id=deal.id, status="won")
    (won,) = (await teller.ask(LIST_DEALS, about=customer)).items
    return (deal.name, deal.amount.amount_minor, deal.status.value, won.status.value)


STORIES: Mapping[str, tuple[Step, ...]] = {
    "a-ticket-is-worked-on": (
        Step((SEARCH_TICKETS,), _open_tickets, {("Please cancel my subscription", True)}),
        Step((REPLY_TO_TICKET, GET_CONVERSATION), _internal_reply, (True, "internal")),
        Step((UPDATE_TICKET, GET_TICKET), _solved, ("applied", True)),
        Step((UPDATE_TICKET, GET_TICKET), _opened_again, "open"),
        Step((ESCALATE_TO_HUMAN,), _handed_over, "the same ticket"),
        Step((CREATE_TICKET, SEARCH_TICKETS), _new_ticket, "found"),
    ),
    "a-subscriber-stays": (
        Step((LIST_SUBSCRIPTIONS,), _subscription, ("active", 1900, "month")),
        Step((FIND_INVOICES,), _paid_invoices, [(1900, "EUR", "paid"), (1900, "EUR", "paid")]),
        Step((ISSUE_REFUND, FIND_INVOICES), _partial_refund, (500, 1400, 1900)),
        Step((CANCEL_SUBSCRIPTION, LIST_SUBSCRIPTIONS), _cancelled_later, ("active", ["cancel"])),
        Step((RESUME_SUBSCRIPTION, LIST_SUBSCRIPTIONS), _kept_after_all, ("active", ())),
        Step((LIST_OFFERS, APPLY_DISCOUNT, LIST_SUBSCRIPTIONS), _discount, (20, 1)),
        Step((ISSUE_CREDIT, GET_BILLING_ACCOUNT), _credit, (700, 700)),
    ),
    "a-member-collects": (
        Step((GET_LOYALTY_ACCOUNT,), _membership, ("active", 1250, "Silver")),
        Step((GRANT_POINTS, LIST_POINTS_TRANSACTIONS), _points_given, (50, 50)),
        Step((DEDUCT_POINTS, LIST_POINTS_TRANSACTIONS), _points_taken, (-30, -30)),
        Step((DEDUCT_POINTS,), _more_than_there_are, "refused"),
        Step((LIST_REWARDS,), _affordable, ["Free coffee", "Ten euros off"]),
    ),
    "a-customer-is-looked-after": (
        Step((UPDATE_CUSTOMER,), _renamed, ("Adaeze", "ada.okafor@fernway-studio.example")),
        Step((ADD_NOTE, LIST_ACTIVITIES), _noted, "noted"),
        Step((LIST_DEALS, SAVE_DEAL), _deal_won, ("Coffee corner at Fernway", 480000, "open", "won")),
    ),
}
"""Each story by its name."""
