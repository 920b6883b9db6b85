"""Loyalty programs: who is a member, and what happened with their points.

https://developer.salesforce.com/docs/atlas.en-us.loyalty.meta/loyalty/
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, NotFoundError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, ReadResult
from trunkline_contracts.tools import GET_LOYALTY_ACCOUNT, LIST_POINTS_TRANSACTIONS
from trunkline_contracts.tools.loyalty import GetLoyaltyAccount, ListPointsTransactions
from trunkline_contracts.values import Page
from trunkline_salesforce import loyalty_soql as soql
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.account import Account
from trunkline_salesforce.client import M, needs
from trunkline_salesforce.normalize_loyalty import NormalizeLoyalty, kind_of


class Loyalty(Account):
    """What the tools about loyalty share, and those that read."""

    @cached_property
    def _of(self) -> NormalizeLoyalty:
        settings = self._settings
        return NormalizeLoyalty(self._call.connection, settings.loyalty_points_field, settings.currency)

    async def _rows(self, query: str, gives: type[M]) -> list[M]:
        with needs("Loyalty Management"):
            return await self._client.query(query, gives)

    @implements(GET_LOYALTY_ACCOUNT)
    async def get_loyalty_account(self, request: GetLoyaltyAccount) -> ReadResult[LoyaltyAccount]:
        """Read a contact's membership, its balances and its tier."""
        found = await self._members_of(request.customer_id, request.program)
        if not found:
            raise NotFoundError("This customer is not a member of the loyalty program.")
        if len(found) > 1:
            raise AmbiguousError(
                "This customer is a member of several programs: name one.",
                candidates=[Candidate(id=self._of.account_ref(one.id), label=one.program.name) for one in found],
            )
        return ReadResult(data=await self._account(found[0]))

    async def _members_of(self, customer: Ref, program: str | None) -> list[vendor.Member]:
        """A contact's memberships, in the program that is asked for or set, where one is."""
        found = await self._rows(soql.members_of(customer.vendor_id), vendor.Member)
        wanted = program or self._settings.loyalty_program
        return [one for one in found if wanted is None or is_named(wanted, one.program.name, one.program_id)]

    async def _member(self, account: Ref) -> vendor.Member:
        """One membership; raises NotFoundError where there is none."""
        found = await self._rows(soql.member(account.vendor_id), vendor.Member)
        if not found:
            raise NotFoundError("Salesforce has no such loyalty program member: check the id.")
        return found[0]

    async def _wallets(self, member: vendor.Member) -> list[vendor.Wallet]:
        """A member's balances, those that can be spent first."""
        found = await self._rows(soql.wallets(member.id), vendor.Wallet)
        return sorted(found, key=lambda wallet: wallet.loyalty_program_currency.is_qualifying)

    async def _account(self, member: vendor.Member) -> LoyaltyAccount:
        wallets = await self._wallets(member)
        standing = _main(await self._rows(soql.tiers_of_member(member.id), vendor.MemberTier))
        tiers = await self._tiers(member) if standing else []
        return self._of.account(member, wallets, standing, tiers)

    async def _tiers(self, member: vendor.Member) -> list[vendor.Tier]:
        return await self._rows(soql.tiers(member.program_id), vendor.Tier)

    @implements(LIST_POINTS_TRANSACTIONS)
    async def list_points_transactions(self, request: ListPointsTransactions) -> ReadResult[Page[PointsTransaction]]:
        """List a member's ledger; its kinds are ours, so they are picked here."""
        place = _place(request.cursor) if request.cursor else None
        rows = await self._rows(soql.ledgers(request.account_id.vendor_id, request.since, place), vendor.Ledger)
        if not rows and place is None:
            await self._member(request.account_id)
        wanted = [row for row in rows if request.kinds is None or kind_of(row) in request.kinds]
        items = tuple(self._of.transaction(row) for row in wanted[: request.limit])
        return ReadResult(data=Page(items=items, next_cursor=_cursor(rows, wanted, request.limit)))


def is_named(wanted: str, name: str, record_id: str | None) -> bool:
    """Whether a caller's word names a record, by its name or by its id."""
    return wanted.casefold() == name.casefold() or wanted == record_id


def _main(standings: Sequence[vendor.MemberTier]) -> vendor.MemberTier | None:
    """The standing on the primary ladder, else on any, the latest first."""
    return max(
        standings,
        key=lambda one: (one.loyalty_tier_group.is_primary, str(one.effective_date or ""), one.id),
        default=None,
    )


def _cursor(rows: Sequence[vendor.Ledger], wanted: Sequence[vendor.Ledger], limit: int) -> str | None:
    """Where to go on: after the last that was given, or after all that were read, if there may be more."""
    if len(wanted) > limit:
        last = wanted[limit - 1]
    elif len(rows) == soql.MOST:
        last = rows[-1]
    else:
        return None
    return f"{last.activity_date.isoformat()}|{last.id}" if last.activity_date else None


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, record_id = cursor.partition("|")
    try:
        return datetime.fromisoformat(at), record_id
    except ValueError:
        raise InvalidArgumentError("Not a cursor of this list: pass it exactly as a tool returned it.") from None
