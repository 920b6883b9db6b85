"""Salesforce's loyalty records as ours."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from trunkline_contracts.entities.loyalty import (
    LoyaltyAccount,
    MemberStatus,
    NextTier,
    PointsKind,
    PointsState,
    PointsTransaction,
    Program,
    Redemption,
    RedemptionStatus,
    Reward,
    Tier,
    Wallet,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Status, status_of
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.money import money

# The gateway's markers start so: what has such a number is ours.
_OURS = "op_"
_FOR_REWARD = "-reward"


def number_of(marker: str | None, *, for_reward: bool = False) -> str:
    """The number under which a journal of ours can be found again; it also says what the points went for."""
    return f"{marker}{_FOR_REWARD if for_reward else ''}"


class NormalizeLoyalty:
    """Builds our records for one connection.

    `points_field` holds what a reward costs, `currency` is that of an org with one only.
    """

    def __init__(self, connection: str, points_field: str | None, currency: str | None) -> None:
        self._connection = connection
        self._points_field = points_field
        self._currency = currency

    def account_ref(self, member_id: str) -> Ref:
        """A membership's reference."""
        return self._ref("loyalty_account", member_id)

    def account(
        self,
        member: vendor.Member,
        wallets: Sequence[vendor.Wallet],
        standing: vendor.MemberTier | None,
        tiers: Sequence[vendor.Tier],
    ) -> LoyaltyAccount:
        """A membership with its balances, what can be spent first."""
        spendable = next((wallet for wallet in wallets if not wallet.loyalty_program_currency.is_qualifying), None)
        return LoyaltyAccount(
            id=self.account_ref(member.id),
            customer=self._ref("customer", member.contact_id) if member.contact_id else None,
            program=Program(id=member.program_id, name=member.program.name),
            member_number=member.membership_number,
            status=_member_status(member.member_status),
            wallets=tuple(_wallet(wallet) for wallet in wallets),
            tier=_tier(standing) if standing else None,
            next_tier=_next_tier(standing, tiers, wallets) if standing else None,
            lifetime_points=spendable.total_points_accrued if spendable else None,
            enrolled_at=_midnight(member.enrollment_date),
        )

    def transaction(self, ledger: vendor.Ledger) -> PointsTransaction:
        """One change of one balance."""
        journal, currency = ledger.transaction_journal or vendor.Journal(), ledger.loyalty_program_currency
        return PointsTransaction(
            id=self._ref("points_transaction", ledger.id),
            account=self.account_ref(ledger.loyalty_program_member_id),
            wallet=currency.name if currency else None,
            kind=kind_of(ledger),
            points=_signed(ledger),
            state=_state(ledger, journal),
            activates_at=_midnight(ledger.escrow_points_credit_date),
            expires_at=_midnight(ledger.expiry_date),
            counts_toward_tier=currency.is_qualifying if currency else None,
            reason=ledger.additional_notes,
            order=self._ref("order", journal.order_id) if journal.order_id else None,
            at=ledger.activity_date,
        )

    def reward(self, definition: vendor.VoucherDefinition, balance: Decimal) -> Reward:
        """Something that points buy, seen from one member's balance."""
        cost, why_not = self.cost(definition), self.why_not(definition, balance)
        return Reward(
            id=self.reward_ref(definition.id),
            name=definition.name,
            cost_points=cost,
            type=vendor.REWARD_TYPES.get(definition.type or "", "other"),
            value=money(definition.face_value, definition.currency_iso_code or self._currency),
            available=why_not is None,
            why_not=why_not,
            expires_at=_midnight(definition.expiration_date),
        )

    def reward_ref(self, definition_id: str) -> Ref:
        """A reward's reference."""
        return self._ref("reward", definition_id)

    def cost(self, definition: vendor.VoucherDefinition) -> Decimal | None:
        """The points that a reward costs, where its field says so."""
        value = (definition.model_extra or {}).get(self._points_field or "")
        return None if value is None else vendor.plain(Decimal(str(value)))

    def why_not(self, definition: vendor.VoucherDefinition, balance: Decimal) -> str | None:
        """Why a member cannot have a reward now; None where they can."""
        today = datetime.now(UTC).date()
        cost = self.cost(definition)
        if not definition.is_active:
            return "It is switched off."
        if definition.effective_date and definition.effective_date > today:
            return "It cannot be had yet."
        if definition.expiration_date and definition.expiration_date < today:
            return "It can no longer be had."
        if cost is None:
            return "What it costs is not known here."
        return "It costs more points than the member has." if cost > balance else None

    def redemption(
        self, account: Ref, definition: vendor.VoucherDefinition, cost: Decimal, voucher: vendor.Voucher | None
    ) -> Redemption:
        """A reward that was just taken."""
        status: Status[RedemptionStatus] = (
            status_of(vendor.VOUCHER_STATUS, voucher.status) if voucher else Status(value="pending", raw="", lossy=True)
        )
        return Redemption(
            id=self._ref("redemption", voucher.id) if voucher else None,
            account=account,
            reward=self.reward_ref(definition.id),
            points=cost,
            status=status,
            code=voucher.voucher_code if voucher else None,
            code_expires_at=_midnight(voucher.expiration_date) if voucher else None,
        )

    def _ref(self, kind: str, record_id: str) -> Ref:
        return Ref.of(self._connection, kind, record_id)


def kind_of(ledger: vendor.Ledger) -> PointsKind:
    """What changed the balance: Salesforce says credit or debit, and the journal says why."""
    journal = ledger.transaction_journal or vendor.Journal()
    number = journal.external_transaction_number or ""
    is_ours = number.startswith(_OURS) and not number.endswith(_FOR_REWARD)
    if ledger.event_type in {"Credit", "Debit"} and journal.related_journal_id:
        return "reverse"
    if ledger.event_type == "Credit":
        return "adjust_add" if is_ours else "earn"
    if ledger.event_type == "Debit":
        return "adjust_deduct" if is_ours else "redeem"
    return _OTHER_KINDS.get(ledger.event_type or "", "other")


_OTHER_KINDS: dict[str, PointsKind] = {"Expiry": "expire", "Transfer": "transfer"}


def _signed(ledger: vendor.Ledger) -> Decimal:
    """The points with their sign, which the kind of change gives, whether Salesforce wrote it or not."""
    if ledger.event_type == "Credit":
        return abs(ledger.points)
    return -abs(ledger.points) if ledger.event_type in {"Debit", "Expiry"} else ledger.points


def _state(ledger: vendor.Ledger, journal: vendor.Journal) -> PointsState:
    today = datetime.now(UTC).date()
    if journal.status == "Cancelled":
        return "canceled"
    if ledger.event_type == "Credit":
        waits = ledger.escrow_points_credit_date is not None and ledger.escrow_points_credit_date > today
        return "pending" if waits else "active"
    states: dict[str | None, PointsState] = {"Debit": "spent", "Expiry": "expired"}
    return states.get(ledger.event_type, "unknown")


def _member_status(raw: str) -> Status[MemberStatus]:
    status: Status[MemberStatus] = status_of(vendor.MEMBER_STATUS, raw)
    # Inactive says only that the member cannot take part, not why.
    return status.model_copy(update={"lossy": True}) if raw == "Inactive" else status


def _wallet(wallet: vendor.Wallet) -> Wallet:
    currency = wallet.loyalty_program_currency
    return Wallet(
        id=wallet.loyalty_program_currency_id,
        name=currency.name,
        unit="qualifying points" if currency.is_qualifying else "points",
        active=max(wallet.active, Decimal(0)),
        pending=wallet.escrow_points_balance,
        spent=wallet.total_points_redeemed,
        expired=wallet.total_points_expired,
        negative=-wallet.active if wallet.active < 0 else None,
    )


def _tier(standing: vendor.MemberTier) -> Tier:
    return Tier(
        id=standing.loyalty_tier_id,
        name=standing.loyalty_tier.name,
        since=_midnight(standing.effective_date),
        until=_midnight(standing.tier_expiration_date),
    )


def _next_tier(
    standing: vendor.MemberTier, tiers: Sequence[vendor.Tier], wallets: Sequence[vendor.Wallet]
) -> NextTier | None:
    """The next step of the same ladder; what is missing is known where one currency counts toward it."""
    group, place = standing.loyalty_tier_group_id, standing.loyalty_tier.sequence_number
    higher = (
        tier
        for tier in tiers
        if tier.loyalty_tier_group_id == group
        and place is not None
        and tier.sequence_number is not None
        and tier.sequence_number > place
    )
    tier = min(higher, key=_rank, default=None)
    if tier is None:
        return None
    counting = [wallet for wallet in wallets if wallet.loyalty_program_currency.loyalty_tier_group_id == group]
    if len(counting) != 1 or tier.minimum_eligible_balance is None:
        return NextTier(name=tier.name)
    missing = max(tier.minimum_eligible_balance - counting[0].active, Decimal(0))
    return NextTier(name=tier.name, remaining=missing, metric="points")


def _rank(tier: vendor.Tier) -> Any:
    return tier.sequence_number


def _midnight(day: date | None) -> datetime | None:
    """Salesforce knows the day only."""
    return datetime.combine(day, time(), UTC) if day else None
