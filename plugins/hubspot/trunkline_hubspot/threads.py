"""The threads of HubSpot's inbox: a thread may belong to a ticket, and is never one."""

from trunkline_contracts.entities.helpdesk import Conversation, Delivery, Message
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Actor, Warning, status_of
from trunkline_hubspot import vendor, vendor_inbox
from trunkline_hubspot.account import Account
from trunkline_hubspot.richtext import to_text

# HubSpot lists a contact's threads by one status at a time.
_STATUSES = ("OPEN", "CLOSED")
_MOST_THREADS = 100
_ACTORS = {"A": "human_agent", "B": "bot", "E": "customer", "I": "bot", "L": "bot", "S": "system", "V": "customer"}


class ThreadReads(Account):
    """What the tools that work on threads share."""

    async def _threads(self, contact_id: str) -> tuple[list[vendor_inbox.Thread], tuple[Warning, ...]]:
        """A contact's threads, newest first, up to a number of each status."""
        found: list[vendor_inbox.Thread] = []
        is_cut = False
        for status in _STATUSES:
            page = await self._api.get(
                "/conversations/v3/conversations/threads", gives=vendor_inbox.Threads,
                params={
                    "associatedContactId": contact_id, "threadStatus": status, "association": "TICKET",
                    "sort": "-id", "limit": _MOST_THREADS,
                },
            )  # fmt: skip
            found += page.results
            is_cut = is_cut or bool(page.paging and page.paging.next)
        told = f"There are more than {_MOST_THREADS} of a status: the oldest were not looked at."
        return found, (Warning(code="truncated", message=told),) if is_cut else ()

    async def _thread_of(self, ticket: vendor.Object[vendor.Ticket]) -> vendor_inbox.Thread | None:
        """The thread of a ticket, found among those of its contact; None where it has none."""
        contact = ticket.associated("contacts")
        threads = (await self._threads(contact))[0] if contact else []
        return next((one for one in threads if one.thread_associations.associated_ticket_id == ticket.id), None)

    async def _thread_messages(
        self, thread_id: str, limit: int, cursor: str | None = None
    ) -> vendor_inbox.ThreadMessages:
        """One page of a thread, newest first."""
        return await self._api.get(
            "/conversations/v3/conversations/threads/{}/messages", thread_id, gives=vendor_inbox.ThreadMessages,
            params={"limit": limit, "after": cursor, "sort": "-createdAt"},
        )  # fmt: skip

    def _conversation(self, thread: vendor_inbox.Thread, customer: Ref) -> Conversation:
        ticket = thread.thread_associations.associated_ticket_id
        return Conversation(
            id=self._to.ref("conversation", thread.id),
            channel=vendor_inbox.CHANNELS.get(thread.original_channel_id, "other"),
            participants=(Actor(kind="customer", ref=customer),),
            state="closed" if thread.status == "CLOSED" else "open",
            ticket=self._to.ref("ticket", ticket) if ticket else None,
            last_message_at=thread.latest_message_timestamp,
        )

    def _thread_message(self, found: vendor_inbox.ThreadMessage, thread: Ref) -> Message:
        is_internal = found.type == "COMMENT"
        return Message(
            id=self._to.ref("message", found.id),
            conversation_id=thread,
            at=found.created_at,
            author=_author(found),
            visibility="internal" if is_internal else "public",
            direction="internal" if is_internal else ("inbound" if found.direction == "INCOMING" else "outbound"),
            channel=None if is_internal else vendor_inbox.CHANNELS.get(found.channel_id or "", "other"),
            subject=found.subject,
            body_text=found.text or to_text(found.rich_text) or "",
            delivery=_delivery(found),
        )


def _author(found: vendor_inbox.ThreadMessage) -> Actor | None:
    """Who said it; the letter before an actor's id says what they are."""
    sender = next(iter(found.senders), None)
    if sender is None:
        return None
    kind = _ACTORS.get((sender.actor_id or "")[:1], "system")
    return Actor.model_validate({"kind": kind, "name": sender.name})


def _delivery(found: vendor_inbox.ThreadMessage) -> Delivery | None:
    if found.status is None:
        return None
    word = found.status.status_type
    return Delivery(status=status_of(vendor_inbox.DELIVERIES, word), final=word in {"READ", "FAILED"})
