"""Talon.One: profile-based loyalty programmes (Management API v1).

https://docs.talon.one/management-api
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.hooks import hookimpl
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, Settings
from trunkline_contracts.record import Line
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)

# The company's own ids; those with other characters cannot be carried by a reference.
INTEGRATION_ID = r"[A-Za-z0-9_.@+:=|~\-]{1,200}"
_LABEL = r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"

_POINTS_NOTE = (
    "Talon.One answers with neither an id nor a balance. Reason and operation id are kept together in the "
    "transaction's name, which a shop may show to its customer; the reason is cut where the two pass 255 characters."
)

_ENDPOINTS_NOTE = (
    "The key needs these endpoints: get loyalty program, get customer's loyalty balances, list customer's loyalty "
    "transactions, add points and deduct points, list customer profiles matching the given attributes."
)
_INTEGRATION_NOTE = (
    "The Integration API takes another key and is not used: no customer sessions, events, effects or coupons, and no "
    "reversal of single transactions."
)

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, support="partial", without=frozenset(("postal_code",)),
        note="Only whole values are found, written exactly as in the profile: e-mail addresses are asked for in lower "
        "case, telephone numbers as E.164.",
        unverified="The names of the profile attributes differ between companies: see the setting `attributes`."),
    Capability(GET_CUSTOMER),
    Capability(GET_LOYALTY_ACCOUNT, support="partial", without=frozenset(("program",)),
        note="The tier is that of the main ledger; neither the state of a membership nor what expires when is told.",
        unverified="What is answered for a profile that has not joined the programme."),
    Capability(LIST_POINTS_TRANSACTIONS, support="partial",
        only={"kinds": ("earn", "redeem", "adjust_add", "adjust_deduct")},
        note="The kinds are told by whether a session or a rule made a transaction, and sorted out page by page, so a "
        "page can be short; what expired is in the balance only.",
        unverified="That the newest come first: Talon.One says that the last 50 are returned, not in which order."),
    Capability(GRANT_POINTS, write_class=WriteClass.MARKED, without=frozenset(("counts_toward_tier",)),
        note=_POINTS_NOTE,
        unverified="When points without activates_at or expires_at become active or expire."),
    Capability(DEDUCT_POINTS, write_class=WriteClass.MARKED,
        without=frozenset(("counts_toward_tier", "allow_negative")),
        note=f"Only active points are taken. {_POINTS_NOTE}",
        unverified="How it is refused when the active points do not suffice."),
)  # fmt: skip


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
            "points_transaction": r"[0-9]{1,19}",
        },
        api_version="v1",
        docs="https://docs.talon.one/management-api",
        sandbox="trunkline_talonone.sandbox:sandbox",
        notes=(
            "Written against Talon.One's own OpenAPI file of 2026-05-07; no wire recording was at hand.",
            _ENDPOINTS_NOTE,
            _INTEGRATION_NOTE,
            "Card-based programmes are not covered.",
        ),
    )
