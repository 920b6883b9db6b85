"""The SOQL that we send about loyalty programs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simple_salesforce.format import format_soql

MOST = 200
_MEMBER = ("Id", "MembershipNumber", "MemberStatus", "EnrollmentDate", "ContactId", "ProgramId", "Program.Name")
_CURRENCY = tuple(
    f"LoyaltyProgramCurrency.{name}" for name in ("Name", "CurrencyType", "IsPrimary", "LoyaltyTierGroupId")
)
_WALLET = (
    *("Id", "LoyaltyProgramCurrencyId", "PointsBalance", "EscrowPointsBalance", "TotalPointsAccrued"),
    *("TotalPointsExpired", "TotalPointsRedeemed", *_CURRENCY),
)
_TIER = (
    *("Id", "Name", "SequenceNumber", "MinimumEligibleBalance", "LoyaltyTierGroupId"),
    *("LoyaltyTierGroup.Name", "LoyaltyTierGroup.IsPrimary"),
)
_MEMBER_TIER = (
    *("Id", "LoyaltyTierId", "LoyaltyTierGroupId", "EffectiveDate", "TierExpirationDate", "LoyaltyTier.Name"),
    *("LoyaltyTier.SequenceNumber", "LoyaltyTierGroup.Name", "LoyaltyTierGroup.IsPrimary"),
)
_LEDGER = (
    *("Id", "EventType", "Points", "ActivityDate", "ExpiryDate", "EscrowPointsCreditDate", "AdditionalNotes"),
    *("LoyaltyProgramMemberId", "TransactionJournalId", *_CURRENCY),
    *("TransactionJournal.ExternalTransactionNumber", "TransactionJournal.RelatedJournalId"),
    *("TransactionJournal.OrderId", "TransactionJournal.Status"),
)
_VOUCHER_DEFINITION = ("Id", "Name", "Type", "IsActive", "FaceValue", "EffectiveDate", "ExpirationDate")
_OF_JOURNAL = "TransactionJournalId IN (SELECT Id FROM TransactionJournal WHERE ExternalTransactionNumber = {number})"


def member(member_id: str) -> str:
    """Read one membership."""
    return _select(_MEMBER, "LoyaltyProgramMember", "Id = {id}", "Id", 1, id=member_id)


def members_of(contact_id: str) -> str:
    """List a contact's memberships; what was merged away lives on in another."""
    where = "ContactId = {contact} AND MemberStatus != 'Merged'"
    return _select(_MEMBER, "LoyaltyProgramMember", where, "Id", MOST, contact=contact_id)


def programs() -> str:
    """List the programs that run."""
    return _select(("Id", "Name", "IsPrimary"), "LoyaltyProgram", "Status = 'Active'", "Name", MOST)


def wallets(member_id: str) -> str:
    """List a member's balances."""
    return _select(_WALLET, "LoyaltyMemberCurrency", "LoyaltyMemberId = {id}", "Id", MOST, id=member_id)


def tiers_of_member(member_id: str) -> str:
    """List where a member stands."""
    return _select(_MEMBER_TIER, "LoyaltyMemberTier", "LoyaltyMemberId = {id}", "Id", MOST, id=member_id)


def tiers(program_id: str) -> str:
    """List a program's tiers, lowest first."""
    return _select(_TIER, "LoyaltyTier", "LoyaltyProgramId = {id}", "SequenceNumber, Id", MOST, id=program_id)


def processes(program_id: str) -> str:
    """List a program's processes that are switched on."""
    where = "LoyaltyProgramId = {id} AND Status = 'Active'"
    return _select(("Id", "Name", "ProcessType"), "LoyaltyProgramProcess", where, "Name", MOST, id=program_id)


def inputs(process_id: str) -> str:
    """List what a process takes."""
    where = "LoyaltyProgramProcessId = {id} AND IsInput = true"
    return _select(("Name",), "LoyaltyProgramProcessParameter", where, "Name", MOST, id=process_id)


def ledgers(member_id: str, since: datetime | None, place: tuple[datetime, str] | None) -> str:
    """List the changes of a member's points after a place in the list, newest first."""
    where = ["LoyaltyProgramMemberId = {id}"]
    if since:
        where.append("ActivityDate >= {since}")
    if place:
        where.append("(ActivityDate < {at} OR (ActivityDate = {at} AND Id < {last}))")
    at, last = place or (None, None)
    values = {"id": member_id, "since": since, "at": at, "last": last}
    return _select(_LEDGER, "LoyaltyLedger", " AND ".join(where), "ActivityDate DESC, Id DESC", MOST, **values)


def ledger(ledger_id: str) -> str:
    """Read one change."""
    return _select(_LEDGER, "LoyaltyLedger", "Id = {id}", "Id", 1, id=ledger_id)


def ledgers_of(number: str) -> str:
    """List the changes that came of a journal with our number."""
    return _select(_LEDGER, "LoyaltyLedger", _OF_JOURNAL, "Id", MOST, number=number)


def ledgers_of_journal(journal_id: str) -> str:
    """List the changes that came of a journal."""
    return _select(_LEDGER, "LoyaltyLedger", "TransactionJournalId = {id}", "Id", MOST, id=journal_id)


def vouchers_of(number: str) -> str:
    """List the vouchers that were issued for a journal with our number."""
    return _select(("Id", "Status", "VoucherCode", "ExpirationDate"), "Voucher", _OF_JOURNAL, "Id", 1, number=number)


def rewards(program_id: str, more: Iterable[str], after: str | None) -> str:
    """List what a program's members can get."""
    where = "LoyaltyProgramId = {id} AND IsActive = true" + (" AND Id > {after}" if after else "")
    return _select((*_VOUCHER_DEFINITION, *more), "VoucherDefinition", where, "Id", MOST, id=program_id, after=after)


def reward(program_id: str, reward_id: str, more: Iterable[str]) -> str:
    """Read one of the things that a program's members can get."""
    where = "Id = {reward} AND LoyaltyProgramId = {id}"
    return _select((*_VOUCHER_DEFINITION, *more), "VoucherDefinition", where, "Id", 1, id=program_id, reward=reward_id)


def _select(fields: Iterable[str], name: str, where: str, order: str, most: int, **values: Any) -> str:
    text = ("SELECT", ", ".join(fields), "FROM", name, "WHERE", where, "ORDER BY", order, "LIMIT {most}")
    return format_soql(" ".join(text), **values, most=most)
