"""What HubSpot can do of each tool."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.entities.crm import ActivityType
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_CUSTOMER,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    GET_CONTACTABILITY,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    LIST_DEALS,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SAVE_DEAL,
    SAVE_TASK,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)

ACTIVITY_TYPES: tuple[ActivityType, ...] = ("note", "call", "email", "meeting", "task")
# HubSpot says "a few moments"; others who build on it wait this long after a change.
SEARCH_LAG_S = 60
_MARKED = "Our marker is the last line, because a property for it exists only where an administrator made one."
_BEST_EFFORT = "if_version is compared just before the change, not by HubSpot."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, search_lag_s=SEARCH_LAG_S,
        note="email and external_id are read from the database, phone, name and postal_code come from a search index; "
        "further keys are compared with what that key found. HubSpot compares telephone numbers without their country "
        "code, so one that only looks alike is `probable`. external_id needs `external_id_property` in the settings.",
        unverified="How HubSpot splits a number off its country code; whether a secondary e-mail address is found; "
        "that %40 for @ in a path is always understood (hubspot-api-nodejs #669 tells of a failure; not tried)."),
    Capability(GET_CUSTOMER, note="The company is the contact's primary one; if it cannot be read a warning says so.",
        unverified="A contact that was merged away is expected to be given as the one it became, under that one's id."),
    Capability(CREATE_CUSTOMER, write_class=WriteClass.UPSERT, reversible=False, without=frozenset(("tags",)),
        search_lag_s=SEARCH_LAG_S,
        # One contact is asked for, so a reply that is not all success says that nothing was made.
        refused_before_execution=frozenset((207,)),
        note="Looked up by email, external_id and phone, then upserted by external_id, else by email: one of the two "
        "is needed, for by nothing else does HubSpot tell contacts apart. A contact made less than a minute ago is "
        "not found by phone.",
        unverified="No recording has an upsert."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.SET_VALUE,
        note="Names, email, phone, the given parts of the address, language, and custom properties; HubSpot's own "
        f"properties are refused there. Contacts have no tags: add_tags and remove_tags are refused. {_BEST_EFFORT}"),
    Capability(ADD_NOTE, write_class=WriteClass.MARKED, reversible=False,
        note=f"One note for up to ten contacts. {_MARKED}",
        unverified="That HubSpot makes no note at all where one of several contacts does not exist."),
    Capability(LIST_ACTIVITIES, support="emulated", only={"types": ACTIVITY_TYPES},
        note="Notes, calls, e-mails, meetings and tasks are looked up by their associations, read in batches and "
        "merged: up to 500 of each, else a warning. Tasks stand at their creation. Each kind needs its scope.",
        unverified="No recording has calls, e-mails or meetings, nor a batch read."),
    Capability(SAVE_TASK, write_class=WriteClass.MARKED, reversible=False,
        note="A task without due_at is due at once, because HubSpot demands a date. A change comes with its undo, a "
        f"new task has none. {_MARKED}",
        unverified="The statuses DEFERRED and WAITING, and that the associations of a new task are made or refused "
        "with it."),
    Capability(LIST_DEALS,
        note="From the database, up to 500 deals; customers and company name only whom was asked about. An amount "
        "without a currency is in the company's.",
        unverified="That a closed stage of probability 1 is won and one of 0 lost, in every pipeline."),
    Capability(SAVE_DEAL, write_class=WriteClass.UNMARKED, reversible=False,
        note="stage is a label or id of the deal's pipeline; a new deal starts in the first open stage of the pipeline "
        "of the settings, and won or lost name the one stage that is. A change comes with its undo, a new deal has "
        "none. Where a deal is changed and an association fails the outcome is `partial`.",
        unverified="Writing deal_currency_code, which is done where the amount is not in the deal's currency."),
    Capability(SEARCH_TICKETS, search_lag_s=SEARCH_LAG_S, without=frozenset(("team", "tags")),
        only={"status": ("open", "closed")},
        note="With requester, and without text, the database answers, for up to 500 tickets of theirs; all else is a "
        "search: 10,000 results at most, without the requester. assignee is an e-mail address or an agent's id."),
    Capability(GET_TICKET, support="partial", only={"include": ("messages",)},
        note="messages are the ticket's notes and logged e-mails; what was said in the inbox is in its conversation, "
        "which conversation_id names beside them. A status is open or closed, and its label the stage of the "
        "pipeline."),
    Capability(CREATE_TICKET, write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("type", "team", "tags")), only={"first_message": ("from_customer", "internal")},
        note="The body becomes the ticket's description; nobody is mailed by it. It starts in the first open stage of "
        f"the pipeline of the settings. A related ticket is associated with it afterwards. {_MARKED}",
        unverified="That an account has the priority URGENT; HubSpot refuses the ticket where it has not."),
    Capability(UPDATE_TICKET, support="partial", write_class=WriteClass.SET_VALUE,
        note="status is open or closed, where the pipeline has one such stage only; status_label names any stage of "
        "the ticket's pipeline. type, team, tags and snooze_until are refused. Workflows of the account may mail the "
        f"customer. {_BEST_EFFORT}"),
    Capability(REPLY_TO_TICKET, write_class=WriteClass.UNMARKED, reversible=False, notifies_customer=True,
        only={"status_after": ("open", "closed")},
        note="Internal is a note on the ticket, whose last line is our marker. Public is a message on the ticket's "
        "thread, sent as `sender_user_id` of the settings to whom wrote last there, through the same account; a "
        "ticket without a thread cannot be answered. status_after is set by a second request.",
        unverified="No recording has the inbox: it follows HubSpot's file and reports of others, also that a comment "
        "and a message are told apart by their type alone."),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("team",)),
        note="An internal note on the ticket, `escalation_owner` of the settings as its owner, an open stage where it "
        "was closed, and urgency as its priority. A customer, or a conversation without a ticket, gets a new one. "
        f"{_MARKED}"),
    Capability(MERGE_TICKETS, write_class=WriteClass.UNMARKED, reversible=False,
        note="One request for each duplicate; the reason becomes a note on the ticket that goes on, which may have "
        "a new id.",
        unverified="No recording has a merge."),
    Capability(SEARCH_ARTICLES, search_lag_s=SEARCH_LAG_S,
        note="Published articles of the knowledge base; their bodies cannot be read.",
        unverified="All of it: it follows HubSpot's own SDK (hubspot-api-client 12.0.0), for lack of file and "
        "recording."),
    Capability(LIST_CONVERSATIONS, only={"channel": ("email", "chat", "web", "whatsapp", "sms", "other")},
        note="Threads of the inbox, open and closed, up to 100 of each, else a warning.",
        unverified="The channels' ids, and the order of the list."),
    Capability(GET_CONVERSATION,
        note="Of a conversation its messages and comments; of a ticket its notes and logged e-mails. HubSpot may give "
        "a part of a long message: a warning says so.",
        unverified="No recording has the inbox."),
    Capability(GET_CONTACTABILITY, only={"channel": ("email",)},
        note="marketing is about `marketing_subscription_id` of the settings; without it about all, where they agree.",
        unverified="No recording has subscriptions."),
    Capability(SET_CONSENT, write_class=WriteClass.SET_VALUE, only={"channel": ("email",)},
        note="Sets `marketing_subscription_id` of the settings; the evidence explains the legal basis.",
        unverified="Which legal basis an account demands, and that HubSpot mails nobody about it."),
)  # fmt: skip
