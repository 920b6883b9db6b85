"""Talon.One: profile-based loyalty programmes (Management API v1).

https://docs.talon.one/management-api
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, Settings
from trunkline_contracts.record import Line
from trunkline_talonone.sheet import CAPABILITIES

# The company's own ids; those with other characters, or longer ones, cannot be carried by a reference.
INTEGRATION_ID = r"[A-Za-z0-9_.@+:=|~\-]{1,150}"
_LABEL = r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"

_ENDPOINTS_NOTE = (
    "All calls take the Management API key, and it needs these endpoints: get loyalty program, get customer's loyalty "
    "balances, list customer's loyalty transactions, add points and deduct points, import customers into loyalty "
    "tiers, list customer profiles matching the given attributes, list custom attributes."
)
_INTEGRATION_NOTE = (
    "The Integration API takes a key of its own, and a connection has one: no session is updated and no event sent. "
    "Its delete_transactions, which empties whole ledgers, is never used."
)
_NO_REWARDS = (
    "Talon.One has no rewards with a price in points: what points buy are effects of a company's campaigns, which a "
    "session only triggers."
)
_NO_PROFILES = "Only the Integration API writes customer profiles, and it takes another key than points do."
_ABSENT = {
    "list_rewards": _NO_REWARDS,
    "redeem_reward": _NO_REWARDS,
    "enroll_member": "A customer joins with their first points; no call makes one a member.",
    "create_customer": _NO_PROFILES,
    "update_customer": _NO_PROFILES,
}


class TalonOneSettings(Settings):
    """What an operator fills in: the deployment and its loyalty programme.

    `subledgers` are the wallets that points may go to beside the main ledger. `attributes` are the names of the profile
    attributes that hold the e-mail address, the telephone number and the full name. `sandbox` says that the profiles
    are those of sandbox Applications.
    """

    # One or two DNS labels and nothing else: they decide where the credential is sent.
    deployment: Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})?$")]
    program: Annotated[int, Field(gt=0)]
    subledgers: tuple[Line, ...] = ()
    attributes: tuple[Line, Line, Line] = ("Email", "Phone", "Name")
    sandbox: bool = False


class ManagementKey(Credentials):
    """A Management API key with access to the endpoints that the manifest's notes name."""

    key: SecretStr


@hookimpl
def trunkline_connector() -> Manifest:
    """Register the vendor."""
    return Manifest(
        contract_version=1,
        vendor="talonone",
        title="Talon.One",
        category=Category.LOYALTY,
        settings=TalonOneSettings,
        auth={"management_key": HeaderAuth(ManagementKey, {"Authorization": "ManagementKey-v1 {key}"})},
        hosts=("{deployment}.talon.one",),
        connector="trunkline_talonone.connector:TalonOne",
        capabilities=CAPABILITIES,
        ids={
            "customer": INTEGRATION_ID,
            "loyalty_account": INTEGRATION_ID,
            # Talon.One lists transactions by profile, so the profile's id stands before the transaction's.
            "points_transaction": rf"{INTEGRATION_ID}:[0-9a-fA-F\-]{{36}}",
        },
        api_version="v1",
        cassette_fields="trunkline_talonone:cassette_fields.txt",
        docs="https://docs.talon.one/management-api",
        sandbox="trunkline_talonone.sandbox:sandbox",
        custom_fields=("customer",),
        absent=_ABSENT,
        notes=(
            "Written against Talon.One's own OpenAPI file of 2026-05-07; no wire recording was at hand.",
            _ENDPOINTS_NOTE,
            _INTEGRATION_NOTE,
            "Card-based programmes are not covered.",
        ),
    )
