"""What Intercom supports of each tool."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_CUSTOMER,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    GET_ARTICLE,
    GET_CONTACTABILITY,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    MERGE_TICKETS,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    SEND_MESSAGE,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)

# "This delay can take a few minutes."
SEARCH_LAG_S = 300
_CHANNELS = ("chat", "email", "sms", "whatsapp", "phone")
_BODY_IS_HTML = "That the body of a comment is read as HTML, as a note's is, is not said in the API file."

CAPABILITIES = (
    Capability(FIND_CUSTOMERS, without=frozenset(("postal_code",)), search_lag_s=SEARCH_LAG_S,
        note="external_id alone is read from the database, and finds users, not leads; every other key, or pair of "
        "keys, asks a search index. Matches come without tags. Merged contacts are not found.",
        unverified="That a search by phone or e-mail ignores case and spaces was not seen."),
    Capability(GET_CUSTOMER,
        note="A merged contact is given as the one that took its place. Where somebody was seen is in extensions: "
        "Intercom knows no postal address.",
        unverified="No recording shows a merged contact."),
    Capability(CREATE_CUSTOMER, support="partial", write_class=WriteClass.UPSERT, reversible=False,
        note="Always a user, with an e-mail or an external id, of which Intercom refuses a second one with 409; whom "
        "its search does not show yet is a conflict. Company and tags have to exist; each is a write of its own.",
        unverified="How a company is found by its name, and the refusals with 409, were not recorded."),
    Capability(UPDATE_CUSTOMER, support="partial", write_class=WriteClass.SET_VALUE,
        note="Intercom has one name: a given name takes the place of its first word, a family name of the rest. "
        "Language and address cannot be written. Each tag is a write of its own. if_version is checked just before."),
    Capability(ADD_NOTE, support="partial", write_class=WriteClass.MARKED, reversible=False,
        note="About one customer in a call; our marker is the note's last line."),
    Capability(LIST_ACTIVITIES, support="partial", only={"types": ("note",)},
        note="The notes about a contact, as many as Intercom gives at once; conversations have tools of their own.",
        unverified="How a long list of notes is paged is not in the API file."),
    Capability(SEARCH_TICKETS, support="partial", without=frozenset(("tags", "sort")), search_lag_s=SEARCH_LAG_S,
        note="Tickets come first, then conversations, whose ids begin with conversation-. Tickets do not show their "
        "tags. Each of at most ten words of text has to stand in the subject or the body. A page can be short of its "
        "limit, and be followed by others. updated_since asks for whole days and leaves out what is older.",
        unverified="No recording shows a search of tickets; that words of ticket_state.category fit `state`, and "
        "that ~ looks for a part of a text in either search, was not seen."),
    Capability(GET_TICKET, note="Intercom gives the latest 500 parts. Tags, rating and SLA: of conversations only."),
    Capability(CREATE_TICKET, support="partial", write_class=WriteClass.UNMARKED, notifies_customer=True,
        reversible=False, only={"first_message": ("from_customer",)}, without=frozenset(("priority", "type", "tags")),
        note="A ticket of the type in the settings; the body is its description. related: only where that type is "
        "Back-office or Tracker, for Intercom links no new ticket of a customer.",
        unverified="No recording shows it; whether the customer is mailed depends on the workspace. That a list "
        "is written by an option's id is said in prose, and how its options are described is not; one label was read."),
    Capability(UPDATE_TICKET, support="partial", write_class=WriteClass.SET_VALUE,
        note="No priority and no type. on_hold is for conversations, with snooze_until; a ticket is snoozed beside "
        "its status. A ticket cannot be `new` again unless its type has such a state; a conversation can be open or "
        "closed. What is not one request for Intercom is sent one after another. if_version is checked just before.",
        unverified="No recording shows a change of a ticket, or a conversation being snoozed."),
    Capability(REPLY_TO_TICKET, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        note="A public reply is stored, and whether it leaves is not told: replies of bots to e-mail do not, unless "
        "Intercom allowed that. status_after is a second request.",
        unverified=_BODY_IS_HTML),
    Capability(MERGE_TICKETS, support="partial", write_class=WriteClass.SET_VALUE, reversible=False,
        note="Into a conversation only; a conversation or a ticket can be a duplicate, which is closed and linked. "
        "Each merge is a request of its own, and the reason an internal note after them.",
        unverified="No recording shows it; of versions before 2.16 it is absent. That a ticket is named by its own id "
        "is taken from the scopes that the API file asks for."),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("urgency",)),
        note="An internal note with our marker, the thread opened if it was closed, and the team, one after another. "
        "For a customer: create_ticket first."),
    Capability(SEARCH_ARTICLES, support="partial", without=frozenset(("locale", "cursor")), search_lag_s=SEARCH_LAG_S,
        note="The published articles among the first page of a search; Intercom's search takes no cursor.",
        unverified="No recording shows this search; articles were recorded in lists only."),
    Capability(GET_ARTICLE, note="A draft comes with the audience internal; its section is not read.",
        unverified="Articles were recorded in lists and as the reply to a change only, none in several languages."),
    Capability(LIST_CONVERSATIONS, only={"channel": _CHANNELS}, search_lag_s=SEARCH_LAG_S,
        note="In the order of Intercom's search, each page with its latest change first.",
        unverified="The order of a search across pages is not said in the API file."),
    Capability(GET_CONVERSATION,
        note="Intercom gives the latest 500 parts at once. Parts without a text, such as assignments, are left out."),
    Capability(SEND_MESSAGE, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        only={"channel": ("email", "chat")}, without=frozenset(("template", "variables", "send_at", "in_reply_to")),
        note="From the admin of the settings to a contact that exists; an e-mail needs a subject, a message inside "
        "the app has none. No conversation comes of it before the contact answers. To answer: reply_to_ticket.",
        unverified="No recording shows it. The API file names the kind both in_app and inapp: the first is sent. "
        + _BODY_IS_HTML),
    Capability(GET_CONTACTABILITY, support="partial", only={"channel": ("email",)},
        note="Of e-mail only. opted_out is who unsubscribed, opted_in who asked for a kind of e-mail, and everybody "
        "else unknown. Nothing where there is no address."),
    Capability(SET_CONSENT, support="emulated", write_class=WriteClass.SET_VALUE, only={"channel": ("email",)},
        note="Sets whether the contact unsubscribed from e-mails; the evidence is an internal note, a second request. "
        "Kinds of e-mail that they chose one by one stay as they are.",
        unverified="No recording shows it."),
)  # fmt: skip
