"""Membership: who joins a program, and where they stand in it."""

from datetime import UTC, datetime

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.loyalty import LoyaltyAccount, Tier
from trunkline_contracts.errors import AmbiguousError, ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.results import Candidate, ToolCall, Undo, WriteResult, already_there
from trunkline_contracts.tools import ENROLL_MEMBER, SET_TIER
from trunkline_contracts.tools.loyalty import EnrollMember, SetTier
from trunkline_salesforce import loyalty_soql as soql
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.account import read_back
from trunkline_salesforce.loyalty import Loyalty, is_named

_LEAD = "00Q"
_DIGITS = 16


class LoyaltyMembers(Loyalty):
    """The tools that change a membership."""

    @implements(ENROLL_MEMBER)
    async def enroll_member(self, request: EnrollMember) -> WriteResult[LoyaltyAccount]:
        """Make a contact a member; the membership number is taken from our marker, so that it can be found again."""
        contact_id = request.customer_id.vendor_id
        if contact_id.startswith(_LEAD):
            raise UnsupportedError("A lead cannot be a member: find or make the contact.")
        program = await self._program(request.program)
        found = await self._members_of(request.customer_id, program.id)
        if found:
            account = await self._account(found[0])
            return already_there(account, "This customer is a member of the program already.")
        fields = _new_member(contact_id, program, self._call.marker or "")
        member_id = await self._client.create("LoyaltyProgramMember", fields)
        member = vendor.Member.model_validate({**fields, "Id": member_id, "Program": program})
        return WriteResult(
            outcome="applied",
            resource=await self._as_it_is(member),
            verify_with=ToolCall(tool="get_loyalty_account", args={"customer_id": request.customer_id}),
        )

    async def _program(self, wanted: str | None) -> vendor.Program:
        """The program to join: the one named, the one set, the only one or the primary one."""
        found = await self._rows(soql.programs(), vendor.Program)
        name = wanted or self._settings.loyalty_program
        fitting = [one for one in found if name is None or is_named(name, one.name, one.id)]
        primary = [one for one in fitting if one.is_primary]
        if len(fitting) == 1 or len(primary) == 1:
            return (primary or fitting)[0]
        if not fitting:
            raise InvalidArgumentError(f"There is no such active program; there are: {_names(found)}.")
        raise AmbiguousError(f"There are several programs, name one: {_names(fitting)}.")

    async def _as_it_is(self, member: vendor.Member, tier: vendor.Tier | None = None) -> LoyaltyAccount:
        """The membership after a write, with what Salesforce added to it; what is known where it cannot be read."""
        known = self._of.account(member, (), None, ())
        if tier:
            known = known.model_copy(update={"tier": Tier(id=tier.id, name=tier.name)})
        return await read_back(self._account(member)) or known

    @implements(SET_TIER)
    async def set_tier(self, request: SetTier) -> WriteResult[LoyaltyAccount]:
        """Run Salesforce's action that changes a tier, unless the member stands there already."""
        member = await self._member(request.account_id)
        tier = self._wanted(await self._tiers(member), request.tier)
        standings = await self._rows(soql.tiers_of_member(member.id), vendor.MemberTier)
        before = next((one for one in standings if one.loyalty_tier_group_id == tier.loyalty_tier_group_id), None)
        if before and before.loyalty_tier_id == tier.id:
            return WriteResult(outcome="noop", resource=await self._account(member))
        inputs = _tier_inputs(member, tier, request.reason)
        done = await self._client.post("actions/standard/changeTier", {"inputs": [inputs]}, vendor.ActionDone)
        if not done.is_success:
            raise ConflictError("Salesforce did not change the tier: the program's rules do not allow this.")
        return WriteResult(
            outcome="applied",
            resource=await self._as_it_is(member, tier),
            undo=_undo(request, before) if before else None,
        )

    def _wanted(self, tiers: list[vendor.Tier], wanted: str) -> vendor.Tier:
        fitting = [one for one in tiers if is_named(wanted, one.name, one.id)]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            names = ", ".join(one.name for one in tiers)
            raise InvalidArgumentError(f"The program has no such tier; there are: {names or 'none'}.")
        raise AmbiguousError(
            "The program has several tiers of this name: give the id.",
            candidates=[Candidate(id=one.id or "", label=one.name) for one in fitting],
        )


def _new_member(contact_id: str, program: vendor.Program, marker: str) -> dict[str, str | None]:
    return {
        "ContactId": contact_id,
        "ProgramId": program.id,
        "MembershipNumber": marker.removeprefix("op_")[:_DIGITS].upper(),
        "MemberType": "Individual",
        "MemberStatus": "Active",
        "EnrollmentDate": datetime.now(UTC).date().isoformat(),
    }


def _tier_inputs(member: vendor.Member, tier: vendor.Tier, reason: str) -> dict[str, str | None]:
    return {
        "LoyaltyProgramMemberId": member.id,
        "ProgramName": member.program.name,
        "TierGroupName": tier.loyalty_tier_group.name if tier.loyalty_tier_group else None,
        "TargetTierName": tier.name,
        "ChangeReason": reason,
    }


def _undo(request: SetTier, before: vendor.MemberTier) -> Undo:
    tier = before.loyalty_tier_id
    return Undo(tool="set_tier", args={"account_id": request.account_id, "tier": tier, "reason": "undo"})


def _names(programs: list[vendor.Program]) -> str:
    return ", ".join(one.name for one in programs) or "none"
