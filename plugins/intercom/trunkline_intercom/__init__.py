"""Intercom: contacts, conversations, tickets and the help centre (API 2.16).

https://developers.intercom.com/docs/references/rest-api/api.intercom.io
"""

import time
from typing import Annotated, Literal

from pydantic import SecretStr, StringConstraints

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, RateState, Settings
from trunkline_intercom.sheet import CAPABILITIES

API_VERSION = "2.16"
_NUMBER = r"[1-9][0-9]{0,19}"


class IntercomSettings(Settings):
    """What an operator fills in: where the workspace is hosted, who writes, and which type new tickets have."""

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
        contract_version=1,
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
        cassette_fields="trunkline_intercom:cassette_fields.txt",
        docs="https://developers.intercom.com/docs/references/rest-api/api.intercom.io",
        sandbox="trunkline_intercom.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        custom_fields=("customer", "ticket"),
        notes=(
            "Written against the OpenAPI file of 2.16, and 34 recorded replies of 2.11 and 2.15, none a refusal.",
            "ticket:1 is a ticket, ticket:conversation-1 a conversation worked like one, conversation:1 its messages.",
        ),
        absent={
            "get_message": "No message that an admin began can be read again.",
            "record_csat": "Only Fin's own interface takes ratings, and Intercom opens it on request only.",
            "save_task": "Intercom has no tasks.",
        },
    )
