"""The tiers of Talon.One's customers, set by the import of a file of one line."""

import csv
from datetime import UTC, datetime
from io import StringIO

from trunkline_contracts.api import parse, refuse
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import LoyaltyAccount, Tier
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.http import HttpRequest
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import SET_TIER
from trunkline_contracts.tools.loyalty import SetTier
from trunkline_contracts.values import Warning
from trunkline_talonone import vendor
from trunkline_talonone.account import PROGRAMME, Account, rfc3339

_COLUMNS = ("subledgerid", "customerprofileid", "tiername", "expirydate")
# No line of the file can begin with it, for the first column is empty.
_BOUNDARY = "trunkline-tiers"
_NO_REASON = Warning(code="field_dropped", message="Talon.One keeps no reason of a tier.", field="reason")


class Tiers(Account):
    """The programme's tiers."""

    @implements(SET_TIER)
    async def set_tier(self, request: SetTier) -> WriteResult[LoyaltyAccount]:
        """Put a customer into a tier of the main ledger, until a date."""
        if request.until is None:
            raise InvalidArgumentError("Give until: Talon.One imports a tier with the date on which it ends.")
        tier = _tier(await self._programme(), request.tier)
        before = await self._balances(request.account_id.vendor_id)
        await self._import(request.account_id, tier.name, request.until)
        customer = Ref.of(request.account_id.connection, "customer", request.account_id.vendor_id)
        written = Tier(id=str(tier.id), name=tier.name, until=request.until)
        account = self._to.account(customer, before).model_copy(update={"tier": written, "next_tier": None})
        return WriteResult(
            outcome="accepted",
            resource=account,
            verify_with=ToolCall(tool="get_loyalty_account", args={"customer_id": customer}),
            undo=_undo(request, before.balance.current_tier),
            warnings=(_NO_REASON,),
        )

    async def _import(self, account: Ref, tier: str, until: datetime) -> None:
        """Send the file; raises ConflictError where Talon.One took nothing of it."""
        path = f"{PROGRAMME}/import_customers_tiers".format(self._settings.program)
        headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        body = _form(_file(account.vendor_id, tier, until))
        response = await self._http.send(HttpRequest("POST", self._base + path, headers, body))
        refuse(response)
        if parse(response, vendor.Import).amount == 0:
            raise ConflictError("Talon.One imported no tier: read the account again.")


def _tier(programme: vendor.Programme, wanted: str) -> vendor.ProgrammeTier:
    """The tier by its name or id."""
    if programme.tiers_expiration_policy is None:
        raise UnsupportedError("The tiers of this programme do not expire, so none can be set: change the points.")
    tiers = programme.tiers or []
    found = next((tier for tier in tiers if wanted in {tier.name, str(tier.id)}), None)
    if found is None:
        raise InvalidArgumentError(f"No such tier. Use one of: {', '.join(tier.name for tier in tiers)}.")
    return found


def _file(profile: str, tier: str, until: datetime) -> str:
    lines = StringIO()
    csv.writer(lines, lineterminator="\n").writerows((_COLUMNS, ("", profile, tier, rfc3339(until))))
    return lines.getvalue()


def _form(file: str) -> bytes:
    """The file as multipart/form-data (RFC 7578)."""
    lines = (
        f"--{_BOUNDARY}",
        'Content-Disposition: form-data; name="upFile"; filename="tiers.csv"',
        "Content-Type: text/csv",
        "",
        file,
        f"--{_BOUNDARY}--",
        "",
    )
    return "\r\n".join(lines).encode()


def _undo(request: SetTier, before: vendor.Tier | None) -> Undo | None:
    """The way back to the tier before, where its end is known and still to come."""
    if before is None or before.expiry_date is None or before.expiry_date <= datetime.now(UTC):
        return None
    args = {
        "account_id": request.account_id,
        "tier": before.name,
        "until": before.expiry_date,
        "reason": f"undo: {request.reason}"[:300],
    }
    return Undo(tool="set_tier", args=args)
