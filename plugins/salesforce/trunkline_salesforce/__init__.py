"""Salesforce: contacts, leads and their history (REST API v67.0, through simple-salesforce).

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
"""

import re
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.values import Currency
from trunkline_salesforce.sheet import CAPABILITIES

# Orgs that are not for production have a second label:
# https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_mydomainsettings.htm
_MY_DOMAIN = r"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?(\.(sandbox|develop|scratch|demo|patch|stage|free|trailblaze))?$"


CUSTOM_FIELD = r"^[A-Za-z][A-Za-z0-9_]{0,60}__c$"


class SalesforceSettings(Settings):
    """What an operator fills in; where an org differs from the defaults only its administrator knows."""

    my_domain: Annotated[str, StringConstraints(pattern=_MY_DOMAIN)] = Field(
        description="the name before .my.salesforce.com, such as acme or acme--uat.sandbox"
    )
    api_version: Annotated[str, StringConstraints(pattern=r"^v[0-9]{2}\.0$")] = "v67.0"
    external_id_field: Annotated[str, StringConstraints(pattern=CUSTOM_FIELD)] | None = Field(
        default=None, description="the contacts' field that holds your own id, such as Shop_Id__c"
    )
    person_accounts: bool = Field(default=False, description="the org uses person accounts")
    country_codes: bool = Field(default=False, description="the org uses state and country picklists")
    email_messages: bool = Field(default=True, description="the org has Enhanced Email")
    completed_status: Line = Field(default="Completed", description="the status of a task that is done")
    currency: Currency | None = Field(default=None, description="the org's currency, such as EUR: amounts need it")
    multi_currency: bool = Field(default=False, description="the org has several currencies")
    knowledge_language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] = Field(
        default="en_US", description="the language of articles where a call names none"
    )
    article_field: Annotated[str, StringConstraints(pattern=CUSTOM_FIELD)] | None = Field(
        default=None, description="the articles' field that holds the text, such as Answer__c"
    )
    loyalty_program: Line | None = Field(default=None, description="the loyalty program, where there are several")
    loyalty_currency: Line | None = Field(
        default=None, description="the program currency that is spent, where there are several and none is primary"
    )
    loyalty_credit_process: Line | None = Field(
        default=None, description="the program process that credits points, where there are several"
    )
    loyalty_debit_process: Line | None = Field(
        default=None, description="the program process that debits points, where there are several"
    )
    loyalty_redeem_process: Line | None = Field(
        default=None, description="the program process that debits points and issues a voucher for them"
    )
    loyalty_currency_parameter: Line | None = Field(
        default=None, description="the input of the processes that takes the name of a program currency"
    )
    loyalty_reason_parameter: Line | None = Field(
        default=None, description="the input of the processes that takes a reason"
    )
    loyalty_reward_parameter: Line = Field(
        default="VoucherDefinitionName", description="the input of the redeeming process that takes a voucher's name"
    )
    loyalty_points_field: Annotated[str, StringConstraints(pattern=CUSTOM_FIELD)] | None = Field(
        default=None, description="the voucher definitions' field that holds the cost in points, such as Points__c"
    )


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
        contract_version=1,
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
            "agent": f"005{rest}",
            "team": f"00G{rest}",
            "task": f"00T{rest}",
            "deal": f"006{rest}",
            "ticket": f"500{rest}",
            "conversation": f"500{rest}",
            "message": f"(?:00a|02s){rest}",
            "article": r"kA[A-Za-z0-9]{13}(?:[A-Za-z0-9]{3})?",
            "order": f"801{rest}",
            "loyalty_account": f"0lM{rest}",
            # Salesforce publishes no prefix for changes of points and for voucher definitions.
            "points_transaction": f"[A-Za-z0-9]{{3}}{rest}",
            "reward": f"[A-Za-z0-9]{{3}}{rest}",
            "redemption": f"0kD{rest}",
        },
        api_version="v67.0",
        cassette_fields="trunkline_salesforce:cassette_fields.txt",
        custom_fields=("customer", "ticket", "deal"),
        docs="https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/",
        sandbox="trunkline_salesforce.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        throttled=_throttled,
        native="trunkline_salesforce.client:sdk",
        extra="salesforce",
        notes=(
            "Salesforce publishes no API file; fields were checked against recorded descriptions of the objects.",
            "A field that is hidden from the token's user makes Salesforce refuse the whole query (INVALID_FIELD).",
            "Loyalty Management follows Salesforce's guide and its objects' published fields; no recording has it.",
            "Triggers, flows and duplicate rules are the org's own: what they do to a write cannot be known here.",
        ),
    )
