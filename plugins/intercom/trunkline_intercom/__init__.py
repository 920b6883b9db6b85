"""Intercom: contacts, conversations, tickets and the help centre (API 2.16).

https://developers.intercom.com/docs/references/rest-api/api.intercom.io
"""

import time
from typing import Annotated, Literal

from pydantic import SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)

API_VERSION = "2.16"
# "This delay can take a few minutes."
SEARCH_LAG_S = 300
_NUMBER = r"[1-9][0-9]{0,19}"
_CHANNELS = ("chat", "email", "sms", "whatsapp", "phone")
_BODY_IS_HTML = "That the body of a comment is read as HTML, as a note's is, is not said in the API file."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("postal_code",)), search_lag_s=SEARCH_LAG_S,
        note="external_id alone is read from the database, and finds users, not leads; every other key, or pair of "
        "keys, asks a search index. Matches come without tags. Merged contacts are not found.",
        unverified="That a search by phone or e-mail ignores case and spaces was not seen."),
    Capability(GET_CUSTOMER,
        note="A merged contact is not found by its old id: Intercom names the new one in a header only."),
    Capability(UPDATE_CUSTOMER, support="partial", write_class=WriteClass.SET_VALUE,
        note="Intercom has one name: a given name takes the place of its first word, a family name of the rest. "
        "Language and address cannot be written. Each tag is a write of its own. if_version is checked just before."),
    Capability(ADD_NOTE, support="partial", write_class=WriteClass.MARKED, reversible=False,
        note="About one customer in a call; our marker is the note's last line."),
    Capability(LIST_ACTIVITIES, support="partial", only={"types": ("note",)},
        note="The notes about a contact, as many as Intercom gives at once; conversations have tools of their own.",
        unverified="How a long list of notes is paged is not in the API file."),
    Capability(SEARCH_TICKETS, support="partial", without=frozenset(("tags", "sort")), search_lag_s=SEARCH_LAG_S,
        note="Tickets come first, then conversations, whose ids begin with conversation-. Tickets do not show their "
        "tags. A page can be short of its limit, and be followed by others. updated_since asks Intercom for whole "
        "days and leaves out what is older.",
        unverified="No recording shows a search of tickets; that words of ticket_state.category fit `state`, and "
        "that ~ looks for a part of a text in either search, was not seen."),
    Capability(GET_TICKET, note="Intercom gives the latest 500 parts. Tags, rating and SLA: of conversations only."),
    Capability(CREATE_TICKET, support="partial", write_class=WriteClass.UNMARKED, notifies_customer=True,
        reversible=False, only={"first_message": ("from_customer",)}, without=frozenset(("priority", "type", "tags")),
        note="A ticket of the type in the settings; the body is its description.",
        unverified="No recording shows it; whether the customer is mailed depends on the workspace."),
    Capability(UPDATE_TICKET, support="partial", write_class=WriteClass.SET_VALUE,
        note="No priority and no type; on_hold needs a date that the tool does not have. A ticket cannot be `new` "
        "again unless its type has such a state; a conversation can be open or closed. What is not one request for "
        "Intercom is sent one after another. if_version is checked just before.",
        unverified="No recording shows a change of a ticket."),
    Capability(REPLY_TO_TICKET, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        note="A public reply is stored, and whether it leaves is not told: replies of bots to e-mail do not, unless "
        "Intercom allowed that. status_after is a second request.",
        unverified=_BODY_IS_HTML),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("urgency",)),
        note="An internal note with our marker, the thread opened if it was closed, and the team, one after another. "
        "For a customer: create_ticket first."),
    Capability(SEARCH_ARTICLES, support="partial", without=frozenset(("locale", "cursor")), search_lag_s=SEARCH_LAG_S,
        note="The published articles among the first page of a search; Intercom's search takes no cursor.",
        unverified="No recording shows this search; articles were recorded in lists only."),
    Capability(LIST_CONVERSATIONS, only={"channel": _CHANNELS}, search_lag_s=SEARCH_LAG_S,
        note="In the order of Intercom's search, each page with its latest change first.",
        unverified="The order of a search across pages is not said in the API file."),
    Capability(GET_CONVERSATION,
        note="Intercom gives the latest 500 parts at once. Parts without a text, such as assignments, are left out."),
)  # fmt: skip


class IntercomSettings(Settings):
    """What an operator fills in: where the workspace is, who writes, and which type new tickets have."""

    host: Literal["api.intercom.io", "api.eu.intercom.io", "api.au.intercom.io"] = "api.intercom.io"
    # Replies, notes and assignments are an admin's; the token does not say whose.
    admin_id: Annotated[str, StringConstraints(pattern=f"^{_NUMBER}$")]
    ticket_type_id: Annotated[str, StringConstraints(pattern=f"^{_NUMBER}$")] | None = None


class AccessToken(Credentials):
    """The access token of an app in the workspace, its own or from OAuth."""

    access_token: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read what is left, and when it is full again, which Intercom says as a Unix time."""
    remaining = response.headers.get("x-ratelimit-remaining", "")
    reset = response.headers.get("x-ratelimit-reset", "")
    return RateState(
        remaining=int(remaining) if remaining.isdecimal() else None,
        reset_s=max(float(reset) - time.time(), 0.0) if reset.isdecimal() else None,
    )


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        vendor="intercom",
        title="Intercom",
        category=Category.HELPDESK,
        settings=IntercomSettings,
        auth={"access_token": HeaderAuth(AccessToken, {"Authorization": "Bearer {access_token}"})},
        hosts=("{host}",),
        connector="trunkline_intercom.connector:Intercom",
        capabilities=CAPABILITIES,
        ids={
            "customer": r"[0-9a-f\-]{8,40}",
            "ticket": f"(conversation-)?{_NUMBER}",
            "conversation": _NUMBER,
            "message": r"[A-Za-z0-9_\-]{1,64}",
            "agent": _NUMBER,
            "team": _NUMBER,
            "company": r"[0-9a-zA-Z_\-]{1,64}",
            "article": _NUMBER,
            "activity": _NUMBER,
        },
        api_version=API_VERSION,
        docs="https://developers.intercom.com/docs/references/rest-api/api.intercom.io",
        sandbox="trunkline_intercom.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        notes=(
            "Written against Intercom's own OpenAPI file of 2.16 and 34 recorded exchanges of 2.11, none a refusal.",
            "ticket:1 is a ticket, ticket:conversation-1 a conversation worked like one, conversation:1 its messages.",
        ),
    )
