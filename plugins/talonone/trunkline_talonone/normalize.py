"""Talon.One's records into ours."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.loyalty import (
    LoyaltyAccount,
    MemberStatus,
    NextTier,
    PointsState,
    PointsTransaction,
    Program,
    Tier,
    Wallet,
)
from trunkline_contracts.fields import Choice, CustomField, field_name
from trunkline_contracts.http import CallContext
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.tools.loyalty import ChangePoints
from trunkline_contracts.values import ContactPoint, Status
from trunkline_talonone import TalonOneSettings, vendor

MAIN = "main_ledger"
"""Our id of the main ledger, which has none at Talon.One."""


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, call: CallContext, settings: TalonOneSettings) -> None:
        self._connection = call.connection
        self._fields = frozenset(field.key for field in call.custom_fields if field.kind == "customer")
        self._program = Program(id=str(settings.program))
        self._email, self._phone, self._name = settings.attributes

    def match(self, profile: vendor.Profile, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A customer as a search found it."""
        confidence = "probable" if matched_on == ("name",) else "exact"
        return CustomerMatch(**self._person(profile), matched_on=matched_on, confidence=confidence)

    def customer(self, profile: vendor.Profile) -> CustomerView:
        """A customer."""
        return CustomerView(**self._person(profile))

    def _person(self, profile: vendor.Profile) -> dict[str, object]:
        email, phone, name = (_text(profile, item) for item in (self._email, self._phone, self._name))
        points = (("email", email), ("phone", phone))
        attributes = (profile.attributes or {}).items()
        return {
            "id": Ref.of(self._connection, "customer", profile.integration_id),
            "display_name": name or email or profile.integration_id,
            "contact_points": tuple(
                ContactPoint(channel=channel, value=value, primary=True) for channel, value in points if value
            ),
            "external_ids": {"integration_id": profile.integration_id},
            "custom_fields": {key: value for key, value in attributes if key in self._fields and value is not None},
            "created_at": profile.created,
            "last_activity_at": profile.last_activity,
        }

    def account(self, customer: Ref, found: vendor.Balances) -> LoyaltyAccount:
        """What a customer has in the programme: a wallet for each ledger, and the main one's tier."""
        others = (found.subledger_balances or {}).items()
        return LoyaltyAccount(
            id=Ref.of(self._connection, "loyalty_account", customer.vendor_id),
            customer=customer,
            program=self._program,
            status=_status(found),
            wallets=(_wallet(MAIN, found.balance), *(_wallet(name, balance) for name, balance in others)),
            tier=_tier(found.balance.current_tier),
            next_tier=_next_tier(found.balance),
        )

    def transaction(self, account: Ref, item: vendor.Transaction) -> PointsTransaction:
        """An entry of a ledger."""
        automatic = bool(item.customer_session_id or item.ruleset_id)
        return PointsTransaction(
            id=Ref.of(self._connection, "points_transaction", f"{account.vendor_id}:{item.transaction_uuid}"),
            account=account,
            wallet=item.subledger_id or MAIN,
            kind=vendor.KINDS.get((item.type, automatic), "other"),
            points=-abs(item.amount) if item.type == "subtraction" else item.amount,
            state=self.state(item),
            activates_at=_moment(item.start_date),
            expires_at=_moment(item.expiry_date),
            reason=item.name,
            at=item.created,
        )

    def state(self, item: vendor.Transaction) -> PointsState:
        """Whether points can be spent by their dates; what was spent of them is not told."""
        if item.type == "subtraction":
            return "spent"
        now, start, end = datetime.now(UTC), item.start_date, item.expiry_date
        if isinstance(end, datetime) and end <= now:
            return "expired"
        if isinstance(start, datetime):
            return "pending" if start > now else "active"
        return _STATES.get(start or "", "unknown")

    def counter(self, account: Ref, item: vendor.Transaction, reason: str) -> PointsTransaction:
        """The opposite of an entry, which we made."""
        adds, amount = item.type == "subtraction", abs(item.amount)
        return PointsTransaction(
            account=account,
            wallet=item.subledger_id or MAIN,
            kind="adjust_add" if adds else "adjust_deduct",
            points=amount if adds else -amount,
            state="unknown" if adds else "spent",
            reason=reason,
            at=datetime.now(UTC),
        )

    def change(self, request: ChangePoints, points: int) -> PointsTransaction:
        """A change of points that we made, of which Talon.One tells nothing."""
        activates_at = getattr(request, "activates_at", None)
        granted: PointsState = "pending" if activates_at and activates_at > datetime.now(UTC) else "unknown"
        return PointsTransaction(
            account=request.account_id,
            wallet=request.wallet or MAIN,
            kind="adjust_add" if points > 0 else "adjust_deduct",
            points=Decimal(points),
            state=granted if points > 0 else "spent",
            activates_at=activates_at,
            expires_at=getattr(request, "expires_at", None),
            reason=request.reason,
            at=datetime.now(UTC),
        )


def _text(profile: vendor.Profile, attribute: str) -> str | None:
    """An attribute's value; a company may have given it any type."""
    value = (profile.attributes or {}).get(attribute)
    return value if isinstance(value, str) and value else None


def _wallet(name: str, balance: vendor.Balance) -> Wallet:
    return Wallet(
        id=name,
        unit="points",
        # A balance in which Talon.One names no active points has none that can be spent.
        active=balance.active_points or Decimal(0),
        pending=balance.pending_points,
        spent=balance.spent_points,
        expired=balance.expired_points,
        negative=balance.negative_points,
    )


def _status(found: vendor.Balances) -> Status[MemberStatus]:
    """Whether a customer takes part, which is not told: who has or had points, or holds a tier, does."""
    ledgers = (found.balance, *(found.subledger_balances or {}).values())
    counted = (
        (
            ledger.active_points,
            ledger.pending_points,
            ledger.spent_points,
            ledger.expired_points,
            ledger.negative_points,
        )
        for ledger in ledgers
    )
    takes_part = any(ledger.current_tier for ledger in ledgers) or any(any(points) for points in counted)
    return Status[MemberStatus](value="active" if takes_part else "not_enrolled", raw="", lossy=True)


def _tier(tier: vendor.Tier | None) -> Tier | None:
    return Tier(id=str(tier.id), name=tier.name, since=tier.start_date, until=tier.expiry_date) if tier else None


def _next_tier(balance: vendor.Balance) -> NextTier | None:
    if not balance.next_tier_name:
        return None
    return NextTier(name=balance.next_tier_name, remaining=balance.points_to_next_tier, metric="points")


_STATES: dict[str, PointsState] = {"immediate": "active", "on_action": "pending"}


def _moment(start: datetime | str | None) -> datetime | None:
    return start if isinstance(start, datetime) else None


def custom_fields(attributes: Sequence[vendor.Attribute]) -> list[CustomField]:
    """The attributes that our model can carry; only the Integration API writes them, and it takes another key."""
    fields: list[CustomField] = []
    for attribute in attributes:
        restricted = attribute.suggestions if attribute.restricted_by_suggestions else None
        kind = vendor.FIELD_TYPES.get(attribute.type)
        kind = "choice" if kind == "text" and restricted else kind
        if kind is None or (kind == "choices" and not restricted):
            continue
        choices = tuple(Choice(value=value) for value in restricted or ())
        name = field_name(attribute.title, [field.name for field in fields])
        fields.append(
            CustomField(
                kind="customer", key=attribute.name, name=name, label=attribute.title, type=kind,
                choices=choices if kind in {"choice", "choices"} else (), writable=False,
            )
        )  # fmt: skip
    return fields
