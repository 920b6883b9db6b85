"""Rewards: voucher definitions, whose cost in points and whose way to be bought are the org's own."""

from decimal import Decimal

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import Redemption, Reward
from trunkline_contracts.errors import ConflictError, NotFoundError, UnsupportedError
from trunkline_contracts.results import ReadResult, ToolCall, WriteResult
from trunkline_contracts.tools import LIST_REWARDS, REDEEM_REWARD
from trunkline_contracts.tools.loyalty import ListRewards, RedeemReward
from trunkline_contracts.values import Page, Warning
from trunkline_salesforce import loyalty_soql as soql
from trunkline_salesforce import loyalty_wallet
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.account import read_back
from trunkline_salesforce.loyalty import Loyalty
from trunkline_salesforce.loyalty_process import Processes
from trunkline_salesforce.normalize_loyalty import number_of

_NO_VOUCHER_YET = Warning(
    code="async_result", message="The points are taken, but the voucher does not show yet.", field="code"
)


class LoyaltyRewards(Loyalty):
    """The tools about what points buy."""

    @implements(LIST_REWARDS)
    async def list_rewards(self, request: ListRewards) -> ReadResult[Page[Reward]]:
        """List a program's voucher definitions with what they cost."""
        if request.affordable_only and not self._settings.loyalty_points_field:
            raise UnsupportedError(
                "What rewards cost is not known here: ask with affordable_only=false, or an operator names the field."
            )
        member = await self._member(request.account_id)
        balance = await self._balance(member)
        query = soql.rewards(member.program_id, self._reward_fields(), request.cursor)
        rows = await self._rows(query, vendor.VoucherDefinition)
        rewards = [self._of.reward(row, balance) for row in rows]
        wanted = [one for one in rewards if one.available or not request.affordable_only]
        items = tuple(wanted[: request.limit])
        page = Page[Reward](items=items, next_cursor=_cursor(rows, wanted, request.limit))
        return ReadResult(data=page, warnings=self._without_currency())

    def _reward_fields(self) -> tuple[str, ...]:
        """The fields that voucher definitions have in this org, and not in every one."""
        field = self._settings.loyalty_points_field
        return (*self._currency_field(), *((field,) if field else ()))

    async def _balance(self, member: vendor.Member) -> Decimal:
        """The active points that can be spent."""
        return loyalty_wallet.spent(await self._wallets(member), self._settings.loyalty_currency).active

    @implements(REDEEM_REWARD)
    async def redeem_reward(self, request: RedeemReward) -> WriteResult[Redemption]:
        """Run the program's process that takes the points and issues the voucher, both or neither."""
        name = self._settings.loyalty_redeem_process
        if name is None or not self._settings.loyalty_points_field:
            raise UnsupportedError(
                "This connection does not say how rewards are bought: an operator can name the process that takes "
                "points and issues a voucher, and the field that holds what a reward costs."
            )
        member = await self._member(request.account_id)
        definition, cost = await self._affordable(member, request.reward_id.vendor_id)
        processes, number = Processes(self._client, member), number_of(self._call.marker, for_reward=True)
        process = await processes.find(vendor.DEBIT, name)
        reward = {self._settings.loyalty_reward_parameter: definition.name}
        await processes.run(process, number, cost, reward)
        voucher = await self._voucher(number)
        return WriteResult(
            outcome="applied" if voucher else "accepted",
            resource=self._of.redemption(request.account_id, definition, cost, voucher),
            verify_with=ToolCall(
                tool="list_points_transactions", args={"account_id": request.account_id, "kinds": ["redeem"]}
            ),
            warnings=() if voucher else (_NO_VOUCHER_YET,),
        )

    async def _affordable(self, member: vendor.Member, reward_id: str) -> tuple[vendor.VoucherDefinition, Decimal]:
        """The reward and its cost; raises ConflictError that says why the member cannot have it."""
        query = soql.reward(member.program_id, reward_id, self._reward_fields())
        found = await self._rows(query, vendor.VoucherDefinition)
        if not found:
            raise NotFoundError("The member's program has no such reward: check the id.")
        cost, why_not = self._of.cost(found[0]), self._of.why_not(found[0], await self._balance(member))
        if why_not or cost is None:
            raise ConflictError(f"The member cannot have this reward. {why_not}")
        return found[0], cost

    async def _voucher(self, number: str) -> vendor.Voucher | None:
        """The voucher that was issued; None where it cannot be seen, for the points are taken."""
        found = await read_back(self._rows(soql.vouchers_of(number), vendor.Voucher))
        return found[0] if found else None


def _cursor(rows: list[vendor.VoucherDefinition], wanted: list[Reward], limit: int) -> str | None:
    """Where to go on: after the last that was given, or after all that were read, if there may be more."""
    if len(wanted) > limit:
        return wanted[limit - 1].id.vendor_id
    return rows[-1].id if len(rows) == soql.MOST else None
