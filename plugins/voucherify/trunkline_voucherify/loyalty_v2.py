"""Voucherify's loyalty API v2: a programme, whose members hold a card for each of its wallets.

https://docs.voucherify.io/api-reference/loyalty-v2-api-overview
"""

from datetime import UTC
from typing import Any

from trunkline_contracts.api import Api, Params
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction, Redemption, Reward
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from trunkline_contracts.http import CallContext
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, WriteResult, already_there
from trunkline_contracts.tools.loyalty import (
    ChangePoints,
    DeductPoints,
    EnrollMember,
    GetLoyaltyAccount,
    GrantPoints,
    ListPointsTransactions,
    ListRewards,
    RedeemReward,
    ReversePoints,
)
from trunkline_contracts.values import Page, Warning
from trunkline_voucherify import vendor_v2 as vendor
from trunkline_voucherify.normalize_v2 import NormalizeV2
from trunkline_voucherify.parts import (
    COUNTER_ENTRY,
    MOST_CHANGES,
    names_reversal,
    opposite,
    page_of,
    reversal_reason,
    seen_in_history,
    take_back,
)

_PROGRAM = "/v2/loyalties/programs/{}"
_MEMBER = f"{_PROGRAM}/members/{{}}"
_CARD = f"{_MEMBER}/cards/{{}}"
_LONGEST_REASON = 255
_CAN_BE_COUNTERED = ("ADMIN_CREDIT", "ADMIN_DEBIT", "POINTS_EARNED")
_LATER = Warning(code="async_result", message="Voucherify carries this out later, and can still reject it.")
_NO_CODE_YET = Warning(
    code="async_result", message="A code is known only once Voucherify approves the purchase.", field="code"
)


class LoyaltyV2:
    """One loyalty programme."""

    def __init__(self, api: Api, call: CallContext, program: str) -> None:
        self._api = api
        self._call = call
        self._program = program
        self._to = NormalizeV2(call)

    async def probe(self) -> None:
        """Read the programme."""
        await self._api.get(_PROGRAM, self._program, gives=vendor.Programme)

    async def account(self, request: GetLoyaltyAccount) -> LoyaltyAccount:
        """Read the customer's membership, with its tiers."""
        self._check_program(request.program)
        return self._to.membership(await self._membership(request.customer_id))

    def _check_program(self, program: str | None) -> None:
        if program not in {None, self._program}:
            raise UnsupportedError("This connection works on one programme: leave `program` out.")

    async def _membership(self, customer: Ref) -> vendor.Membership:
        path = f"{_PROGRAM}/memberships/{{}}"
        return await self._api.get(path, self._program, customer.vendor_id, gives=vendor.Membership)

    async def transactions(self, request: ListPointsTransactions) -> Page[PointsTransaction]:
        """List the changes of one card after the other; the cursor says at which card, and where there."""
        member = request.account_id.vendor_id
        cards = [card.id for card in await self._cards(member)]
        card, _, place = (request.cursor or "").partition(":")
        card = card or next(iter(cards), "")
        if card not in cards:
            return Page(items=())
        params: dict[str, Any] = {"limit": request.limit, "cursor": place or None}
        if request.since:
            params["filters[created_at][conditions][$after]"] = request.since.astimezone(UTC).isoformat()
        found = await self._changes(member, card, params)
        items = tuple(self._to.transaction(request.account_id, change) for change in found.data)
        following = cards[cards.index(card) + 1 :][:1]
        cursor = f"{card}:{found.cursor.next}" if found.cursor else next((f"{after}:" for after in following), None)
        return Page(items=items, next_cursor=cursor)

    async def _cards(self, member: str) -> list[vendor.Card]:
        found = await self._api.get(_MEMBER, self._program, member, gives=vendor.MemberWithCards)
        return [held.card for held in found.cards if held.card]

    async def _changes(self, member: str, card: str, params: Params) -> vendor.ChangeList:
        path = f"{_CARD}/transactions"
        return await self._api.get(path, self._program, member, card, gives=vendor.ChangeList, params=params)

    async def grant(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a card; when they lapse is the programme's rule."""
        if request.expires_at:
            raise UnsupportedError("Loyalty API v2 decides itself when points lapse: leave `expires_at` out.")
        return await self._change(request, request.points)

    async def deduct(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take active points from a card."""
        return await self._change(request, -request.points)

    async def _change(self, request: ChangePoints, points: int) -> WriteResult[PointsTransaction]:
        card = await self._card(request.account_id, request.wallet)
        made = await self._adjust(request.account_id, card, points, request.reason)
        return WriteResult(
            outcome="accepted",
            resource=made,
            verify_with=seen_in_history(request.account_id),
            undo=opposite(request.account_id, points, request.reason, card),
            warnings=(_LATER,),
        )

    async def _card(self, account: Ref, wallet: str | None) -> str:
        """The card that a change is about: the one named, or the member's only one."""
        cards = await self._cards(account.vendor_id)
        known = [card.id for card in cards]
        if wallet in known or (wallet is None and len(cards) == 1):
            return wallet or known[0]
        if wallet is None and cards:
            choices = [Candidate(id=card.id, label=card.code) for card in cards]
            raise AmbiguousError("This member has several cards: name one in `wallet`.", candidates=choices)
        raise InvalidArgumentError(f"This member has no such wallet. Use one of: {', '.join(known)}.")

    async def _adjust(self, account: Ref, card: str, points: int, reason: str) -> PointsTransaction:
        ids = (self._program, account.vendor_id, card)
        body = {"points": points, "reason": self._marked(reason)}
        answer = await self._api.call("POST", f"{_CARD}/points", *ids, gives=vendor.ChangeMade, json=body)
        return self._to.transaction(account, answer.transaction)

    def _marked(self, reason: str) -> str:
        """The reason, and our marker by which the change is found again."""
        marker = f" ({self._call.marker})" if self._call.marker else ""
        return reason[: _LONGEST_REASON - len(marker)] + marker

    async def rewards(self, request: ListRewards) -> Page[Reward]:
        """Have Voucherify examine what the member can buy, which changes nothing."""
        body = {"customer_identification": {"type": "member_id", "member_id": request.account_id.vendor_id}}
        path = "/v2/loyalties/examine/rewards"
        found = await self._api.call("POST", path, gives=vendor.Examined, json=body, safe=True)
        rewards = [item for item in self._to.rewards(found) if item.available or not request.affordable_only]
        return page_of(rewards, request.limit, request.cursor)

    async def redeem(self, request: RedeemReward) -> WriteResult[Redemption]:
        """Buy a reward: Voucherify accepts it, and issues it later."""
        if request.points or request.order:
            raise UnsupportedError("Loyalty API v2 takes neither `points` nor `order` with a reward: leave them out.")
        if self._call.dry_run:
            # Voucherify's own simulation raises here what would refuse the purchase.
            await self._purchase(request, "DRY_RUN")
        made = await self._purchase(request, "TRANSACTION")
        change = made.card_transaction_id
        return WriteResult(
            outcome="accepted",
            resource=self._to.redemption(request, made),
            verify_with=seen_in_history(request.account_id),
            undo=take_back(self._to.transaction_ref(request.account_id, made.card_id, change)) if change else None,
            warnings=(_NO_CODE_YET,),
        )

    async def _purchase(self, request: RedeemReward, mode: str) -> vendor.Purchase:
        path, body = f"{_MEMBER}/rewards/purchases", {"reward_id": request.reward_id.vendor_id, "mode": mode}
        ids = (self._program, request.account_id.vendor_id)
        simulated = mode == "DRY_RUN"
        made = await self._api.call("POST", path, *ids, gives=vendor.PurchaseMade, json=body, safe=simulated)
        return made.transaction

    async def enroll(self, request: EnrollMember) -> WriteResult[LoyaltyAccount]:
        """Make the customer a member, unless they are one."""
        self._check_program(request.program)
        try:
            present = self._to.membership(await self._membership(request.customer_id))
        except NotFoundError:
            return await self._join(request.customer_id)
        return already_there(present, "This customer is a member already.")

    async def _join(self, customer: Ref) -> WriteResult[LoyaltyAccount]:
        body = {"customer_identification": {"type": "customer_id", "customer_id": customer.vendor_id}}
        path = f"{_PROGRAM}/members"
        member = await self._api.call("POST", path, self._program, gives=vendor.MemberWithCards, json=body)
        account = self._to.account(member, vendor.Programme(id=self._program), member.cards)
        return WriteResult(outcome="applied", resource=account)

    async def reverse(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Refund a reward, or undo another change by its opposite."""
        member, card, change_id = _parts(request.transaction_id)
        account = self._to.account_ref(member)
        change = await self._find(member, card, change_id)
        purchase = change.details.reward_transaction if change.details else None
        if change.type == "POINTS_SPENT_ON_REWARD" and purchase and purchase.id:
            return await self._refund(account, purchase.id, request)
        return await self._counter(account, change, request)

    async def _find(self, member: str, card: str, change_id: str) -> vendor.Change:
        """The change, settled and not reversed; whatever followed it stands in the same list."""
        recent = (await self._changes(member, card, {"limit": MOST_CHANGES})).data
        standing = [item.details for item in recent if item.details and item.status != "REJECTED"]
        if any(names_reversal(details.reason, change_id) for details in standing):
            raise ConflictError("This change was reversed already: list the account's transactions.")
        found = next((item for item in recent if item.id == change_id), None)
        if found is None:
            raise NotFoundError(f"No such change is among the card's last {MOST_CHANGES}: check the id.")
        if found.status != "APPROVED":
            raise ConflictError("This change is not carried out: list the account's transactions.")
        return found

    async def _refund(self, account: Ref, purchase: str, request: ReversePoints) -> WriteResult[PointsTransaction]:
        path = f"{_PROGRAM}/rewards/purchases/{{}}/refund"
        made = await self._api.call("POST", path, self._program, purchase, gives=vendor.PurchaseMade, json={})
        return WriteResult(
            outcome="accepted",
            resource=self._to.returned(account, made.transaction, request.reason),
            verify_with=seen_in_history(account),
            warnings=(_LATER,),
        )

    async def _counter(
        self, account: Ref, change: vendor.Change, request: ReversePoints
    ) -> WriteResult[PointsTransaction]:
        if change.type not in _CAN_BE_COUNTERED:
            raise UnsupportedError(f"Voucherify cannot reverse a change of the type {change.type}.")
        exact = self._to.transaction(account, change).points
        points = -int(exact)
        if points != -exact:
            raise UnsupportedError("Voucherify changes points by whole numbers only: this change has a fraction.")
        made = await self._adjust(account, change.card_id, points, reversal_reason(request, change.id))
        return WriteResult(
            outcome="accepted",
            resource=made,
            verify_with=seen_in_history(account),
            undo=opposite(account, points, request.reason, change.card_id),
            warnings=(_LATER, COUNTER_ENTRY),
        )


def _parts(transaction: Ref) -> tuple[str, str, str]:
    """The member, the card and the change that a reference names."""
    parts = transaction.vendor_id.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - the three of them
        raise InvalidArgumentError("This is no change of loyalty API v2: pass transaction_id as a tool returned it.")
    return parts[0], parts[1], parts[2]
