"""Salesforce: contacts, leads and their history (REST API v67.0, through simple-salesforce).

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
"""

import re
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.entities.crm import ActivityType
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.tools import ADD_NOTE, FIND_CUSTOMERS, GET_CUSTOMER, LIST_ACTIVITIES, UPDATE_CUSTOMER

ACTIVITY_TYPES: tuple[ActivityType, ...] = ("note", "call", "email", "meeting", "task")

CAPABILITIES = (
    Capability(FIND_CUSTOMERS,
        note="Contacts first, then leads that are not converted. Keys are compared without regard to case, a telephone "
        "number in the usual spellings of its country code; external_id needs `external_id_field` in the settings.",
        unverified="Whether an org stores telephone numbers in yet another spelling."),
    Capability(GET_CUSTOMER,
        note="A merged contact or lead is given with `merged_into`, a converted lead with its contact there."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.SET_VALUE,
        note="Names, email, phone, the given parts of the address, custom fields by API name (X__c). Salesforce has no "
        "tags and no standard language of a person: add_tags, remove_tags and language are refused. if_version is best "
        "effort: to the second, and only against changes that touch the record itself.",
        unverified="If-Unmodified-Since and person accounts follow Salesforce's documentation; no recording has them."),
    Capability(ADD_NOTE, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        note="A completed task with the subject Note, our marker on the last line of its comments, and one customer: a "
        "real note would take two calls, of which the second may fail."),
    Capability(LIST_ACTIVITIES, support="emulated", only={"types": ACTIVITY_TYPES},
        note="Tasks by their creation, events by their start and e-mails by their date, merged; a task that only "
        "copies an e-mail is left out. Of an activity with several people only the first person's history has it.",
        unverified="The query over EmailMessageRelation: no recording shows it."),
)  # fmt: skip

# Orgs that are not for production have a second label:
# https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_mydomainsettings.htm
_MY_DOMAIN = r"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?(\.(sandbox|develop|scratch|demo|patch|stage|free|trailblaze))?$"


class SalesforceSettings(Settings):
    """What an operator fills in; where an org differs from the defaults only its administrator knows."""

    my_domain: Annotated[str, StringConstraints(pattern=_MY_DOMAIN)] = Field(
        description="the name before .my.salesforce.com, such as acme or acme--uat.sandbox"
    )
    api_version: Annotated[str, StringConstraints(pattern=r"^v[0-9]{2}\.0$")] = "v67.0"
    external_id_field: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,60}__c$")] | None = Field(
        default=None, description="the contacts' field that holds your own id, such as Shop_Id__c"
    )
    person_accounts: bool = Field(default=False, description="the org uses person accounts")
    country_codes: bool = Field(default=False, description="the org uses state and country picklists")
    email_messages: bool = Field(default=True, description="the org has Enhanced Email")
    completed_status: Line = Field(default="Completed", description="the status of a task that is done")


class SalesforceToken(Credentials):
    """An OAuth access token of a user with the right to use the API."""

    access_token: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read `Sforce-Limit-Info: api-usage=18/5000`: calls of the last 24 hours, which run out one by one."""
    usage = re.match(r"api-usage=(\d+)/(\d+)", response.headers.get("sforce-limit-info", ""))
    return RateState(remaining=max(int(usage[2]) - int(usage[1]), 0) if usage else None)


def _throttled(response: HttpResponse) -> bool:
    """Recognise the limit that Salesforce refuses with a 403."""
    return response.status == 403 and b"REQUEST_LIMIT_EXCEEDED" in response.body  # noqa: PLR2004


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    rest = r"[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
    return Manifest(
        vendor="salesforce",
        title="Salesforce",
        category=Category.CRM,
        settings=SalesforceSettings,
        auth={"oauth": HeaderAuth(SalesforceToken, {"Authorization": "Bearer {access_token}"})},
        hosts=("{my_domain}.my.salesforce.com",),
        connector="trunkline_salesforce.connector:Salesforce",
        capabilities=CAPABILITIES,
        ids={
            "customer": f"(?:003|00Q){rest}",
            "company": f"001{rest}",
            "activity": f"(?:00T|00U|02s){rest}",
            "agent": f"(?:005|00G){rest}",
        },
        api_version="v67.0",
        docs="https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/",
        sandbox="trunkline_salesforce.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        throttled=_throttled,
        native="trunkline_salesforce.client:sdk",
        extra="salesforce",
        notes=(
            "Salesforce publishes no API file; fields were checked against recorded descriptions of the objects.",
            "A field that is hidden from the token's user makes Salesforce refuse the whole query (INVALID_FIELD).",
            "Triggers, flows and duplicate rules are the org's own: what they do to a write cannot be known here.",
        ),
    )
