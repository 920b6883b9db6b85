"""Merging Intercom's threads: into a conversation, which a ticket can end in and not be."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.helpdesk import Ticket
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools import MERGE_TICKETS
from trunkline_contracts.tools.helpdesk import MergeTickets
from trunkline_contracts.values import Warning
from trunkline_intercom import vendor
from trunkline_intercom.account import Step
from trunkline_intercom.refs import id_of, is_conversation
from trunkline_intercom.writes import TicketWrites, latest, reading

_INTO_CONVERSATIONS = (
    "Intercom merges into conversations only: give `into` a ticket whose id begins with conversation-, a ticket can be "
    "a duplicate."
)
_FINAL = Warning(code="irreversible", message="Intercom cannot take a merge back.")


class Merging(TicketWrites):
    """The tool that merges."""

    @implements(MERGE_TICKETS)
    async def merge_tickets(self, request: MergeTickets) -> WriteResult[Ticket]:
        """Merge each duplicate away, and then write the reason into a note on what goes on."""
        if not is_conversation(request.into):
            raise UnsupportedError(_INTO_CONVERSATIONS)
        before = await self._conversation(id_of(request.into))
        target = {"merge_into_conversation_id": int(before.id)}
        merges = [
            Step("POST", "/conversations/{}/merge", (id_of(ref),), target, vendor.Conversation)
            for ref in request.duplicates
        ]
        merged = ", ".join(id_of(ref) for ref in request.duplicates)
        note = self._reply(request.into, self._marked(f"Merged {merged} into this. {request.reason}"), is_public=False)
        done = await self._carry_out([*merges, note])
        return WriteResult(
            outcome="partial" if done.stopped else "applied",
            resource=self._as_ticket(latest(done, before)),
            verify_with=reading("get_ticket", request.into),
            warnings=(_FINAL, *done.warnings),
        )
