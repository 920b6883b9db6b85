"""Every tool, and the profiles in which they are handed out."""

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.tools.billing import (
    CANCEL_SUBSCRIPTION,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    ISSUE_REFUND,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_contracts.tools.comms import GET_CONVERSATION, GET_MESSAGE, LIST_CONVERSATIONS, SEND_MESSAGE
from trunkline_contracts.tools.crm import (
    ADD_NOTE,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    LIST_ACTIVITIES,
    UPDATE_CUSTOMER,
)
from trunkline_contracts.tools.helpdesk import (
    CREATE_TICKET,
    ESCALATE_TO_HUMAN,
    GET_TICKET,
    REPLY_TO_TICKET,
    SEARCH_ARTICLES,
    SEARCH_TICKETS,
    UPDATE_TICKET,
)
from trunkline_contracts.tools.loyalty import (
    DEDUCT_POINTS,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
)

TRIAGE: tuple[AnyContract, ...] = (
    FIND_CUSTOMERS, GET_CUSTOMER, LIST_ACTIVITIES, SEARCH_TICKETS, GET_TICKET, LIST_CONVERSATIONS, GET_CONVERSATION,
    SEARCH_ARTICLES, LIST_SUBSCRIPTIONS, FIND_INVOICES, GET_LOYALTY_ACCOUNT,
)  # fmt: skip
SUPPORT: tuple[AnyContract, ...] = (
    *TRIAGE, CREATE_TICKET, UPDATE_TICKET, REPLY_TO_TICKET, ESCALATE_TO_HUMAN, ADD_NOTE, SEND_MESSAGE, ISSUE_REFUND,
)  # fmt: skip
RETENTION: tuple[AnyContract, ...] = (
    *SUPPORT, GET_BILLING_ACCOUNT, PAUSE_SUBSCRIPTION, RESUME_SUBSCRIPTION, CANCEL_SUBSCRIPTION,
    LIST_POINTS_TRANSACTIONS, GRANT_POINTS, DEDUCT_POINTS,
)  # fmt: skip
FULL: tuple[AnyContract, ...] = (*RETENTION, UPDATE_CUSTOMER, GET_MESSAGE)

PROFILES: dict[str, tuple[AnyContract, ...]] = {
    "triage": TRIAGE, "support": SUPPORT, "retention": RETENTION, "full": FULL,
}  # fmt: skip
"""The named sets of tools that a client may be given."""

CONTRACTS: dict[str, AnyContract] = {contract.name: contract for contract in FULL}
"""Every tool by its name."""

__all__ = [
    "ADD_NOTE",
    "CANCEL_SUBSCRIPTION",
    "CONTRACTS",
    "CREATE_TICKET",
    "DEDUCT_POINTS",
    "ESCALATE_TO_HUMAN",
    "FIND_CUSTOMERS",
    "FIND_INVOICES",
    "FULL",
    "GET_BILLING_ACCOUNT",
    "GET_CONVERSATION",
    "GET_CUSTOMER",
    "GET_LOYALTY_ACCOUNT",
    "GET_MESSAGE",
    "GET_TICKET",
    "GRANT_POINTS",
    "ISSUE_REFUND",
    "LIST_ACTIVITIES",
    "LIST_CONVERSATIONS",
    "LIST_POINTS_TRANSACTIONS",
    "LIST_SUBSCRIPTIONS",
    "PAUSE_SUBSCRIPTION",
    "PROFILES",
    "REPLY_TO_TICKET",
    "RESUME_SUBSCRIPTION",
    "RETENTION",
    "SEARCH_ARTICLES",
    "SEARCH_TICKETS",
    "SEND_MESSAGE",
    "SUPPORT",
    "TRIAGE",
    "UPDATE_CUSTOMER",
    "UPDATE_TICKET",
]
