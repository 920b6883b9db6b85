"""Voucherify's connector: customers, loyalty cards and points."""

from datetime import UTC
from typing import Any

import orjson

from trunkline_contracts.api import Api, Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.errors import AmbiguousError, ConflictError, NotFoundError
from trunkline_contracts.http import Http, HttpResponse
from trunkline_contracts.results import Candidate, ReadResult, ToolCall, Undo, WriteResult
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
from trunkline_contracts.values import Page
from trunkline_voucherify import VoucherifySettings, vendor
from trunkline_voucherify.normalize import Normalize

_ERRORS = {"insufficient_loyalty_points": ConflictError, "voucher_not_found": NotFoundError}
_MOST_CARDS = 10


def _error_code(response: HttpResponse) -> str | None:
    """Read `key` of https://docs.voucherify.io/api-reference/errors."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    key = body.get("key") if isinstance(body, dict) else None
    return key if isinstance(key, str) else None


class Voucherify:
    """One project, and in it one loyalty campaign."""

    def __init__(self, settings: VoucherifySettings, http: Http) -> None:
        self._api = Api(http, f"https://{settings.host}/v1", error_code=_error_code, errors=_ERRORS)
        self._campaign = settings.campaign
        self._to = Normalize(http.call.connection)
        self._marker = http.call.marker

    async def probe(self) -> None:
        """Read one member."""
        await self._api.get("/loyalties/{}/members", self._campaign, gives=vendor.MemberList, params={"limit": 1})

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """List by e-mail or name; read by id. All of them are lists of the database, not of a search index."""
        if request.external_id:
            return await self._find_by_id(request.external_id)
        page = int(request.cursor or "1")
        params: Params = {"email": request.email, "name": request.name, "limit": request.limit, "page": page}
        found = await self._api.get("/customers", gives=vendor.CustomerList, params=params)
        matched = tuple(key for key in ("email", "name") if getattr(request, key))
        items = tuple(self._to.match(customer, matched) for customer in found.customers)
        has_more = found.total is not None and found.total > page * request.limit
        return ReadResult(data=Page(items=items, next_cursor=str(page + 1) if has_more else None))

    async def _find_by_id(self, external_id: str) -> ReadResult[Page[CustomerMatch]]:
        try:
            customer = await self._api.get("/customers/{}", external_id, gives=vendor.Customer)
        except NotFoundError:
            return ReadResult(data=Page(items=()))
        return ReadResult(data=Page(items=(self._to.match(customer, ("external_id",)),)))

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a customer by Voucherify's id or the company's own."""
        customer = await self._api.get("/customers/{}", request.customer_id.vendor_id, gives=vendor.Customer)
        return ReadResult(data=self._to.customer(customer))

    @implements(GET_LOYALTY_ACCOUNT)
    async def get_loyalty_account(self, request: GetLoyaltyAccount) -> ReadResult[LoyaltyAccount]:
        """Find the customer's card in the campaign, with its tiers."""
        campaign = request.program or self._campaign
        params: Params = {"customer": request.customer_id.vendor_id, "limit": _MOST_CARDS}
        found = await self._api.get("/loyalties/{}/members", campaign, gives=vendor.MemberList, params=params)
        member = self._only(found.vouchers)
        tiers = await self._api.get("/loyalties/members/{}/tiers", member.code, gives=vendor.TierList)
        return ReadResult(data=self._to.account(member, tiers.data))

    def _only(self, members: list[vendor.Member]) -> vendor.Member:
        if not members:
            raise NotFoundError("This customer is not a member of the loyalty programme.")
        if len(members) > 1:
            raise AmbiguousError(
                "This customer has several loyalty cards: choose one by its id.",
                candidates=[Candidate(id=self._to.account_ref(member.code)) for member in members],
            )
        return members[0]

    @implements(LIST_POINTS_TRANSACTIONS)
    async def list_points_transactions(self, request: ListPointsTransactions) -> ReadResult[Page[PointsTransaction]]:
        """List a card's transactions, newest first."""
        params: Params = {"limit": request.limit, "order": "-id", "starting_after_id": request.cursor}
        code = request.account_id.vendor_id
        found = await self._api.get(
            "/loyalties/members/{}/transactions", code, gives=vendor.TransactionList, params=params
        )
        items = (self._to.transaction(request.account_id, item) for item in found.data)
        wanted = tuple(item for item in items if request.kinds is None or item.kind in request.kinds)
        cursor = (found.more_starting_after or found.data[-1].id) if found.has_more and found.data else None
        return ReadResult(data=Page(items=wanted, next_cursor=cursor))

    @implements(GRANT_POINTS)
    async def grant_points(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Add points to a card."""
        expiry: dict[str, Any] = {}
        if request.expires_at:
            expiry = {
                "expiration_type": "CUSTOM_DATE",
                "expiration_date": request.expires_at.astimezone(UTC).date().isoformat(),
            }
        return await self._change(request, request.points, expiry)

    @implements(DEDUCT_POINTS)
    async def deduct_points(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Take points from a card; Voucherify refuses what would make the balance negative."""
        return await self._change(request, -request.points, {})

    async def _change(
        self, request: ChangePoints, points: int, expiry: dict[str, Any]
    ) -> WriteResult[PointsTransaction]:
        body = {"points": points, "reason": request.reason, "source_id": self._marker, **expiry}
        code = request.account_id.vendor_id
        answer = await self._api.call("POST", "/loyalties/members/{}/balance", code, gives=vendor.Balance, json=body)
        back = {"account_id": request.account_id, "points": abs(points), "reason": f"undo: {request.reason}"[:300]}
        return WriteResult(
            outcome="applied",
            resource=self._to.change(request, points, answer),
            verify_with=ToolCall(tool="list_points_transactions", args={"account_id": request.account_id}),
            undo=Undo(tool="deduct_points" if points > 0 else "grant_points", args=back),
        )
