"""The loyalty program of our imitation of an org as it starts."""

from datetime import timedelta
from typing import Any

from trunkline_contracts.sandbox import Person, Seed
from trunkline_salesforce.sandbox_fields import record_id
from trunkline_salesforce.sandbox_loyalty_fields import POINTS_FIELD
from trunkline_salesforce.sandbox_state import State

PROGRAM = "Roast Club"
SPENT, QUALIFYING = 1, 2
REDEEM_PROCESS, CURRENCY_INPUT, REASON_INPUT, REWARD_INPUT = "Redeem Reward", "CurrencyName", "Reason", "VoucherName"
_DAY = timedelta(days=1)
_THRESHOLDS = (0.0, 1000.0, 3000.0)
_CREDIT, _DEBIT = "CreditPointsToMembers", "DebitPointsFromMembers"
_COMMON = ("TransactionJournal", CURRENCY_INPUT, REASON_INPUT)
_PROCESSES = (
    ("Credit Points", _CREDIT, "Active", (*_COMMON, "PointsToCredit")),
    ("Debit Points", _DEBIT, "Active", (*_COMMON, "PointsToDebit")),
    (REDEEM_PROCESS, _DEBIT, "Active", ("TransactionJournal", "PointsToDebit", REWARD_INPUT)),
    ("Double Points", _CREDIT, "Draft", (*_COMMON, "PointsToCredit")),
)
# Grace is promised points that become active later; Ada spent some.
_ESCROWED = {"Grace": 100.0}
_REDEEMED = {"Ada": 50.0}


def seed_loyalty(org: State, seed: Seed) -> None:
    """A program with two currencies, its tiers, processes and vouchers, and the contacts who joined it."""
    org.put("LoyaltyProgram", 1, Name=PROGRAM, Status="Active", IsPrimary=True)
    group = org.put("LoyaltyTierGroup", 1, Name="Club Levels", IsPrimary=True, IsActive=True, **_of_program())
    org.put("LoyaltyProgramCurrency", SPENT, Name="Beans", CurrencyType="NonQualifying", IsPrimary=True, IsActive=True,
        **_of_program())  # fmt: skip
    org.put("LoyaltyProgramCurrency", QUALIFYING, Name="Level Points", CurrencyType="Qualifying", IsPrimary=False,
        IsActive=True, LoyaltyTierGroupId=group["Id"], **_of_program())  # fmt: skip
    for number, (tier, least) in enumerate(zip(seed.tiers, _THRESHOLDS, strict=False), 1):
        org.put("LoyaltyTier", number, Name=tier, SequenceNumber=number, MinimumEligibleBalance=least,
            LoyaltyTierGroupId=group["Id"], **_of_program())  # fmt: skip
    _seed_processes(org)
    for number, reward in enumerate(seed.rewards, 1):
        value = None if reward.value_minor is None else reward.value_minor / 100
        currency = {"CurrencyIsoCode": "EUR"} if org.multi_currency else {}
        org.put("VoucherDefinition", number, Name=reward.name, IsActive=True, FaceValue=value,
            **_of_program(), **currency,
            Type="FixedValue" if value else "ProductOrService", EffectiveDate=(org.now - 90 * _DAY).date(),
            **{POINTS_FIELD: float(reward.points)})  # fmt: skip
    for person in seed.known_to("loyalty"):
        if person.enrolled and record_id("Contact", person.number) in org.tables["Contact"]:
            _seed_member(org, person, seed.tiers)


def _of_program() -> dict[str, str]:
    return {"LoyaltyProgramId": record_id("LoyaltyProgram", 1)}


def _seed_processes(org: State) -> None:
    for number, (name, kind, status, inputs) in enumerate(_PROCESSES, 1):
        process = org.put("LoyaltyProgramProcess", number, Name=name, ProcessType=kind, Status=status, **_of_program())
        for index, one in enumerate(inputs):
            org.put("LoyaltyProgramProcessParameter", number * 10 + index, Name=one, IsInput=True, IsOutput=False,
                LoyaltyProgramProcessId=process["Id"])  # fmt: skip


def _seed_member(org: State, person: Person, tiers: tuple[str, ...]) -> None:
    """A member with what they earned and spent so far."""
    number, spent = person.number, _REDEEMED.get(person.given, 0.0)
    member = org.put("LoyaltyProgramMember", number, ContactId=record_id("Contact", number), MemberStatus="Active",
        ProgramId=record_id("LoyaltyProgram", 1), MembershipNumber=f"RC-{number:04d}", MemberType="Individual",
        EnrollmentDate=(org.now - 100 * _DAY).date())  # fmt: skip
    start_member(org, member["Id"], number, tiers.index(person.tier) + 1)
    # Qualifying points were reset when the period ended, and the tier that they gave stayed.
    _seed_balance(org, member["Id"], number * 10 + SPENT, person.points + spent, spent)
    if escrowed := _ESCROWED.get(person.given):
        waits = org.tables["LoyaltyMemberCurrency"][record_id("LoyaltyMemberCurrency", number * 10 + SPENT)]
        waits["EscrowPointsBalance"] = escrowed
        _seed_change(org, member["Id"], number * 10 + 6, "Credit", escrowed, days=1,
            EscrowPointsCreditDate=(org.now + 10 * _DAY).date())  # fmt: skip


def start_member(org: State, member_id: str, number: int, tier: int) -> None:
    """The balances and the standing that every member has."""
    for currency in (SPENT, QUALIFYING):
        org.put("LoyaltyMemberCurrency", number * 10 + currency, LoyaltyMemberId=member_id, PointsBalance=0.0,
            LoyaltyProgramCurrencyId=record_id("LoyaltyProgramCurrency", currency), EscrowPointsBalance=0.0,
            TotalPointsAccrued=0.0, TotalPointsExpired=0.0, TotalPointsRedeemed=0.0)  # fmt: skip
    org.put("LoyaltyMemberTier", number, LoyaltyMemberId=member_id, LoyaltyTierId=record_id("LoyaltyTier", tier),
        LoyaltyTierGroupId=record_id("LoyaltyTierGroup", 1), EffectiveDate=(org.now - 50 * _DAY).date())  # fmt: skip


def _seed_balance(org: State, member_id: str, number: int, earned: float, lost: float) -> None:
    wallet = org.tables["LoyaltyMemberCurrency"][record_id("LoyaltyMemberCurrency", number)]
    wallet.update(PointsBalance=float(earned - lost), TotalPointsAccrued=float(earned), TotalPointsRedeemed=lost)
    if earned:
        _seed_change(org, member_id, number, "Credit", float(earned), days=20)
    if lost:
        _seed_change(org, member_id, number + 5, "Debit", lost, days=5)


def _seed_change(org: State, member_id: str, number: int, kind: str, points: float, *, days: int, **more: Any) -> None:
    at = org.now - days * _DAY
    journal = org.put("TransactionJournal", number, ActivityDate=at, MemberId=member_id, Status="Processed",
        ExternalTransactionNumber=f"SHOP-{number}")  # fmt: skip
    org.put("LoyaltyLedger", number, EventType=kind, Points=points, ActivityDate=at, LoyaltyProgramMemberId=member_id,
        LoyaltyProgramCurrencyId=record_id("LoyaltyProgramCurrency", SPENT), TransactionJournalId=journal["Id"],
        **more)  # fmt: skip
