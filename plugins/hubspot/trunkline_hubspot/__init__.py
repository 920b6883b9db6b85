"""HubSpot: contacts, their history, and Service Hub tickets (CRM API v3).

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.entities.crm import ActivityType
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_TICKET,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    REPLY_TO_TICKET,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)

ACTIVITY_TYPES: tuple[ActivityType, ...] = ("note", "call", "email", "meeting", "task")
# HubSpot says "a few moments"; others who build on it wait this long after a change.
SEARCH_LAG_S = 60
_KINDS = ("customer", "company", "ticket", "activity", "message", "agent")
_MARKED = "Our marker is the last line, because a property for it exists only where an administrator made one."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, search_lag_s=SEARCH_LAG_S,
        note="email and external_id are read from the database, phone, name and postal_code come from a search index; "
        "further keys are compared with what that key found. HubSpot compares telephone numbers without their country "
        "code, so one that only looks alike is `probable`. external_id needs `external_id_property` in the settings.",
        unverified="How HubSpot splits a number off its country code; whether a secondary e-mail address is found; "
        "that %40 for @ in a path is always understood (hubspot-api-nodejs #669 tells of a failure; not tried)."),
    Capability(GET_CUSTOMER, note="The company is the contact's primary one.",
        unverified="A contact that was merged away is expected to be given as the one it became, under that one's id."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.SET_VALUE,
        note="Names, email, phone, the given parts of the address, language, and custom properties by their internal "
        "name; HubSpot's own properties are refused there. Contacts have no tags: add_tags and remove_tags are "
        "refused. if_version is compared just before the change, not by HubSpot."),
    Capability(ADD_NOTE, write_class=WriteClass.MARKED, reversible=False,
        note=f"One note for up to ten contacts. {_MARKED}",
        unverified="That HubSpot makes no note at all where one of several contacts does not exist."),
    Capability(LIST_ACTIVITIES, support="emulated", only={"types": ACTIVITY_TYPES},
        note="Notes, calls, e-mails, meetings and tasks are looked up by their associations, read in batches and "
        "merged: up to 500 of each, else a warning. Tasks stand at their creation. Each kind needs its scope.",
        unverified="No recording has calls, e-mails or meetings, nor a batch read."),
    Capability(SEARCH_TICKETS, search_lag_s=SEARCH_LAG_S, without=frozenset(("team", "tags")),
        only={"status": ("open", "closed")},
        note="With requester, and without text, the database answers, for up to 500 tickets of theirs; all else is a "
        "search: 10,000 results at most, without the requester. assignee is an e-mail address or an agent's id."),
    Capability(GET_TICKET, support="partial", only={"include": ("messages",)},
        note="messages are the ticket's notes and logged e-mails; chats stay in HubSpot's inbox. A status is open or "
        "closed, and its label the stage of the pipeline."),
    Capability(CREATE_TICKET, write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("type", "team", "tags")), only={"first_message": ("from_customer", "internal")},
        note="The body becomes the ticket's description; nobody is mailed by it. It starts in the first open stage of "
        f"the pipeline of the settings. {_MARKED}",
        unverified="That an account has the priority URGENT; HubSpot refuses the ticket where it has not."),
    Capability(UPDATE_TICKET, support="partial", write_class=WriteClass.SET_VALUE,
        note="status is open or closed, where the pipeline has one such stage only; status_label names any stage of "
        "the ticket's pipeline. type, team and tags are refused. Workflows of the account may mail the customer. "
        "if_version is compared just before the change, not by HubSpot."),
    Capability(REPLY_TO_TICKET, support="partial", write_class=WriteClass.MARKED, reversible=False,
        only={"visibility": ("internal",)}, without=frozenset(("status_after",)),
        note=f"Internal notes on the ticket only: a public reply leaves through HubSpot's inbox. {_MARKED}"),
)  # fmt: skip


class HubspotSettings(Settings):
    """What an operator fills in; where an account differs from the defaults only its administrator knows."""

    external_id_property: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")] | None = Field(
        default=None, description="the contacts' unique property that holds your own id, such as shop_id"
    )
    ticket_pipeline: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,60}$")] = Field(
        default="0", description="the id of the pipeline that new tickets go to"
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
        vendor="hubspot",
        title="HubSpot",
        category=Category.CRM,
        settings=HubspotSettings,
        auth={"private_app": HeaderAuth(HubspotToken, {"Authorization": "Bearer {access_token}"})},
        hosts=("api.hubapi.com",),
        connector="trunkline_hubspot.connector:Hubspot",
        capabilities=CAPABILITIES,
        ids=dict.fromkeys(_KINDS, r"[0-9]{1,20}"),
        api_version="v3",
        docs="https://developers.hubspot.com/docs/api-reference",
        sandbox="trunkline_hubspot.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        notes=(
            "Written against HubSpot's OpenAPI files of 2026-08, v3 (associations v4); not the dated paths.",
            "Recorded are contacts, tickets, tasks and one note; no search of them, and no refusal of v3.",
            "Association types (202, 228, 16) and ticketState are in none of its files: partly unverified.",
        ),
    )
