"""Voucherify's loyalty tools, carried out by the API that the connection's settings choose."""

from typing import Protocol

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction, Redemption, Reward
from trunkline_contracts.http import Http
from trunkline_contracts.results import ReadResult, WriteResult
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    ENROLL_MEMBER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    REDEEM_REWARD,
    REVERSE_POINTS,
)
from trunkline_contracts.tools.loyalty import (
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
from trunkline_voucherify import VoucherifySettings
from trunkline_voucherify.account import Account
from trunkline_voucherify.loyalty_v1 import LoyaltyV1
from trunkline_voucherify.loyalty_v2 import LoyaltyV2


class LoyaltyApi(Protocol):
    """What a version of Voucherify's loyalty API can do."""

    async def probe(self) -> None:
        """Read one member."""

    async def account(self, request: GetLoyaltyAccount) -> LoyaltyAccount:
        """Find a customer's membership."""

    async def transactions(self, request: ListPointsTransactions) -> Page[PointsTransaction]:
        """List the changes of an account's points."""

    async def grant(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points."""

    async def deduct(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take points."""

    async def rewards(self, request: ListRewards) -> Page[Reward]:
        """List what points can buy."""

    async def redeem(self, request: RedeemReward) -> WriteResult[Redemption]:
        """Spend points on a reward."""

    async def enroll(self, request: EnrollMember) -> WriteResult[LoyaltyAccount]:
        """Make a customer a member."""

    async def reverse(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Take a change back."""


class Loyalty(Account):
    """The project's loyalty campaign or programme."""

    def __init__(self, settings: VoucherifySettings, http: Http) -> None:
        super().__init__(settings, http)
        self._loyalty: LoyaltyApi = (
            LoyaltyV2(self._api, http.call, settings.program)
            if settings.program
            else LoyaltyV1(self._api, http.call, settings)
        )

    async def probe(self) -> None:
        """Read one member."""
        await self._loyalty.probe()

    @implements(GET_LOYALTY_ACCOUNT)
    async def get_loyalty_account(self, request: GetLoyaltyAccount) -> ReadResult[LoyaltyAccount]:
        """Find the customer's membership, with its tier."""
        return ReadResult(data=await self._loyalty.account(request))

    @implements(LIST_POINTS_TRANSACTIONS)
    async def list_points_transactions(self, request: ListPointsTransactions) -> ReadResult[Page[PointsTransaction]]:
        """List the changes of an account's points, newest first."""
        page = await self._loyalty.transactions(request)
        wanted = tuple(item for item in page.items if request.kinds is None or item.kind in request.kinds)
        return ReadResult(data=page.model_copy(update={"items": wanted}))

    @implements(GRANT_POINTS)
    async def grant_points(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a card."""
        return await self._loyalty.grant(request)

    @implements(DEDUCT_POINTS)
    async def deduct_points(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take points from a card; Voucherify refuses what would make the balance negative."""
        return await self._loyalty.deduct(request)

    @implements(LIST_REWARDS)
    async def list_rewards(self, request: ListRewards) -> ReadResult[Page[Reward]]:
        """List the rewards that a member's points can buy, or all that the programme offers."""
        return ReadResult(data=await self._loyalty.rewards(request))

    @implements(REDEEM_REWARD)
    async def redeem_reward(self, request: RedeemReward) -> WriteResult[Redemption]:
        """Spend a member's points on a reward."""
        return await self._loyalty.redeem(request)

    @implements(ENROLL_MEMBER)
    async def enroll_member(self, request: EnrollMember) -> WriteResult[LoyaltyAccount]:
        """Make a customer a member, unless they are one already."""
        return await self._loyalty.enroll(request)

    @implements(REVERSE_POINTS)
    async def reverse_points(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Give back what a reward cost, or undo a change by its opposite."""
        return await self._loyalty.reverse(request)
