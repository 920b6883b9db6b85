"""Freshdesk: tickets, their requesters, and the help centre (API v2).

https://developers.freshdesk.com/api/
"""

from typing import Annotated

from pydantic import SecretStr, StringConstraints

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.manifest import BasicAuth, Credentials, Manifest, RateState, Settings
from trunkline_freshdesk.sheet import ABSENT, CAPABILITIES

_NUMBER = r"[1-9][0-9]{0,18}"


class FreshdeskSettings(Settings):
    """What an operator fills in: the first label of the account's address."""

    # A DNS label and nothing else: it decides where the credential is sent.
    subdomain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?$")]


class FreshdeskKey(Credentials):
    """The API key of an agent, whose rights it has."""

    api_key: SecretStr


def _rate_dialect(response: HttpResponse) -> RateState:
    """Read how many calls are left of this minute's."""
    remaining = response.headers.get("x-ratelimit-remaining", "")
    return RateState(remaining=int(remaining) if remaining.isdecimal() else None)


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        contract_version=1,
        vendor="freshdesk",
        title="Freshdesk",
        category=Category.HELPDESK,
        settings=FreshdeskSettings,
        # The key is the user; Freshdesk does not look at the password, but wants one.
        auth={"api_key": BasicAuth(FreshdeskKey, "{api_key}", "X")},
        hosts=("{subdomain}.freshdesk.com",),
        connector="trunkline_freshdesk.connector:FreshdeskConnector",
        capabilities=CAPABILITIES,
        ids={
            **dict.fromkeys(("customer", "ticket", "conversation", "agent", "team", "company", "article"), _NUMBER),
            # A ticket's description is its first message, and has no id of its own.
            "message": f"d?{_NUMBER}",
        },
        api_version="v2",
        docs="https://developers.freshdesk.com/api/",
        sandbox="trunkline_freshdesk.sandbox:sandbox",
        rate_dialect=_rate_dialect,
        custom_fields=("customer", "ticket"),
        notes=("Written against a third party's OpenAPI file and recorded traffic: reads of 2021 to 2024.",),
        absent=ABSENT,
        cassette_fields="trunkline_freshdesk:cassette_fields.txt",
    )
