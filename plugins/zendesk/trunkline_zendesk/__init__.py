"""Zendesk Support and Guide: tickets, their requesters, and the help centre (API v2).

https://developer.zendesk.com/api-reference/
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import BasicAuth, Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    GET_ARTICLE,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_CONVERSATIONS,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)

# "It can take up to a few minutes for new tickets, users, and other resources to be indexed for search."
SEARCH_LAG_S = 300
_KINDS = ("customer", "ticket", "conversation", "message", "agent", "team", "company", "article")

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("postal_code",)), search_lag_s=SEARCH_LAG_S,
        note="external_id is read from the database; email, phone and name come from a search index.",
        unverified="No recording shows users/search; that phone: finds a quoted E.164 number was not seen."),
    Capability(GET_CUSTOMER),
    Capability(CREATE_CUSTOMER, write_class=WriteClass.UNMARKED, reversible=False,
        note="Who is there is looked for first. Zendesk itself refuses an e-mail address or external id that somebody "
        "has, not a telephone number. It is told to send no mail. company is an organisation that exists.",
        unverified="No recording shows a user made with an e-mail address, an organisation or fields, nor the refusal "
        "of a taken address; that is known from a membership (DuplicateValue)."),
    Capability(UPDATE_CUSTOMER, support="partial", write_class=WriteClass.SET_VALUE, notifies_customer=True,
        note="No postal address, and none of the staff. A changed e-mail address is a write of its own, made first: "
        "the result is partial where the rest is then refused. if_version is compared with what was read before, so "
        "a change in the same moment is lost.",
        unverified="No recording shows identities, nor what a telephone number or a locale in PUT becomes: what "
        "Zendesk answers is compared, and a difference is a warning."),
    Capability(SEARCH_TICKETS, search_lag_s=SEARCH_LAG_S,
        note="With requester, and without text, assignee and team, the database answers, and a page looks through up "
        "to 300 tickets for the other filters. All else is a search: 1,000 results at most.",
        unverified='That tags:"a b" asks for both tags was not seen in a recording.'),
    Capability(GET_TICKET,
        note="merged_into is read out of the last comment of a ticket with the tag closed_by_merge.",
        unverified="No recording shows the slas sideload, which comes with plans that have SLAs, nor a merged ticket."),
    Capability(CREATE_TICKET, write_class=WriteClass.NATIVE_KEY, notifies_customer=True, reversible=False,
        note="Zendesk keeps the key for two hours. related has to be closed; without tags its tags are taken over."),
    Capability(UPDATE_TICKET, write_class=WriteClass.SET_VALUE, notifies_customer=True,
        note="Each change carries updated_stamp and safe_update, so a concurrent one is refused, tags included. "
        "Triggers of the account may mail the requester. Closed tickets never change. snooze_until is refused.",
        unverified="A choice in a custom field is a tag as well; what Zendesk does where the two disagree was not "
        "seen, so they are sent in agreement."),
    Capability(REPLY_TO_TICKET, write_class=WriteClass.MARKED, notifies_customer=True, reversible=False,
        note="The marker is in the metadata of the audit and of the comment."),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        note="One update: an internal comment, the tag escalated_to_human, team, priority, and status open. For a "
        "customer, or a closed ticket, a new ticket.",
        # The update is guarded by `safe_update`: one that is refused with 409 was not made.
        refused_before_execution=frozenset((409,))),
    Capability(MERGE_TICKETS, write_class=WriteClass.SET_VALUE, reversible=False,
        note="A job of Zendesk's closes the duplicates; the comments that say so are internal. Tickets of different "
        "requesters are refused, because a merge shows one of them what the other wrote.",
        unverified="No recording shows a merge; jobs of other kinds were recorded."),
    Capability(SEARCH_ARTICLES, search_lag_s=SEARCH_LAG_S,
        unverified="No recording shows this search; articles were recorded in lists only."),
    Capability(GET_ARTICLE, note="HTML becomes text. A draft is not found.",
        unverified="Articles were recorded in lists only."),
    Capability(LIST_CONVERSATIONS, support="emulated",
        note="A conversation is a ticket, in the order of its last change; since is compared with that too."),
    Capability(GET_CONVERSATION, note="The messages are the ticket's comments."),
)  # fmt: skip


class ZendeskSettings(Settings):
    """What an operator fills in: the first label of the account's address."""

    # A DNS label and nothing else: it decides where the credential is sent.
    subdomain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?$")]


class ApiToken(Credentials):
    """An API token, and the agent whose rights it has."""

    email: Annotated[str, Field(pattern=r"^[^@\s:]{1,64}@[^@\s:]{1,255}$")]
    api_token: SecretStr


class OAuthToken(Credentials):
    """An OAuth access token."""

    access_token: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read the headers of https://developer.zendesk.com/api-reference/introduction/rate-limits/."""
    remaining = response.headers.get("x-rate-limit-remaining") or response.headers.get("ratelimit-remaining", "")
    reset = response.headers.get("ratelimit-reset", "")
    return RateState(
        remaining=int(remaining) if remaining.isdecimal() else None,
        reset_s=float(reset) if reset.isdecimal() else None,
    )


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        contract_version=1,
        vendor="zendesk",
        title="Zendesk",
        category=Category.HELPDESK,
        settings=ZendeskSettings,
        auth={
            "api_token": BasicAuth(ApiToken, "{email}/token", "{api_token}"),
            "oauth_token": HeaderAuth(OAuthToken, {"Authorization": "Bearer {access_token}"}),
        },
        hosts=("{subdomain}.zendesk.com",),
        connector="trunkline_zendesk.connector:Zendesk",
        capabilities=CAPABILITIES,
        ids=dict.fromkeys(_KINDS, r"[1-9][0-9]{0,19}"),
        api_version="v2",
        cassette_fields="trunkline_zendesk:cassette_fields.txt",
        docs="https://developer.zendesk.com/api-reference/",
        sandbox="trunkline_zendesk.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        native="trunkline_zendesk.native:client",
        extra="zendesk",
        custom_fields=("customer", "ticket"),
        absent={
            "record_csat": "Only the requester can rate a ticket, with a credential of their own.",
            "add_note": "The notes of a user are one text, which a new note would replace.",
            "list_activities": "A person has no history but their tickets: search_tickets and list_conversations.",
        },
        notes=(
            "Written against a rebuilt half of Zendesk's OpenAPI file, its published guides and recorded traffic.",
            "The native client is zenpy, which is GPL-3.0: it comes with the extra and never carries a tool's call.",
        ),
    )
