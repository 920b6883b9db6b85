"""What Freshdesk can do of each tool."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    GET_ARTICLE,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)

# What was changed is searchable after "a few minutes".
SEARCH_LAG_S = 300
_STATUSES = ("open", "pending_customer", "solved", "closed")
_TYPES = ("question", "incident", "problem")

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("external_id", "name", "postal_code")),
        note="A telephone number is looked for among phones, then among mobiles.",
        unverified="No recording shows the filters of contacts."),
    Capability(GET_CUSTOMER, unverified="One contact was recorded in lists only."),
    Capability(SEARCH_TICKETS, without=frozenset(("text",)), only={"status": _STATUSES}, search_lag_s=SEARCH_LAG_S,
        note="With requester, sort, or no filter, tickets are listed, and a call looks through 30 of them for other "
        "filters. All else is a search, which shows 300 tickets at most and has no order.",
        unverified="No recording shows the search; its language is known from published guides."),
    Capability(GET_TICKET, only={"include": ("messages", "sla")}),
    Capability(CREATE_TICKET, support="partial", write_class=WriteClass.UNMARKED, notifies_customer=True,
        reversible=False, only={"first_message": ("from_customer",), "type": _TYPES}, without=frozenset(("related",)),
        note="The body becomes the customer's own request; Freshdesk has no ticket without one.",
        unverified="No recording shows a write to tickets."),
    Capability(UPDATE_TICKET, write_class=WriteClass.SET_VALUE, notifies_customer=True,
        note="if_version is compared with what was read before, so a change in the same moment is lost. The statuses "
        "new and on_hold, status_label, snooze_until and the type task are refused.",
        unverified="No recording shows a write to tickets."),
    Capability(REPLY_TO_TICKET, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        without=frozenset(("status_after",)), note="A public reply is a mail, an internal one a private note.",
        unverified="No recording shows a write to conversations."),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.UNMARKED, reversible=False,
        note="Two writes: the ticket with group, priority, status open and the tag escalated_to_human, then a private "
        "note. The result is partial where the note is refused. A customer alone cannot be handed over.",
        unverified="No recording shows a write to tickets."),
    Capability(MERGE_TICKETS, write_class=WriteClass.SET_VALUE, reversible=False,
        note="The notes that say so are private. Tickets of different requesters are refused, because a merge shows "
        "one of them what the other wrote.",
        unverified="No recording shows a merge. Sources disagree on whether it answers 200 or 204, and on whether "
        "ticket_ids may leave the first ticket out."),
    Capability(SEARCH_ARTICLES, without=frozenset(("locale",)), search_lag_s=SEARCH_LAG_S,
        unverified="Neither the OpenAPI file nor a recording has this search; several public clients do."),
    Capability(GET_ARTICLE, without=frozenset(("locale",)), note="A draft is not found.",
        unverified="Articles were recorded in lists only."),
    Capability(GET_CONVERSATION, note="A ticket's description is its first message. 1,000 others are read at most."),
)  # fmt: skip

ABSENT = {"record_csat": "Published sources disagree on the request, and its scale is each account's own survey."}
