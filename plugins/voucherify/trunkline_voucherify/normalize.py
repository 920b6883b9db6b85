"""Voucherify's records into ours."""

from datetime import UTC, datetime
from decimal import Decimal

from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.loyalty import (
    ExpiringPoints,
    LoyaltyAccount,
    MemberStatus,
    PointsTransaction,
    Program,
    Tier,
    Wallet,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.tools.loyalty import ChangePoints
from trunkline_contracts.values import Address, ContactPoint, Status
from trunkline_voucherify import vendor

WALLET = "points"


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    def account_ref(self, code: str) -> Ref:
        """A card's reference."""
        return Ref.of(self._connection, "loyalty_account", code)

    def customer_ref(self, customer_id: str) -> Ref:
        """A customer's reference."""
        return Ref.of(self._connection, "customer", customer_id)

    def match(self, customer: vendor.Customer, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A customer as a search found it."""
        confidence = "probable" if matched_on == ("name",) else "exact"
        return CustomerMatch(**self._person(customer), matched_on=matched_on, confidence=confidence)

    def customer(self, customer: vendor.Customer) -> CustomerView:
        """A customer."""
        return CustomerView(**self._person(customer))

    def _person(self, customer: vendor.Customer) -> dict[str, object]:
        points = (("email", customer.email), ("phone", customer.phone))
        return {
            "id": self.customer_ref(customer.id),
            "display_name": customer.name or customer.email or customer.id,
            "contact_points": tuple(
                ContactPoint(channel=channel, value=value, primary=True) for channel, value in points if value
            ),
            "addresses": (self._address(customer.address),) if customer.address else (),
            "external_ids": {"source_id": customer.source_id} if customer.source_id else {},
            "created_at": customer.created_at,
            "updated_at": customer.updated_at,
        }

    def _address(self, address: vendor.Address) -> Address:
        return Address(
            line1=address.line_1,
            line2=address.line_2,
            city=address.city,
            region=address.state,
            postal_code=address.postal_code,
            country=address.country,
        )

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
        return PointsTransaction(
            id=Ref.of(self._connection, "points_transaction", item.id),
            account=account,
            wallet=WALLET,
            kind=vendor.KINDS.get(item.type, "other"),
            points=Decimal(balance.points or 0),
            state="expired" if item.type == "POINTS_EXPIRATION" else "active",
            balance_after=_decimal(balance.balance),
            reason=item.reason,
            order=Ref.of(self._connection, "order", order) if order else None,
            at=item.created_at,
        )

    def change(self, request: ChangePoints, points: int, answer: vendor.Balance) -> PointsTransaction:
        """A change of points that we made: Voucherify answers the balance, not the transaction's id."""
        return PointsTransaction(
            account=request.account_id,
            wallet=WALLET,
            kind="adjust_add" if points > 0 else "adjust_deduct",
            points=Decimal(points),
            state="active",
            expires_at=getattr(request, "expires_at", None),
            balance_after=Decimal(answer.balance),
            reason=request.reason,
            at=datetime.now(UTC),
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


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
