"""HubSpot: contacts and their history, deals, Service Hub tickets and the inbox (CRM API v3).

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.tools.arguments import Email
from trunkline_hubspot.sheet import CAPABILITIES

_KINDS = ("customer", "company", "ticket", "activity", "task", "deal", "agent", "conversation", "article")
_ID = r"[0-9]{1,20}"
# A note's id is a number, a message's in the inbox is not.
_MESSAGE_ID = r"[0-9A-Za-z\-]{1,64}"
_PIPELINE_ID = r"^[A-Za-z0-9_\-]{1,60}$"


class HubspotSettings(Settings):
    """What an operator fills in; where an account differs from the defaults only its administrator knows."""

    external_id_property: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")] | None = Field(
        default=None, description="the contacts' unique property that holds your own id, such as shop_id"
    )
    ticket_pipeline: Annotated[str, StringConstraints(pattern=_PIPELINE_ID)] = Field(
        default="0", description="the id of the pipeline that new tickets go to"
    )
    deal_pipeline: Annotated[str, StringConstraints(pattern=_PIPELINE_ID)] = Field(
        default="default", description="the id of the pipeline that new deals go to"
    )
    sender_user_id: Annotated[str, StringConstraints(pattern=f"^{_ID}$")] | None = Field(
        default=None, description="the id of the user in whose name customers are answered"
    )
    escalation_owner: Email | None = Field(
        default=None, description="the e-mail address of the owner who gets what is handed over"
    )
    marketing_subscription_id: int | None = Field(
        default=None, description="the id of the subscription that consent to marketing is about"
    )


class HubspotToken(Credentials):
    """The access token of a private app, with the scopes of what the tools work on."""

    access_token: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read the headers of https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines."""
    remaining = response.headers.get("x-hubspot-ratelimit-remaining", "")
    interval = response.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    return RateState(
        remaining=int(remaining) if remaining.isdecimal() else None,
        reset_s=int(interval) / 1000 if interval.isdecimal() else None,
    )


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        contract_version=1,
        vendor="hubspot",
        title="HubSpot",
        category=Category.CRM,
        settings=HubspotSettings,
        auth={"private_app": HeaderAuth(HubspotToken, {"Authorization": "Bearer {access_token}"})},
        hosts=("api.hubapi.com",),
        connector="trunkline_hubspot.connector:Hubspot",
        capabilities=CAPABILITIES,
        ids={**dict.fromkeys(_KINDS, _ID), "message": _MESSAGE_ID},
        api_version="v3",
        cassette_fields="trunkline_hubspot:cassette_fields.txt",
        docs="https://developers.hubspot.com/docs/api-reference",
        sandbox="trunkline_hubspot.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        custom_fields=("customer", "ticket", "deal"),
        notes=(
            "Written against HubSpot's OpenAPI files of 2026-08, v3 (associations and subscriptions v4).",
            "Recorded are contacts, tickets, deals, tasks, one note, pipelines and properties; no refusal of v3.",
            "ticketState and the inbox's channel ids are in no file; association types are those of its own SDK.",
            "Not here: ratings of tickets (feedback submissions): neither file nor recording tells their values.",
        ),
    )
