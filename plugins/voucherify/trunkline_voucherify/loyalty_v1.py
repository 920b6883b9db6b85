"""Voucherify's loyalty API v1, which is in maintenance: a campaign, whose members are loyalty cards.

https://docs.voucherify.io/api-reference/loyalties/introduction-to-legacy-loyalty
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
from trunkline_contracts.values import Page
from trunkline_voucherify import VoucherifySettings, vendor
from trunkline_voucherify.normalize_v1 import WALLET, NormalizeV1
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

_MOST_CARDS = 10
# Three months, less a little for their lengths.
_ROLLBACK = timedelta(days=89)
_CAN_BE_COUNTERED = ("earn", "adjust_add", "adjust_deduct")
_REDEMPTION = "r_"


class LoyaltyV1:
    """One loyalty campaign."""

    def __init__(self, api: Api, call: CallContext, settings: VoucherifySettings) -> None:
        self._api = api
        self._campaign = settings.campaign or ""
        self._marker = call.marker
        self._to = NormalizeV1(call, settings.currency)

    async def probe(self) -> None:
        """Read one member."""
        await self._members(self._campaign, {"limit": 1})

    async def account(self, request: GetLoyaltyAccount) -> LoyaltyAccount:
        """Find the customer's card in the campaign, with its tiers."""
        member = self._only(await self._cards(request))
        if member is None:
            raise NotFoundError("This customer is not a member of the loyalty programme.")
        return await self._with_tiers(member)

    async def _with_tiers(self, member: vendor.Member) -> LoyaltyAccount:
        tiers = await self._api.get("/v1/loyalties/members/{}/tiers", member.code, gives=vendor.TierList)
        return self._to.account(member, tiers.data)

    async def _cards(self, request: GetLoyaltyAccount | EnrollMember) -> list[vendor.Member]:
        params: Params = {"customer": request.customer_id.vendor_id, "limit": _MOST_CARDS}
        return await self._members(request.program or self._campaign, params)

    async def _members(self, campaign: str, params: Params) -> list[vendor.Member]:
        found = await self._api.get("/v1/loyalties/{}/members", campaign, gives=vendor.MemberList, params=params)
        return found.vouchers

    def _only(self, members: list[vendor.Member]) -> vendor.Member | None:
        if len(members) > 1:
            raise AmbiguousError(
                "This customer has several loyalty cards: choose one by its id.",
                candidates=[Candidate(id=self._to.account_ref(member.code)) for member in members],
            )
        return members[0] if members else None

    async def transactions(self, request: ListPointsTransactions) -> Page[PointsTransaction]:
        """List a card's transactions, newest first."""
        params: dict[str, Any] = {"limit": request.limit, "starting_after_id": request.cursor}
        if request.since:
            params["filters[created_at][conditions][$after]"] = request.since.astimezone(UTC).isoformat()
        found = await self._changes(request.account_id.vendor_id, params)
        items = tuple(self._to.transaction(request.account_id, item) for item in found.data)
        cursor = (found.more_starting_after or found.data[-1].id) if found.has_more and found.data else None
        return Page(items=items, next_cursor=cursor)

    async def _changes(self, code: str, params: Mapping[str, Any]) -> vendor.TransactionList:
        return await self._api.get(
            "/v1/loyalties/members/{}/transactions",
            code,
            gives=vendor.TransactionList,
            params={**params, "order": "-id"},
        )

    async def grant(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a card."""
        expiry: dict[str, Any] = {}
        if request.expires_at:
            expiry = {
                "expiration_type": "CUSTOM_DATE",
                "expiration_date": request.expires_at.astimezone(UTC).date().isoformat(),
            }
        return await self._change(request, request.points, expiry)

    async def deduct(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take points from a card; Voucherify refuses what would make the balance negative."""
        return await self._change(request, -request.points, {})

    async def _change(
        self, request: ChangePoints, points: int, expiry: dict[str, Any]
    ) -> WriteResult[PointsTransaction]:
        if request.wallet not in {None, WALLET}:
            raise InvalidArgumentError(f"A card of this campaign has one wallet: {WALLET}.")
        answer = await self._adjust(request.account_id, points, request.reason, expiry)
        return WriteResult(
            outcome="applied",
            resource=self._to.change(request, points, answer),
            verify_with=seen_in_history(request.account_id),
            undo=opposite(request.account_id, points, request.reason),
        )

    async def _adjust(self, account: Ref, points: int, reason: str, expiry: dict[str, Any]) -> vendor.Balance:
        body = {"points": points, "reason": reason, "source_id": self._marker, **expiry}
        path = "/v1/loyalties/members/{}/balance"
        return await self._api.call("POST", path, account.vendor_id, gives=vendor.Balance, json=body)

    async def rewards(self, request: ListRewards) -> Page[Reward]:
        """List the rewards; the balance is read where those that cost too much are wanted too."""
        code = request.account_id.vendor_id
        params: Params = {"affordable_only": request.affordable_only}
        found = await self._api.get("/v1/loyalties/members/{}/rewards", code, gives=vendor.RewardList, params=params)
        balance = None if request.affordable_only else await self._balance(code)
        return page_of([self._to.reward(offered, balance) for offered in found.data], request.limit, request.cursor)

    async def _balance(self, code: str) -> int:
        member = await self._api.get("/v1/loyalties/members/{}", code, gives=vendor.Member)
        return member.loyalty_card.balance or 0

    async def redeem(self, request: RedeemReward) -> WriteResult[Redemption]:
        """Spend points; the answer has the code, where the reward is one."""
        reward = {"id": request.reward_id.vendor_id, **({"points": request.points} if request.points else {})}
        order = {"order": {"id": request.order.vendor_id}} if request.order else {}
        path, code = "/v1/loyalties/members/{}/redemption", request.account_id.vendor_id
        answer = await self._api.call("POST", path, code, gives=vendor.Redemption, json={"reward": reward, **order})
        if answer.result == "FAILURE":
            raise ConflictError("Voucherify refused the redemption: read the member's rewards again.")
        until = (answer.date or datetime.now(UTC)) + _ROLLBACK
        return WriteResult(
            outcome="applied",
            resource=self._to.redemption(request, answer),
            verify_with=seen_in_history(request.account_id),
            undo=take_back(self._to.transaction_ref(request.account_id, answer.id), until),
        )

    async def enroll(self, request: EnrollMember) -> WriteResult[LoyaltyAccount]:
        """Give the customer a card of the campaign, unless they hold one."""
        present = self._only(await self._cards(request))
        if present:
            return already_there(await self._with_tiers(present), "This customer is a member already.")
        body = {"customer": {"id": request.customer_id.vendor_id}}
        path, campaign = "/v1/loyalties/{}/members", request.program or self._campaign
        member = await self._api.call("POST", path, campaign, gives=vendor.Member, json=body)
        return WriteResult(outcome="applied", resource=self._to.account(member, []))

    async def reverse(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Roll a redemption back, or undo another change by its opposite."""
        code, _, change = request.transaction_id.vendor_id.rpartition(":")
        account = self._to.account_ref(code)
        if change.startswith(_REDEMPTION):
            return await self._roll_back(account, change, request)
        item = await self._find(code, change)
        redemption = item.details.redemption.id if item.details.redemption else None
        if item.type == "POINTS_REDEMPTION" and redemption:
            return await self._roll_back(account, redemption, request)
        return await self._counter(account, self._to.transaction(account, item), change, request)

    async def _find(self, code: str, change: str) -> vendor.Transaction:
        """The change, unless it was reversed already; whatever followed it stands in the same list."""
        recent = (await self._changes(code, {"limit": MOST_CHANGES})).data
        if any(names_reversal(item.reason, change) for item in recent):
            raise ConflictError("This change was reversed already: list the account's transactions.")
        found = next((item for item in recent if item.id == change), None)
        if found is None:
            raise NotFoundError(f"No such change is among the card's last {MOST_CHANGES}: check the id.")
        return found

    async def _roll_back(self, account: Ref, redemption: str, request: ReversePoints) -> WriteResult[PointsTransaction]:
        path, body = "/v1/redemptions/{}/rollback", {"reason": request.reason}
        answer = await self._api.call("POST", path, redemption, gives=vendor.Rollback, json=body)
        if answer.result == "FAILURE":
            raise ConflictError("Voucherify refused the rollback: list the account's transactions.")
        resource = self._to.returned(account, request.reason, answer)
        return WriteResult(outcome="applied", resource=resource, verify_with=seen_in_history(account))

    async def _counter(
        self, account: Ref, item: PointsTransaction, change: str, request: ReversePoints
    ) -> WriteResult[PointsTransaction]:
        if item.kind not in _CAN_BE_COUNTERED:
            raise UnsupportedError(f"Voucherify cannot reverse a change of the kind {item.kind}.")
        points, reason = -int(item.points), reversal_reason(request, change)
        answer = await self._adjust(account, points, reason, {})
        return WriteResult(
            outcome="applied",
            resource=self._to.adjustment(account, points, reason, answer),
            verify_with=seen_in_history(account),
            undo=opposite(account, points, request.reason),
            warnings=(COUNTER_ENTRY,),
        )
