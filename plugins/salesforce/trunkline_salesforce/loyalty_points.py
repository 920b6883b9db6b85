"""Points: given and taken by the org's own program processes, taken back by Salesforce's standard actions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import PointsTransaction
from trunkline_contracts.errors import ConflictError, NotFoundError, UnsupportedError
from trunkline_contracts.results import ToolCall, Undo, WriteResult
from trunkline_contracts.tools import DEDUCT_POINTS, GRANT_POINTS, REVERSE_POINTS
from trunkline_contracts.tools.loyalty import ChangePoints, DeductPoints, GrantPoints, ReversePoints
from trunkline_contracts.values import Warning
from trunkline_salesforce import loyalty_soql as soql
from trunkline_salesforce import loyalty_wallet
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.account import read_back
from trunkline_salesforce.loyalty import Loyalty
from trunkline_salesforce.loyalty_process import Processes
from trunkline_salesforce.normalize_loyalty import number_of

_ACTIONS = {"Credit": "cancelAccrual", "Debit": "cancelRedemption"}
_REASON_KEPT_HERE = Warning(
    code="field_dropped", message="No process input takes a reason: only the gateway keeps it.", field="reason"
)
_NOT_SEEN_YET = Warning(
    code="part_unavailable", message="Salesforce took the change, but its ledger does not show it yet."
)
_WHOLE_JOURNAL = Warning(
    code="value_coerced", message="Salesforce cancels an activity as a whole: other balances changed with this one."
)


class LoyaltyPoints(Loyalty):
    """The tools that change points."""

    @implements(GRANT_POINTS)
    async def grant_points(self, request: GrantPoints) -> WriteResult[PointsTransaction]:
        """Run the program's process that credits points."""
        member = await self._member(request.account_id)
        wallet = await self._wallet(member, request)
        processes = Processes(self._client, member)
        process = await processes.find(vendor.CREDIT, self._settings.loyalty_credit_process)
        return await self._change(request, processes, process, wallet)

    @implements(DEDUCT_POINTS)
    async def deduct_points(self, request: DeductPoints) -> WriteResult[PointsTransaction]:
        """Run the program's process that debits points, where there are enough active ones."""
        member = await self._member(request.account_id)
        wallet = await self._wallet(member, request)
        if wallet.active < request.points and not request.allow_negative:
            raise ConflictError("The member does not have so many active points: read the account again.")
        processes, settings = Processes(self._client, member), self._settings
        process = await processes.find(
            vendor.DEBIT, settings.loyalty_debit_process, besides=settings.loyalty_redeem_process
        )
        return await self._change(request, processes, process, wallet)

    async def _wallet(self, member: vendor.Member, request: ChangePoints) -> vendor.Wallet:
        """The balance that is meant; without an input for it the process's own currency is all that can be."""
        wallets, currency = await self._wallets(member), self._settings.loyalty_currency
        wallet = loyalty_wallet.meant(wallets, request, currency)
        if not self._settings.loyalty_currency_parameter and wallet is not loyalty_wallet.spent(wallets, currency):
            raise UnsupportedError(
                "This connection's processes take no currency, so only the currency that is spent can be changed. An "
                "operator can name the input that takes one."
            )
        return wallet

    async def _change(
        self, request: ChangePoints, processes: Processes, process: vendor.Process, wallet: vendor.Wallet
    ) -> WriteResult[PointsTransaction]:
        number = number_of(self._call.marker)
        await processes.run(process, number, Decimal(request.points), self._inputs(request, wallet))
        kind = "Credit" if process.process_type == vendor.CREDIT else "Debit"
        changes = [one for one in await self._seen(soql.ledgers_of(number)) if one.event_type == kind]
        made = self._of.transaction(_of_currency(changes, wallet)) if changes else _sent(request, process, wallet)
        undo = Undo(tool="reverse_points", args={"transaction_id": made.id, "reason": "undo"}) if changes else None
        return WriteResult(
            outcome="applied" if changes else "accepted",
            resource=made,
            verify_with=ToolCall(tool="list_points_transactions", args={"account_id": request.account_id}),
            undo=undo,
            warnings=self._warnings(request, wallet) + (() if changes else (_NOT_SEEN_YET,)),
        )

    def _inputs(self, request: ChangePoints, wallet: vendor.Wallet) -> dict[str, Any]:
        """The inputs that an operator named, with what they take."""
        named = {
            self._settings.loyalty_currency_parameter: wallet.loyalty_program_currency.name,
            self._settings.loyalty_reason_parameter: request.reason,
        }
        return {name: value for name, value in named.items() if name}

    def _warnings(self, request: ChangePoints, wallet: vendor.Wallet) -> tuple[Warning, ...]:
        """Say what became of the reason, and what the points do for the tier where the caller did not."""
        dropped = () if self._settings.loyalty_reason_parameter else (_REASON_KEPT_HERE,)
        if request.counts_toward_tier is not None or request.wallet is not None:
            return dropped
        message = f"The points are of {wallet.loyalty_program_currency.name}, which does not count toward a tier."
        return (*dropped, Warning(code="value_coerced", message=message, field="counts_toward_tier"))

    async def _seen(self, query: str) -> list[vendor.Ledger]:
        """What the ledger shows of a write; nothing where it cannot be asked, for the write was carried out."""
        return await read_back(self._rows(query, vendor.Ledger)) or []

    @implements(REVERSE_POINTS)
    async def reverse_points(self, request: ReversePoints) -> WriteResult[PointsTransaction]:
        """Cancel the accrual or the redemption that a change of points comes from."""
        ledger = await self._reversible(request)
        inputs = {"TransactionJournalId": ledger.transaction_journal_id, "CancellationReason": request.reason}
        action = _ACTIONS[ledger.event_type or ""]
        siblings = await self._rows(soql.ledgers_of_journal(ledger.transaction_journal_id or ""), vendor.Ledger)
        done = await self._client.post(f"actions/standard/{action}", {"inputs": [inputs]}, vendor.ActionDone)
        if not done.is_success:
            raise ConflictError("Salesforce did not cancel the activity: its state does not allow this.")
        made = await self._reversal(done, ledger)
        return WriteResult(
            outcome="applied",
            resource=made,
            verify_with=ToolCall(tool="list_points_transactions", args={"account_id": made.account}),
            warnings=(_WHOLE_JOURNAL,) if len(siblings) > 1 else (),
        )

    async def _reversible(self, request: ReversePoints) -> vendor.Ledger:
        found = await self._rows(soql.ledger(request.transaction_id.vendor_id), vendor.Ledger)
        if not found:
            raise NotFoundError("Salesforce has no such change of points: check the id.")
        (ledger,) = found
        journal = ledger.transaction_journal or vendor.Journal()
        if ledger.event_type not in _ACTIONS or not ledger.transaction_journal_id or journal.related_journal_id:
            raise UnsupportedError("Only points that were earned, given, taken or spent can be taken back.")
        if journal.status == "Cancelled":
            raise ConflictError("This change of points was taken back already.")
        return ledger

    async def _reversal(self, done: vendor.ActionDone, ledger: vendor.Ledger) -> PointsTransaction:
        """The change that the cancellation made; where it cannot be seen, the old one with its sign turned."""
        journal_id = str((done.output_values or {}).get("CancellationTransactionJournalId") or "")
        changes = await self._seen(soql.ledgers_of_journal(journal_id)) if journal_id else []
        currency = ledger.loyalty_program_currency
        same = [one for one in changes if one.loyalty_program_currency == currency]
        if same:
            return self._of.transaction(same[0])
        old = self._of.transaction(ledger)
        return PointsTransaction(
            account=old.account,
            wallet=old.wallet,
            kind="reverse",
            points=-old.points,
            counts_toward_tier=old.counts_toward_tier,
        )


def _sent(request: ChangePoints, process: vendor.Process, wallet: vendor.Wallet) -> PointsTransaction:
    """The change as it was asked for."""
    is_credit = process.process_type == vendor.CREDIT
    return PointsTransaction(
        account=request.account_id,
        wallet=wallet.loyalty_program_currency.name,
        kind="adjust_add" if is_credit else "adjust_deduct",
        points=Decimal(request.points if is_credit else -request.points),
        counts_toward_tier=wallet.loyalty_program_currency.is_qualifying,
        reason=request.reason,
    )


def _of_currency(changes: Sequence[vendor.Ledger], wallet: vendor.Wallet) -> vendor.Ledger:
    """The change of the balance that was meant, else whatever the process did."""
    name = wallet.loyalty_program_currency.name
    of_it = (one for one in changes if one.loyalty_program_currency and one.loyalty_program_currency.name == name)
    return next(of_it, changes[0])
