"""Talon.One's connector: customer profiles and their points in one loyalty programme."""

import re
from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.api import Api, Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.http import Http
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.tools.loyalty import (
    ChangePoints,
    DeductPoints,
    GetLoyaltyAccount,
    GrantPoints,
    ListPointsTransactions,
)
from trunkline_contracts.values import Page, Warning
from trunkline_talonone import INTEGRATION_ID, TalonOneSettings, vendor
from trunkline_talonone.normalize import MAIN, Normalize

_PROFILE = "/loyalty_programs/{}/profile/{}"
_LONGEST_NAME = 255
_KEYS = ("email", "phone", "name")
_UNADDRESSABLE = Warning(
    code="part_unavailable", message="A customer was left out: no reference can carry the characters of its id."
)
_STATUS_UNTOLD = Warning(
    code="lossy_status", message="Talon.One does not tell the state of a membership.", field="status"
)
_REASON_CUT = Warning(code="truncated", message="The reason was cut to what Talon.One keeps.", field="reason")


class TalonOne:
    """One deployment, and in it one profile-based loyalty programme."""

    def __init__(self, settings: TalonOneSettings, http: Http) -> None:
        self._api = Api(http, f"https://{settings.deployment}.talon.one/v1")
        self._settings = settings
        self._to = Normalize(http.call.connection, settings)
        self._marker = http.call.marker

    async def probe(self) -> None:
        """Read the programme; raises UnsupportedError for a card-based one."""
        found = await self._api.get("/loyalty_programs/{}", self._settings.program, gives=vendor.Programme)
        if found.card_based:
            raise UnsupportedError("This loyalty programme is card-based: connect one that is profile-based.")

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """List the profiles that have all of the values."""
        skip = int(request.cursor or "0")
        found = await self._search(self._wanted(request), request.limit, skip)
        matched = tuple(key for key in (*_KEYS, "external_id") if getattr(request, key))
        people = [profile for profile in found.data if request.external_id in {None, profile.integration_id}]
        fitting = [profile for profile in people if re.fullmatch(INTEGRATION_ID, profile.integration_id)]
        items = tuple(self._to.match(profile, matched) for profile in fitting)
        warnings = (_UNADDRESSABLE,) if len(fitting) < len(people) else ()
        cursor = _next(found.has_more, skip, len(found.data))
        return ReadResult(data=Page(items=items, next_cursor=cursor), warnings=warnings)

    def _wanted(self, request: FindCustomers) -> dict[str, Any]:
        values = (request.email, request.phone, request.name)
        attributes = {name: value for name, value in zip(self._settings.attributes, values, strict=True) if value}
        ids = {"integrationIDs": [request.external_id]} if request.external_id else {}
        return {**({"attributes": attributes} if attributes else {}), **ids}

    async def _search(self, wanted: dict[str, Any], limit: int, skip: int = 0) -> vendor.ProfileList:
        params: Params = {"pageSize": limit, "skip": skip or None, "sandbox": self._settings.sandbox}
        return await self._api.call(
            "POST", "/customer_search/no_total", gives=vendor.ProfileList, params=params, json=wanted
        )

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read the profile that has the company's own id."""
        wanted = request.customer_id.vendor_id
        found = await self._search({"integrationIDs": [wanted]}, 1)
        profile = next((item for item in found.data if item.integration_id == wanted), None)
        if profile is None:
            raise NotFoundError("Talon.One has no such customer profile: check the id.")
        return ReadResult(data=self._to.customer(profile))

    @implements(GET_LOYALTY_ACCOUNT)
    async def get_loyalty_account(self, request: GetLoyaltyAccount) -> ReadResult[LoyaltyAccount]:
        """Read the balances of a customer's ledgers, with the tier."""
        found = await self._api.get(
            f"{_PROFILE}/ledger_balances",
            self._settings.program,
            request.customer_id.vendor_id,
            gives=vendor.Balances,
            params={"includeTiers": True},
        )
        return ReadResult(data=self._to.account(request.customer_id, found), warnings=(_STATUS_UNTOLD,))

    @implements(LIST_POINTS_TRANSACTIONS)
    async def list_points_transactions(self, request: ListPointsTransactions) -> ReadResult[Page[PointsTransaction]]:
        """List the transactions of all of a customer's ledgers."""
        skip = int(request.cursor or "0")
        since = _rfc3339(request.since) if request.since else None
        params: Params = {"pageSize": request.limit, "skip": skip or None, "startDate": since}
        found = await self._api.get(
            f"{_PROFILE}/ledger_transactions",
            self._settings.program,
            request.account_id.vendor_id,
            gives=vendor.TransactionList,
            params=params,
        )
        items = (self._to.transaction(request.account_id, item) for item in found.data)
        wanted = tuple(item for item in items if request.kinds is None or item.kind in request.kinds)
        return ReadResult(data=Page(items=wanted, next_cursor=_next(found.has_more, skip, len(found.data))))

    @implements(GRANT_POINTS)
    async def grant_points(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a ledger; what is still pending cannot be deducted again."""
        dates = (("pendingUntil", request.activates_at), ("validUntil", request.expires_at))
        more = {name: _rfc3339(at) for name, at in dates if at}
        undo = None if request.activates_at else _undo("deduct_points", request, request.expires_at)
        return await self._change(request, "add", request.points, more, undo)

    @implements(DEDUCT_POINTS)
    async def deduct_points(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take active points from a ledger."""
        return await self._change(request, "deduct", -request.points, {}, _undo("grant_points", request))

    async def _change(
        self, request: ChangePoints, verb: str, points: int, more: dict[str, str], undo: Undo | None
    ) -> WriteResult[PointsTransaction]:
        """Send one change: Talon.One answers 204 without a body, so the ledger's list is the proof."""
        name = self._name(request.reason)
        body = {"points": request.points, "name": name, **self._subledger(request.wallet), **more}
        ids = (self._settings.program, request.account_id.vendor_id)
        await self._api.call("PUT", f"{_PROFILE}/{verb}_points", *ids, gives=type(None), json=body)
        return WriteResult(
            outcome="scheduled" if "pendingUntil" in more else "applied",
            resource=self._to.change(request, points),
            effective_at=getattr(request, "activates_at", None),
            verify_with=ToolCall(tool="list_points_transactions", args={"account_id": request.account_id}),
            undo=undo,
            warnings=() if request.reason in name else (_REASON_CUT,),
        )

    def _name(self, reason: str) -> str:
        """The one text that a transaction keeps: the reason, and our marker by which it is found again."""
        marker = f" ({self._marker})" if self._marker else ""
        return reason[: _LONGEST_NAME - len(marker)] + marker

    def _subledger(self, wallet: str | None) -> dict[str, str]:
        # Talon.One makes a new subledger of any id that it does not know, so a mistyped one must never be sent.
        if wallet in {None, MAIN}:
            return {}
        if wallet not in self._settings.subledgers:
            known = ", ".join((MAIN, *self._settings.subledgers))
            raise InvalidArgumentError(f"No such wallet is set up for this connection. Use one of: {known}.")
        return {"subledgerId": wallet}


def _undo(tool: str, request: ChangePoints, until: datetime | None = None) -> Undo:
    args = {
        "account_id": request.account_id,
        "points": request.points,
        "reason": f"undo: {request.reason}"[:300],
        **({"wallet": request.wallet} if request.wallet else {}),
    }
    return Undo(tool=tool, args=args, until=until)


def _next(has_more: bool | None, skip: int, count: int) -> str | None:
    return str(skip + count) if has_more and count else None


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
