"""The loyalty API v1's records into ours."""

from datetime import UTC, datetime
from decimal import Decimal

from trunkline_contracts.entities.loyalty import (
    ExpiringPoints,
    LoyaltyAccount,
    MemberStatus,
    PointsState,
    PointsTransaction,
    Program,
    Redemption,
    Reward,
    Tier,
    Variable,
    Wallet,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.loyalty import ChangePoints, RedeemReward
from trunkline_contracts.values import Status, status_of
from trunkline_voucherify import vendor
from trunkline_voucherify.money import credit
from trunkline_voucherify.normalize import Normalize

WALLET = "points"

_REWARDS = {"DISCOUNT_COUPONS": "discount", "GIFT_VOUCHERS": "gift_card"}


class NormalizeV1(Normalize):
    """Builds our loyalty records for one connection."""

    def account_ref(self, code: str) -> Ref:
        """A card's reference."""
        return self.ref("loyalty_account", code)

    def transaction_ref(self, account: Ref, transaction_id: str) -> Ref:
        """A change's reference, which has to name the card too: Voucherify reads changes by card."""
        return self.ref("points_transaction", f"{account.vendor_id}:{transaction_id}")

    def account(self, member: vendor.Member, tiers: list[vendor.Tier]) -> LoyaltyAccount:
        """A card, with its balance as the one wallet that v1 has."""
        return LoyaltyAccount(
            id=self.account_ref(member.code),
            customer=self.customer_ref(member.holder_id) if member.holder_id else None,
            program=Program(id=member.campaign_id or member.campaign or "", name=member.campaign),
            member_number=member.code,
            status=_member_status(member.active),
            wallets=(_wallet(member.loyalty_card),),
            tier=_tier(tiers),
            lifetime_points=_decimal(member.loyalty_card.points),
            enrolled_at=member.created_at,
        )

    def transaction(self, account: Ref, item: vendor.Transaction) -> PointsTransaction:
        """A change of points as Voucherify lists it."""
        balance = item.details.balance or vendor.TransactionBalance()
        order = item.details.order.id if item.details.order else None
        points = Decimal(balance.points or 0)
        return PointsTransaction(
            id=self.transaction_ref(account, item.id),
            account=account,
            wallet=WALLET,
            kind=vendor.KINDS.get(item.type, "other"),
            points=points,
            state="expired" if item.type == "POINTS_EXPIRATION" else _state(points),
            balance_after=_decimal(balance.balance),
            reason=item.reason,
            order=self.ref("order", order) if order else None,
            at=item.created_at,
        )

    def change(self, request: ChangePoints, points: int, answer: vendor.Balance) -> PointsTransaction:
        """A change of points that a caller asked for."""
        expires_at = getattr(request, "expires_at", None)
        change = self.adjustment(request.account_id, points, request.reason, answer)
        return change.model_copy(update={"expires_at": expires_at})

    def adjustment(self, account: Ref, points: int, reason: str, answer: vendor.Balance) -> PointsTransaction:
        """A change of points that we made: Voucherify answers the balance, not the transaction's id."""
        return PointsTransaction(
            account=account,
            wallet=WALLET,
            kind="adjust_add" if points > 0 else "adjust_deduct",
            points=Decimal(points),
            state=_state(Decimal(points)),
            balance_after=Decimal(answer.balance),
            reason=reason,
            at=datetime.now(UTC),
        )

    def returned(self, account: Ref, reason: str, answer: vendor.Rollback) -> PointsTransaction:
        """The points of a redemption that was rolled back."""
        return PointsTransaction(
            account=account,
            wallet=WALLET,
            kind="reverse",
            points=Decimal(abs(answer.amount or 0)),
            state="active",
            reason=reason,
            at=datetime.now(UTC),
        )

    def reward(self, offered: vendor.OfferedReward, balance: int | None) -> Reward:
        """A reward; it can be paid for wherever the balance was not asked for."""
        reward, cost = offered.reward, _cost(offered)
        why_not = _why_not(reward, cost, balance)
        parameters = reward.parameters or vendor.RewardParameters()
        step = parameters.coin.points_ratio if parameters.coin else None
        campaign = parameters.campaign or vendor.RewardCampaign()
        is_gift = campaign.type == "GIFT_VOUCHERS"
        return Reward(
            id=self.ref("reward", reward.id),
            name=reward.name or reward.id,
            cost_points=_decimal(cost),
            type="product" if reward.type == "MATERIAL" else _REWARDS.get(campaign.type or "", "other"),
            value=credit(campaign.balance, self._currency) if is_gift else None,
            available=why_not is None,
            why_not=why_not,
            variable=Variable(min=Decimal(step), step=Decimal(step)) if step else None,
        )

    def redemption(self, request: RedeemReward, answer: vendor.Redemption) -> Redemption:
        """A reward that was taken, with the code that the customer redeems elsewhere."""
        voucher = (answer.reward.voucher if answer.reward else None) or vendor.RewardVoucher()
        paid = answer.loyalty_card.points if answer.loyalty_card else None
        return Redemption(
            id=self.ref("redemption", answer.id),
            account=request.account_id,
            reward=request.reward_id,
            points=Decimal((answer.amount if paid is None else paid) or request.points or 0),
            status=status_of(vendor.REDEMPTIONS, answer.status or answer.result),
            code=voucher.code,
            code_expires_at=voucher.expiration_date,
        )


def _member_status(active: bool | None) -> Status[MemberStatus]:
    value: MemberStatus = "other" if active is None else ("active" if active else "blocked")
    return Status[MemberStatus](value=value, raw=str(active).lower(), lossy=active is None)


def _wallet(card: vendor.Card) -> Wallet:
    expiring: tuple[ExpiringPoints, ...] = ()
    if card.next_expiration_date and card.next_expiration_points:
        at = datetime.fromisoformat(card.next_expiration_date).replace(tzinfo=UTC)
        expiring = (ExpiringPoints(points=Decimal(card.next_expiration_points), at=at),)
    return Wallet(
        id=WALLET,
        unit="points",
        active=Decimal(card.balance or 0),
        pending=_decimal(card.pending_points),
        expired=_decimal(card.expired_points),
        expiring=expiring,
    )


def _tier(tiers: list[vendor.Tier]) -> Tier | None:
    if not tiers:
        return None
    held = tiers[0].expiration or vendor.TierExpiration()
    return Tier(id=tiers[0].id, name=tiers[0].name, since=held.start_date, until=held.expiration_date)


def _cost(offered: vendor.OfferedReward) -> int | None:
    terms = offered.assignment.parameters if offered.assignment else None
    return terms.loyalty.points if terms and terms.loyalty else None


def _why_not(reward: vendor.Reward, cost: int | None, balance: int | None) -> str | None:
    if reward.stock is not None and (reward.redeemed or 0) >= reward.stock:
        return "out of stock"
    if balance is not None and cost is not None and cost > balance:
        return f"{cost - balance} points are missing"
    return None


def _state(points: Decimal) -> PointsState:
    return "spent" if points < 0 else "active"


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
