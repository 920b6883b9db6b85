"""What Loyalty Management can do of each tool, and how."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    DEDUCT_POINTS,
    ENROLL_MEMBER,
    GET_LOYALTY_ACCOUNT,
    GRANT_POINTS,
    LIST_POINTS_TRANSACTIONS,
    LIST_REWARDS,
    REDEEM_REWARD,
    REVERSE_POINTS,
    SET_TIER,
)

_PROCESS = (
    "By the program's own process of this kind: it and its inputs are looked up before anything is sent. `wallet` and "
    "a qualifying currency need the input that takes a currency, `reason` reaches Salesforce by the input that "
    "takes one: both are named in the settings. When points become active or lapse is the program's rule."
)
_NOT_RECORDED = "Follows Salesforce's guide to Loyalty Management (API v67.0); neither a spec nor a recording has it."
_PROCESS_UNVERIFIED = (
    f"{_NOT_RECORDED} That a process's address ends in its record's name, that its parameters' names are those of its "
    "inputs, and that a journal's number can be looked up right after the call."
)

LOYALTY = (
    Capability(GET_LOYALTY_ACCOUNT,
        note="A contact's membership, spendable currencies before qualifying ones; escrowed points are `pending`. The "
        "tier is that of the primary tier group, the next one is judged by the one currency that counts toward it.",
        unverified=f"{_NOT_RECORDED} Inactive is given as blocked, which Salesforce does not say."),
    Capability(LIST_POINTS_TRANSACTIONS,
        note="The loyalty ledger. Salesforce says credit, debit or expiry: by our number on the journal a change is "
        "ours (adjust_*), by its related journal a reversal, else it was earned or redeemed.",
        unverified=f"{_NOT_RECORDED} Whether debits are written with a minus: the sign is taken from the kind."),
    Capability(GRANT_POINTS, write_class=WriteClass.MARKED, without=frozenset(("activates_at", "expires_at")),
        note=_PROCESS, unverified=_PROCESS_UNVERIFIED),
    Capability(DEDUCT_POINTS, write_class=WriteClass.MARKED,
        note=f"{_PROCESS} The active balance is looked at first, unless `allow_negative`: then the program decides.",
        unverified=_PROCESS_UNVERIFIED),
    Capability(LIST_REWARDS, support="partial",
        note="The program's active voucher definitions. Salesforce has no cost in points: it is read from the field of "
        "the org's own that the settings name, and without it affordable_only is refused.",
        unverified=_NOT_RECORDED),
    Capability(REDEEM_REWARD, support="partial", write_class=WriteClass.MARKED, reversible=False,
        without=frozenset(("points", "order")),
        note="By a process that the org has to make, from the template that debits points, with an action that issues "
        "the voucher: the settings name it, its input and the field with the cost. reverse_points gives the points "
        "back, the voucher stays.",
        unverified=_PROCESS_UNVERIFIED),
    Capability(ENROLL_MEMBER, write_class=WriteClass.UNMARKED, reversible=False,
        note="Makes an individual member of an existing contact; Salesforce's own enrolment would make a person "
        "account. The membership number is made up; one who is a member already is given back, not enrolled again.",
        unverified=f"{_NOT_RECORDED} Whether an org gives a member made so its balances and a first tier."),
    Capability(SET_TIER, write_class=WriteClass.SET_VALUE, without=frozenset(("until",)),
        note="The standard action changeTier; how long it lasts is the program's rule before API v68.0.",
        unverified=_NOT_RECORDED),
    Capability(REVERSE_POINTS, write_class=WriteClass.UNMARKED, reversible=False,
        note="The standard actions cancelAccrual and cancelRedemption: they cancel the whole activity, with all its "
        "changes, and cannot be taken back.",
        unverified=f"{_NOT_RECORDED} What they answer for an activity that was cancelled already."),
)  # fmt: skip
