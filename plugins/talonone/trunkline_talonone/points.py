"""The points of Talon.One's customers in one profile-based loyalty programme."""

from datetime import datetime
from decimal import Decimal

from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, NotFoundError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    REVERSE_POINTS,
)
from trunkline_contracts.tools.loyalty import (
    ChangePoints,
    DeductPoints,
    GetLoyaltyAccount,
    GrantPoints,
    ListPointsTransactions,
    ReversePoints,
)
from trunkline_contracts.values import Page, Warning
from trunkline_talonone import vendor
from trunkline_talonone.account import PROFILE, Account, next_page, rfc3339
from trunkline_talonone.normalize import MAIN

_LONGEST_NAME = 255
_MOST_REVERSALS = 50
_STATUS_UNTOLD = Warning(
    code="lossy_status",
    message="Talon.One does not tell who is a member: who has or had points, or holds a tier, is taken for one.",
    field="status",
)
_REASON_CUT = Warning(code="truncated", message="The reason was cut to what Talon.One keeps.", field="reason")
_COUNTER_ENTRY = Warning(
    code="emulated", message="Talon.One reverses no single transaction: an opposite one was made instead."
)


class Points(Account):
    """The ledgers of the programme's members."""

    @implements(GET_LOYALTY_ACCOUNT)
    async def get_loyalty_account(self, request: GetLoyaltyAccount) -> ReadResult[LoyaltyAccount]:
        """Read the balances of a customer's ledgers, with the tier."""
        found = await self._balances(request.customer_id.vendor_id)
        return ReadResult(data=self._to.account(request.customer_id, found), warnings=(_STATUS_UNTOLD,))

    @implements(LIST_POINTS_TRANSACTIONS)
    async def list_points_transactions(self, request: ListPointsTransactions) -> ReadResult[Page[PointsTransaction]]:
        """List the transactions of all of a customer's ledgers."""
        skip = int(request.cursor or "0")
        since = rfc3339(request.since) if request.since else None
        params: Params = {"pageSize": request.limit, "skip": skip or None, "startDate": since}
        found = await self._entries(request.account_id.vendor_id, params)
        items = (self._to.transaction(request.account_id, item) for item in found.data)
        wanted = tuple(item for item in items if request.kinds is None or item.kind in request.kinds)
        return ReadResult(data=Page(items=wanted, next_cursor=next_page(found.has_more, skip, len(found.data))))

    async def _entries(self, profile: str, params: Params) -> vendor.TransactionList:
        path, program = f"{PROFILE}/ledger_transactions", self._settings.program
        return await self._api.get(path, program, profile, gives=vendor.TransactionList, params=params)

    @implements(GRANT_POINTS)
    async def grant_points(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a ledger; what is still pending cannot be deducted again."""
        dates = (("pendingUntil", request.activates_at), ("validUntil", request.expires_at))
        more = {name: rfc3339(at) for name, at in dates if at}
        undo = None if request.activates_at else _undo("deduct_points", request, request.expires_at)
        return await self._change(request, "add", request.points, more, undo)

    @implements(DEDUCT_POINTS)
    async def deduct_points(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take active points from a ledger, once it is known to hold them."""
        subledger = self._subledger(request.wallet).get("subledgerId")
        await self._check_active(request.account_id.vendor_id, subledger, Decimal(request.points))
        return await self._change(request, "deduct", -request.points, {}, _undo("grant_points", request))

    async def _check_active(self, profile: str, subledger: str | None, points: Decimal) -> None:
        """Raise ConflictError where a ledger's active points do not suffice: how Talon.One refuses is not told."""
        found = await self._balances(profile)
        ledger = (found.subledger_balances or {}).get(subledger) if subledger else found.balance
        if points > ((ledger.active_points if ledger else None) or 0):
            raise ConflictError("The customer has too few active points for this: read the account again.")

    async def _change(
        self, request: ChangePoints, verb: str, points: int, more: dict[str, str], undo: Undo | None
    ) -> WriteResult[PointsTransaction]:
        more = {**self._subledger(request.wallet), **more}
        name = await self._send(verb, request.account_id, request.points, request.reason, more)
        return WriteResult(
            outcome="scheduled" if "pendingUntil" in more else "applied",
            resource=self._to.change(request, points),
            effective_at=getattr(request, "activates_at", None),
            verify_with=_history(request.account_id),
            undo=undo,
            warnings=() if request.reason in name else (_REASON_CUT,),
        )

    async def _send(self, verb: str, account: Ref, points: float, reason: str, more: dict[str, str]) -> str:
        """Send one change, and give its name: Talon.One answers 204 without a body, so its list is the proof."""
        name = self._name(reason)
        ids = (self._settings.program, account.vendor_id)
        body = {"points": points, "name": name, **more}
        await self._api.call("PUT", f"{PROFILE}/{verb}_points", *ids, gives=type(None), json=body)
        return name

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

    @implements(REVERSE_POINTS)
    async def reverse_points(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Make the opposite of a transaction in its ledger, once."""
        profile, _, uuid = request.transaction_id.vendor_id.rpartition(":")
        entry = await self._reversible(profile, uuid)
        account = Ref.of(request.transaction_id.connection, "loyalty_account", profile)
        adds = entry.type == "subtraction"
        amount = abs(entry.amount)
        more = {"subledgerId": entry.subledger_id} if entry.subledger_id else {}
        if not adds:
            await self._check_active(profile, entry.subledger_id, amount)
        reason = f"{_reversal_of(uuid)} {request.reason}"
        await self._send("add" if adds else "deduct", account, _number(amount), reason, more)
        return WriteResult(
            outcome="applied",
            resource=self._to.counter(account, entry, request.reason),
            verify_with=_history(account),
            warnings=(_COUNTER_ENTRY,),
        )

    async def _reversible(self, profile: str, uuid: str) -> vendor.Transaction:
        """The transaction; raises ConflictError where its points cannot be taken back, or were already."""
        found = (await self._entries(profile, {"transactionUUIDs": [uuid]})).data
        entry = next((item for item in found if item.transaction_uuid == uuid), None)
        if entry is None or entry.created is None:
            raise NotFoundError("This customer has no such transaction: check the id.")
        if self._to.state(entry) not in {"active", "spent", "unknown"}:
            raise ConflictError("The points of this transaction are not active, so they cannot be taken back.")
        await self._check_not_reversed(profile, uuid, entry.created)
        return entry

    async def _check_not_reversed(self, profile: str, uuid: str, since: datetime) -> None:
        params: Params = {
            "startDate": rfc3339(since), "loyaltyTransactionType": "manual", "pageSize": _MOST_REVERSALS,
        }  # fmt: skip
        later = await self._entries(profile, params)
        if any(_reversal_of(uuid) in (item.name or "") for item in later.data):
            raise ConflictError("This transaction was reversed already: list the customer's transactions.")
        if later.has_more:
            raise ConflictError("Too much followed this transaction to reverse it safely: change the points instead.")


def _reversal_of(uuid: str) -> str:
    return f"reversal of {uuid}:"


def _number(amount: Decimal) -> float:
    """An amount as JSON: whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _history(account: Ref) -> ToolCall:
    return ToolCall(tool="list_points_transactions", args={"account_id": account})


def _undo(tool: str, request: ChangePoints, until: datetime | None = None) -> Undo:
    args = {
        "account_id": request.account_id,
        "points": request.points,
        "reason": f"undo: {request.reason}"[:300],
        **({"wallet": request.wallet} if request.wallet else {}),
    }
    return Undo(tool=tool, args=args, until=until)
