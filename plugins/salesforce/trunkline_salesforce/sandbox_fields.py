"""What the records of our sandbox have, and what can be written, after Salesforce's descriptions of its objects."""

from trunkline_salesforce.sandbox_loyalty_fields import (
    LOYALTY_FIELDS,
    LOYALTY_PREFIXES,
    LOYALTY_REQUIRED,
    LOYALTY_WRITABLE,
)

EXTERNAL_ID = "Shop_Id__c"
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_SYSTEM = ("Id", "IsDeleted", "CreatedById", "CreatedDate", "LastModifiedDate")
_RECORD = ("Id", "IsDeleted", "MasterRecordId", "CreatedDate", "LastModifiedDate", "LastActivityDate")
_PERSON = ("FirstName", "LastName", "Email", "Phone", "MobilePhone", "OwnerId", "HasOptedOutOfEmail", "DoNotCall")
_ACTIVITY = ("Id", "Subject", "Description", "WhoId", "CreatedById", "CreatedDate", "IsDeleted")
_EMAIL = ("Id", "Subject", "TextBody", "FromName", "FromAddress", "Incoming", "MessageDate", "Status", "IsDeleted",
    "ParentId")  # fmt: skip
_STATUS = ("Id", "MasterLabel", "ApiName", "IsClosed", "IsDefault", "SortOrder", "IsDeleted")
_CONTACT_FIELDS = ("Vip__c", "Cups_a_day__c", "Favourite_roast__c")
_CASE_FIELDS = ("Order_number__c", "Product__c")
_CASE = ("ContactId", "ParentId", "Type", "Status", "Origin", "Subject", "Priority", "Description", "IsEscalated",
    "OwnerId", *_CASE_FIELDS)  # fmt: skip
_TASK = ("WhoId", "WhatId", "Subject", "Description", "Status", "Priority", "ActivityDate", "CallType", "OwnerId")
_DEAL = ("Name", "AccountId", "Amount", "StageName", "CloseDate", "Description", "OwnerId", "Probability",
    "CurrencyIsoCode", "Machines__c")  # fmt: skip
_ROLE = ("OpportunityId", "ContactId", "Role", "IsPrimary")


def _places(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + part for part in ADDRESS)


FIELDS: dict[str, tuple[str, ...]] = {
    "Contact": (*_RECORD, "Name", *_PERSON, "HomePhone", "OtherPhone", "AccountId", EXTERNAL_ID, "Description",
        "EmailBouncedDate", "EmailBouncedReason", *_CONTACT_FIELDS, *_places("Mailing"), "MailingAddress"),
    "Lead": (*_RECORD, "Name", *_PERSON, "Company", "Status", "IsConverted", "ConvertedContactId", "Vip__c",
        "EmailBouncedDate", "EmailBouncedReason", *_places(""), "Address"),
    "Account": (*_RECORD, "Name", "Website", "Industry", "NumberOfEmployees", "ParentId", "Phone", "OwnerId",
        *_places("Billing"), "BillingAddress"),
    "User": ("Id", "Name", "Email", "Username", "IsActive", "UserType", "IsDeleted"),
    "Group": ("Id", "Name", "DeveloperName", "Type", "IsDeleted"),
    "Task": (*_ACTIVITY, "WhatId", "OwnerId", "Status", "IsClosed", "Priority", "TaskSubtype", "CallType",
        "ActivityDate", "CompletedDateTime", "LastModifiedDate"),
    "Event": (*_ACTIVITY, "StartDateTime"),
    "EmailMessage": _EMAIL,
    "EmailMessageRelation": ("Id", "EmailMessageId", "RelationId", "IsDeleted"),
    "Case": (*_SYSTEM, *_CASE, "CaseNumber", "AccountId", "IsClosed", "ClosedDate", "MasterRecordId"),
    "CaseComment": (*_SYSTEM, "ParentId", "CommentBody", "IsPublished"),
    "CaseStatus": _STATUS,
    "TaskStatus": _STATUS,
    "OpportunityStage": (*_STATUS[:3], "IsActive", "IsClosed", "IsWon", "DefaultProbability", "SortOrder", "IsDeleted"),
    "Opportunity": (*_SYSTEM, *(name for name in _DEAL if name != "CurrencyIsoCode"), "IsClosed", "IsWon"),
    "OpportunityContactRole": (*_SYSTEM, *_ROLE),
    "Order": (*_SYSTEM, "OrderNumber", "AccountId", "BillToContactId", "ShipToContactId", "Status", "StatusCode",
        "TotalAmount", "EffectiveDate", *_places("Shipping"), "ShippingAddress"),
    "OrderItem": (*_SYSTEM, "OrderId", "Product2Id", "Quantity", "UnitPrice", "TotalPrice", "Description"),
    "Product2": ("Id", "Name", "ProductCode", "IsDeleted"),
    "Knowledge__kav": (*_SYSTEM, "KnowledgeArticleId", "Title", "Summary", "UrlName", "Language", "PublishStatus",
        "LastPublishedDate", "IsVisibleInPkb", "IsVisibleInCsp", "Answer__c"),
    **LOYALTY_FIELDS,
}  # fmt: skip
WRITABLE: dict[str, frozenset[str]] = {
    "Contact": frozenset((*_PERSON, "HomePhone", "OtherPhone", "AccountId", "Description", *_places("Mailing"),
        EXTERNAL_ID, *_CONTACT_FIELDS)),
    "Lead": frozenset((*_PERSON, "Company", "Status", *_places(""), "Vip__c")),
    "Account": frozenset(("FirstName", "LastName", "PersonEmail", "Phone", "PersonHasOptedOutOfEmail",
        *_places("PersonMailing"), "Vip__pc", "Cups_a_day__pc")),
    "Task": frozenset(_TASK),
    # "Internal Comments": what is written there becomes a comment.
    "Case": frozenset((*_CASE, "Comments")),
    "CaseComment": frozenset(("ParentId", "CommentBody", "IsPublished")),
    "Opportunity": frozenset(_DEAL),
    "OpportunityContactRole": frozenset(_ROLE),
    **LOYALTY_WRITABLE,
}  # fmt: skip
REQUIRED: dict[str, tuple[str, ...]] = {
    "Contact": ("LastName",),
    "Lead": ("LastName",),
    "CaseComment": ("ParentId",),
    "Opportunity": ("Name", "StageName", "CloseDate"),
    "OpportunityContactRole": ("OpportunityId", "ContactId"),
    **LOYALTY_REQUIRED,
}
LONGEST = {"Comments": 4_000, "CommentBody": 4_000, "Subject": 255, "LastName": 80, "FirstName": 40}
COMPOUND = {"MailingAddress": "Mailing", "Address": "", "BillingAddress": "Billing", "ShippingAddress": "Shipping"}
PREFIXES = {"Account": "001", "Contact": "003", "Lead": "00Q", "User": "005", "Group": "00G", "Task": "00T",
    "Event": "00U", "EmailMessage": "02s", "EmailMessageRelation": "0CZ", "Case": "500", "CaseComment": "00a",
    "CaseStatus": "0K1", "TaskStatus": "0K2", "OpportunityStage": "01J", "Opportunity": "006",
    "OpportunityContactRole": "00K", "Order": "801", "OrderItem": "802", "Product2": "01t",
    "Knowledge__kav": "ka0", **LOYALTY_PREFIXES}  # fmt: skip


def with_check_digits(short: str) -> str:
    """An id of 18 signs: the last three say which of the others are capital letters."""
    groups = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_DIGITS[sum(1 << i for i, sign in enumerate(group) if sign.isupper())] for group in groups)


def record_id(name: str, number: int) -> str:
    """The id of a record of the sandbox."""
    return with_check_digits(f"{PREFIXES[name]}Hp0000{number:06d}")


# What a description says of custom fields, and of the picklists that a tool looks into.
CUSTOM = {
    EXTERNAL_ID: ("Shop Id", "string", ()),
    "Vip__c": ("VIP", "boolean", ()),
    "Cups_a_day__c": ("Cups a day", "double", ()),
    "Favourite_roast__c": ("Favourite roast", "picklist", ("Light", "Dark")),
    "Order_number__c": ("Order number", "string", ()),
    "Product__c": ("Product", "picklist", ("Beans", "Grinder")),
    "Machines__c": ("Machines", "double", ()),
}
PICKLISTS = {
    "Priority": ("High", "Medium", "Low"),
    "Type": ("Question", "Problem", "Other"),
    "Origin": ("Phone", "Email", "Web"),
}
