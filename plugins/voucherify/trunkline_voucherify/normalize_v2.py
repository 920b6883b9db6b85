"""The loyalty API v2's records into ours."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from trunkline_contracts.entities.loyalty import (
    ExpiringPoints,
    LoyaltyAccount,
    NextTier,
    PointsState,
    PointsTransaction,
    Program,
    Redemption,
    Reward,
    Tier,
    Wallet,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.loyalty import RedeemReward
from trunkline_contracts.values import status_of
from trunkline_voucherify import vendor_v2 as vendor
from trunkline_voucherify.normalize import Normalize

_AVAILABLE = "AVAILABLE"


class NormalizeV2(Normalize):
    """Builds our loyalty records for one connection."""

    def account_ref(self, member_id: str) -> Ref:
        """A member's reference."""
        return self.ref("loyalty_account", member_id)

    def transaction_ref(self, account: Ref, card_id: str, change_id: str) -> Ref:
        """A change's reference, which has to name member and card too: Voucherify reads changes by card."""
        return self.ref("points_transaction", f"{account.vendor_id}:{card_id}:{change_id}")

    def membership(self, found: vendor.Membership) -> LoyaltyAccount:
        """A membership, with its tiers."""
        return self.account(found.member, found.program, found.cards)

    def account(
        self, member: vendor.Member, program: vendor.Programme, held: list[vendor.MemberCard]
    ) -> LoyaltyAccount:
        """A member, with a wallet for each card; the tier is that of the first card that gives one."""
        cards = [item.card for item in held if item.card]
        progress = [item.tier_progress for item in held if item.tier_progress]
        return LoyaltyAccount(
            id=self.account_ref(member.id),
            customer=self.customer_ref(member.customer_id),
            program=Program(id=program.id, name=program.name),
            member_number=next((card.code for card in cards if card.code), None),
            status=status_of(vendor.MEMBERS, member.status),
            wallets=tuple(_wallet(card) for card in cards),
            tier=next(filter(None, map(_tier, progress)), None),
            next_tier=next(filter(None, map(_next_tier, progress)), None),
            lifetime_points=_lifetime(cards),
            enrolled_at=member.created_at,
        )

    def transaction(self, account: Ref, change: vendor.Change) -> PointsTransaction:
        """A change of a card."""
        kind, takes = vendor.CHANGES.get(change.type, ("other", False))
        details = change.details or vendor.ChangeDetails()
        total = _total(details)
        points = details.points or vendor.Points()
        return PointsTransaction(
            id=self.transaction_ref(account, change.card_id, change.id),
            account=account,
            wallet=change.card_id,
            kind=kind,
            points=-total if takes else total,
            state=_state(change, takes=takes),
            activates_at=_midnight(points.date),
            expires_at=_midnight(points.expiration_date),
            reason=details.reason,
            order=self.ref("order", details.order.id) if details.order and details.order.id else None,
            at=change.created_at,
        )

    def returned(self, account: Ref, purchase: vendor.Purchase, reason: str) -> PointsTransaction:
        """The points of a purchase that is being refunded."""
        change = purchase.card_transaction_id
        return PointsTransaction(
            id=self.transaction_ref(account, purchase.card_id, change) if change else None,
            account=account,
            wallet=purchase.card_id,
            kind="reverse",
            points=_cost(purchase),
            state=vendor.UNSETTLED.get(purchase.status, "active"),
            reason=reason,
            at=purchase.created_at,
        )

    def redemption(self, request: RedeemReward, purchase: vendor.Purchase) -> Redemption:
        """A purchase, whose code is not known before it is approved."""
        return Redemption(
            id=self.ref("redemption", purchase.id) if purchase.id else None,
            account=request.account_id,
            reward=request.reward_id,
            points=_cost(purchase),
            status=status_of(vendor.REDEMPTIONS, purchase.status),
        )

    def rewards(self, found: vendor.Examined) -> list[Reward]:
        """Each reward once, at the first card that can buy it, else at the first that cannot."""
        cards = [card for membership in found.memberships for card in membership.cards]
        estimates = [estimate for card in cards for estimate in card.rewards]
        best: dict[str | None, vendor.Estimate] = {}
        for estimate in sorted(estimates, key=lambda item: item.status != _AVAILABLE):
            best.setdefault(estimate.reward.id, estimate)
        return [self._reward(reward, best[reward.id]) for reward in found.rewards if reward.id in best]

    def _reward(self, reward: vendor.Reward, estimate: vendor.Estimate) -> Reward:
        available = estimate.status == _AVAILABLE
        return Reward(
            id=self.ref("reward", reward.id),
            name=reward.name,
            cost_points=estimate.cost.points if estimate.cost else None,
            type="product" if reward.type == "MATERIAL" else "other",
            available=available,
            why_not=None if available else _why_not(estimate.unavailability_reasons or ()),
        )


def _wallet(card: vendor.Card) -> Wallet:
    life = (card.lifetime_bucket.points if card.lifetime_bucket else None) or vendor.Lifetime()
    lapsing = card.next_expiration
    expiring = (ExpiringPoints(points=lapsing.points, at=_start_of(lapsing.date)),) if lapsing else ()
    return Wallet(
        id=card.id,
        name=card.code,
        unit="points",
        active=card.balance.points,
        pending=card.balance.pending_points,
        spent=life.spent,
        expired=life.expired,
        expiring=expiring,
    )


def _lifetime(cards: list[vendor.Card]) -> Decimal | None:
    counted = [
        card.lifetime_bucket.points.total for card in cards if card.lifetime_bucket and card.lifetime_bucket.points
    ]
    known = [total for total in counted if total is not None]
    return sum(known, Decimal(0)) if known else None


def _tier(progress: vendor.TierProgress) -> Tier | None:
    current = progress.current
    if current is None or current.tier is None or current.tier.name is None:
        return None
    return Tier(id=current.tier.id, name=current.tier.name, since=current.start_at, until=current.expires_at)


def _next_tier(progress: vendor.TierProgress) -> NextTier | None:
    named = ((item.tier.name, item.points) for item in progress.opportunities if item.tier and item.tier.name)
    return next((NextTier(name=name, remaining=points, metric="points") for name, points in named), None)


def _total(details: vendor.ChangeDetails) -> Decimal:
    """How many points: said once, or for each bucket that they are taken from."""
    if details.points and details.points.total is not None:
        return abs(details.points.total)
    buckets = [*(details.buckets or ()), *([details.bucket] if details.bucket else ())]
    return sum((abs(bucket.points.total or Decimal(0)) for bucket in buckets), Decimal(0))


def _state(change: vendor.Change, *, takes: bool) -> PointsState:
    """What is true of the points; whether those that were added as pending became active is not told."""
    if unsettled := vendor.UNSETTLED.get(change.status):
        return unsettled
    if change.type == "PENDING_POINTS_ADDED":
        return _pending_state(change)
    if change.type == "PENDING_POINTS_CANCELED":
        return "canceled"
    if takes:
        return "expired" if "EXPIR" in change.type else "spent"
    return "active"


def _pending_state(change: vendor.Change) -> PointsState:
    active_from = change.details.points.date if change.details and change.details.points else None
    return "pending" if active_from and active_from > datetime.now(UTC).date() else "unknown"


def _cost(purchase: vendor.Purchase) -> Decimal:
    points = purchase.details.points if purchase.details else None
    return (points.total if points else None) or Decimal(0)


def _why_not(obstacles: Iterable[vendor.Obstacle]) -> str:
    """The obstacles in words."""
    told = (
        f"{item.details.missing} points are missing"
        if item.details and item.details.missing
        else item.reason.replace("_", " ")
        for item in obstacles
    )
    return "; ".join(told) or "not available"


def _midnight(day: date | None) -> datetime | None:
    return _start_of(day) if day else None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
