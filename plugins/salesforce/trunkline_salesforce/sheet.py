"""Salesforce's capability sheet: what it can do of each tool, and how."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.entities.crm import ActivityType
from trunkline_contracts.tools import (
    ADD_NOTE,
    CREATE_CUSTOMER,
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    FIND_CUSTOMERS,
    FIND_ORDERS,
    GET_ARTICLE,
    GET_CONTACTABILITY,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_ACTIVITIES,
    LIST_CONVERSATIONS,
    LIST_DEALS,
    REPLY_TO_TICKET,
    SAVE_DEAL,
    SAVE_TASK,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    SET_CONSENT,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_salesforce.loyalty_sheet import LOYALTY

SEARCH_LAG_S = 900
"""How old an answer of the search index can be, usually: Salesforce promises nothing."""

ACTIVITY_TYPES: tuple[ActivityType, ...] = ("note", "call", "email", "meeting", "task")

CAPABILITIES = (
    Capability(FIND_CUSTOMERS,
        note="Contacts first, then leads that are not converted. Keys are compared without regard to case, a telephone "
        "number in the usual spellings of its country code; external_id needs `external_id_field` in the settings.",
        unverified="Whether an org stores telephone numbers in yet another spelling."),
    Capability(GET_CUSTOMER,
        note="A merged contact or lead is given with `merged_into`, a converted lead with its contact there."),
    Capability(UPDATE_CUSTOMER, write_class=WriteClass.SET_VALUE,
        note="Names, email, phone, the given parts of the address, custom fields by API name (X__c). Salesforce has no "
        "tags and no standard language of a person: add_tags, remove_tags and language are refused. if_version is best "
        "effort: to the second, and only against changes that touch the record itself.",
        unverified="If-Unmodified-Since and person accounts follow Salesforce's documentation; no recording has them."),
    Capability(ADD_NOTE, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        note="A completed task with the subject Note, our marker on the last line of its comments, and one customer: a "
        "real note would take two calls, of which the second may fail."),
    Capability(LIST_ACTIVITIES, support="emulated", only={"types": ACTIVITY_TYPES},
        note="Tasks by their creation, events by their start and e-mails by their date, merged; a task that only "
        "copies an e-mail is left out. Of an activity with several people only the first person's history has it.",
        unverified="The query over EmailMessageRelation: no recording shows it."),
    Capability(CREATE_CUSTOMER, write_class=WriteClass.MARKED, reversible=False, without=frozenset({"tags"}),
        note="A contact, found first by every exact key, as a contact and then as a lead; our marker is its "
        "description. With external_id and `external_id_field` it is an upsert by that field. It needs a family name; "
        "`company` is the name of an account that exists.",
        unverified="An external id with signs beyond letters, digits and .:_@- is not used as an address."),
    Capability(SAVE_TASK, write_class=WriteClass.MARKED,
        note="About one contact or lead and one company, deal or ticket; Salesforce keeps the day only. done, deferred "
        "and the like become the org's own words. A new task has our marker below its text and cannot be taken back.",
        unverified="TaskStatus is read as Salesforce documents it; an org may have renamed High, Normal and Low."),
    Capability(LIST_DEALS,
        note="Opportunities of an account, or in which a contact has a role; a lead has none. Amounts need the org's "
        "currency in the settings, or `multi_currency`. A stage's place in its order is not read.",
        unverified="The query over OpportunityContactRole, and several currencies: no recording shows them."),
    Capability(SAVE_DEAL, write_class=WriteClass.MARKED, without=frozenset({"lost_reason"}),
        note="The opportunity and its contact roles are written in one request, all or nothing, so a link cannot fail "
        "alone. A new one needs close_date, has our marker as its description, and cannot be taken back. `status` "
        "takes the org's first stage that means it. Contacts are added, never removed. A change carries no marker.",
        unverified="That a composite request takes back what it wrote: its form was recorded, a rollback was not."),
    Capability(SEARCH_TICKETS, support="partial", without=frozenset({"tags"}), search_lag_s=SEARCH_LAG_S,
        note="Cases, from the database; with `text` from the search index. "
        "Statuses are looked up in the org's own words. A lead has no cases.",
        unverified="CaseStatus, SOSL over Case with conditions, and how late the index is: no recording has them."),
    Capability(GET_TICKET, only={"include": ("messages",)},
        note="An org names its own statuses: only closed or not is certain, a word that is not known counts as open "
        "and is lossy. The customer's first message is description_text unless it came as an e-mail."),
    Capability(CREATE_TICKET, support="partial", write_class=WriteClass.MARKED, reversible=False,
        without=frozenset({"tags"}), only={"first_message": ("from_customer", "internal")},
        note="A case of a contact. What is internal, such as our marker, becomes an internal comment. Priority and "
        "type are found among the org's own values; with `team` its assignment rule is switched off.",
        unverified="That a case's field Comments makes an unpublished comment: it is described as Internal Comments."),
    Capability(UPDATE_TICKET, write_class=WriteClass.SET_VALUE,
        note="The status by what it means, or by the org's own word as status_label; an owner is a user or a queue. "
        "Salesforce has no tags and no snoozing of cases: these are refused. if_version is best effort, to the second.",
        unverified="If-Unmodified-Since and CaseStatus follow Salesforce's documentation; no recording has them."),
    Capability(REPLY_TO_TICKET, support="partial", write_class=WriteClass.UNMARKED, reversible=False,
        notifies_customer=True,
        note="A comment of at most 4,000 bytes: public is a published one, which the customer sees in a portal. With "
        "status_after both are written in one request, all or nothing. No e-mail is sent by us.",
        unverified="Whether a published comment is mailed: that is each org's own setting."),
    Capability(ESCALATE_TO_HUMAN, support="emulated", write_class=WriteClass.MARKED, reversible=False,
        note="One change of the case: Escalated, an internal comment with the summary and our marker, priority, and "
        "the queue where a team is given. For a contact, or where the case is closed, a new case.",
        unverified="That a case's field Comments makes an unpublished comment: it is described as Internal Comments."),
    Capability(LIST_CONVERSATIONS, support="emulated", only={"channel": ("email", "voice", "web", "chat", "sms")},
        note="A contact's cases, the last changed first; the channel is the case's origin.",
        unverified="An org's own words for Origin are other channels."),
    Capability(GET_CONVERSATION,
        note="E-mails and comments of a case, merged, newest first; chats and feed posts are not read. The text that a "
        "case was opened with is its description: get_ticket has it.",
        unverified="CaseComment, its author's kind, and EmailMessage by its case: no recording shows them."),
    Capability(SEARCH_ARTICLES, search_lag_s=SEARCH_LAG_S,
        note="Published articles of Salesforce Knowledge in one language: the given one, or the settings'.",
        unverified="SOSL over Knowledge__kav with its conditions; how late the index is."),
    Capability(GET_ARTICLE,
        note="The text is in a field of each org's own, which the settings name (`article_field`).",
        unverified="Knowledge__kav by KnowledgeArticleId follows Salesforce's documentation."),
    Capability(FIND_ORDERS, support="partial", without=frozenset({"status"}),
        note="Orders that name the contact as bill-to or ship-to, for a person account all of the account's. "
        "Salesforce's orders say neither payment nor parcels; one hit comes with its lines.",
        unverified="Order and OrderItem follow Salesforce's documentation; no recording has them."),
    Capability(GET_CONTACTABILITY, only={"channel": ("email", "phone")},
        note="The e-mail opt-out, the do-not-call mark and bounces. Who did not opt out is unknown, not opted in.",
        unverified="HasOptedOutOfEmail and DoNotCall: new orgs hide them, and no recording has them."),
    Capability(SET_CONSENT, support="partial", write_class=WriteClass.MARKED, only={"channel": ("email",)},
        note="The e-mail opt-out, and the evidence in a task that is done, in one request, all or nothing. Salesforce "
        "keeps no opt-in: opted_in takes the opt-out away.",
        unverified="HasOptedOutOfEmail: new orgs hide it, and no recording has it."),
    *LOYALTY,
)  # fmt: skip
