"""What the loyalty records of our sandbox have: after Salesforce's guide to Loyalty Management, API version 67.0."""

POINTS_FIELD = "Points_Cost__c"
_SYSTEM = ("Id", "IsDeleted", "CreatedDate", "LastModifiedDate")
_MEMBER = ("ContactId", "ProgramId", "MembershipNumber", "MemberType", "MemberStatus", "EnrollmentDate")

LOYALTY_FIELDS: dict[str, tuple[str, ...]] = {
    "LoyaltyProgram": (*_SYSTEM, "Name", "Status", "IsPrimary"),
    "LoyaltyProgramMember": (*_SYSTEM, *_MEMBER),
    "LoyaltyProgramCurrency": (*_SYSTEM, "Name", "CurrencyType", "IsPrimary", "IsActive", "LoyaltyProgramId",
        "LoyaltyTierGroupId"),
    "LoyaltyMemberCurrency": (*_SYSTEM, "Name", "LoyaltyMemberId", "LoyaltyProgramCurrencyId", "PointsBalance",
        "EscrowPointsBalance", "TotalPointsAccrued", "TotalPointsExpired", "TotalPointsRedeemed"),
    "LoyaltyTierGroup": (*_SYSTEM, "Name", "IsPrimary", "IsActive", "LoyaltyProgramId"),
    "LoyaltyTier": (*_SYSTEM, "Name", "SequenceNumber", "MinimumEligibleBalance", "LoyaltyProgramId",
        "LoyaltyTierGroupId"),
    "LoyaltyMemberTier": (*_SYSTEM, "Name", "LoyaltyMemberId", "LoyaltyTierId", "LoyaltyTierGroupId", "EffectiveDate",
        "TierExpirationDate", "ReasonForChange"),
    "LoyaltyProgramProcess": (*_SYSTEM, "Name", "ProcessType", "Status", "LoyaltyProgramId"),
    "LoyaltyProgramProcessParameter": (*_SYSTEM, "Name", "IsInput", "IsOutput", "LoyaltyProgramProcessId"),
    "TransactionJournal": (*_SYSTEM, "ActivityDate", "ExternalTransactionNumber", "MemberId", "Status",
        "RelatedJournalId", "OrderId"),
    "LoyaltyLedger": (*_SYSTEM, "EventType", "Points", "ActivityDate", "ExpiryDate", "EscrowPointsCreditDate",
        "AdditionalNotes", "LoyaltyProgramMemberId", "LoyaltyProgramCurrencyId", "TransactionJournalId"),
    "VoucherDefinition": (*_SYSTEM, "Name", "Type", "IsActive", "EffectiveDate", "ExpirationDate", "FaceValue",
        "LoyaltyProgramId", POINTS_FIELD),
    "Voucher": (*_SYSTEM, "Status", "VoucherCode", "ExpirationDate", "LoyaltyProgramMemberId", "VoucherDefinitionId",
        "TransactionJournalId"),
}  # fmt: skip
LOYALTY_WRITABLE = {"LoyaltyProgramMember": frozenset(_MEMBER)}
LOYALTY_REQUIRED = {
    "LoyaltyProgramMember": ("MembershipNumber", "MemberType", "MemberStatus", "EnrollmentDate"),
}
# Those of members, journals and vouchers are Salesforce's; the others are made up.
LOYALTY_PREFIXES = {"LoyaltyProgram": "0lp", "LoyaltyProgramMember": "0lM", "LoyaltyProgramCurrency": "0lc",
    "LoyaltyMemberCurrency": "0lm", "LoyaltyTierGroup": "0lg", "LoyaltyTier": "0lt", "LoyaltyMemberTier": "0ls",
    "LoyaltyProgramProcess": "0lr", "LoyaltyProgramProcessParameter": "0lq", "TransactionJournal": "0lV",
    "LoyaltyLedger": "0lL", "VoucherDefinition": "0kd", "Voucher": "0kD"}  # fmt: skip
LOYALTY_LOOKUPS = {
    "Program": ("ProgramId", ("LoyaltyProgram",)),
    "LoyaltyProgramCurrency": ("LoyaltyProgramCurrencyId", ("LoyaltyProgramCurrency",)),
    "LoyaltyTier": ("LoyaltyTierId", ("LoyaltyTier",)),
    "LoyaltyTierGroup": ("LoyaltyTierGroupId", ("LoyaltyTierGroup",)),
    "TransactionJournal": ("TransactionJournalId", ("TransactionJournal",)),
}
