"""Salesforce's sandbox is strict: what Salesforce would refuse, it refuses, so that it can prove the plugin wrong."""

import pytest

from trunkline_contracts.sandbox import COMPANY
from trunkline_salesforce.sandbox import Org, record_id
from trunkline_salesforce.sandbox_soql import SoqlError


def ids(query: str) -> list[str]:
    return [row["Id"] for row in Org(COMPANY).query(query, include_deleted=False)]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT FROM Contact",
        "SELECT Id Contact",
        "SELECT * FROM Contact",
        "SELECT Id FROM Contact WHERE",
        "SELECT Id FROM Contact WHERE Name = 'a' AND Email = 'b' OR Phone = 'c'",
        "SELECT Id FROM Contact WHERE Name = 'it's'",
        'SELECT Id FROM Contact WHERE Name = "a"',
        "SELECT Id FROM Contact WHERE Name = a",
        "SELECT Id FROM Contact WHERE (Name = 'a'",
        "SELECT Id FROM Contact WHERE Name = 'a' LIMIT 'x'",
        "SELECT Id FROM Contact WHERE CreatedDate > 2026-01-01",
        "SELECT Id FROM Contact; DELETE",
        "SELECT Id FROM Task WHERE (Id IN (SELECT EmailMessageId FROM EmailMessageRelation) AND Subject = 'a')",
    ],
)
def test_a_query_that_cannot_be_read_is_malformed(query: str) -> None:
    with pytest.raises(SoqlError) as refused:
        ids(query)
    assert refused.value.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id FROM Person", "INVALID_TYPE"),
        ("SELECT Id, Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Id, IsPersonAccount FROM Contact", "INVALID_FIELD"),
        ("SELECT Id, MailingAddress FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Shop_Id__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Owner.Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Id, Account.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Boss.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description LIKE '%a%'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact ORDER BY MailingAddress", "INVALID_FIELD"),
    ],
)
def test_a_query_for_what_is_not_there_is_refused(query: str, code: str) -> None:
    with pytest.raises(SoqlError) as refused:
        ids(query)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("Name = 'ada okafor'", [1]),
        ("Name != 'Ada Okafor' AND Id <= '003Hp0000000002'", [2]),
        ("Name LIKE 'ad_ %'", [1]),
        ("Name LIKE 'ad\\_ %'", []),
        ("Name IN ('Ada Okafor','Bruno Keller')", [1, 2]),
        ("(Name = 'Ada Okafor' OR Phone = '+12025550102')", [1, 2]),
        ("IsDeleted = true", []),
        ("MobilePhone = null AND Name LIKE 'B%'", [2]),
        ("MobilePhone != 'x' AND Name LIKE 'B%'", [2]),
        ("CreatedDate > 2100-01-01T00:00:00+00:00", []),
    ],
)
def test_a_condition_means_what_it_means_at_salesforce(condition: str, numbers: list[int]) -> None:
    found = ids(f"SELECT Id FROM Contact WHERE {condition} ORDER BY Id")  # noqa: S608 - no database is asked
    assert found == [record_id("Contact", number) for number in numbers]


def test_an_order_has_several_parts() -> None:
    backwards = ids("SELECT Id FROM Contact ORDER BY IsDeleted ASC, Id DESC LIMIT 2")
    assert backwards == [record_id("Contact", 12), record_id("Contact", 11)]


def test_an_id_has_salesforces_three_last_signs() -> None:
    assert record_id("Contact", 1) == "003Hp0000000001IAA"
