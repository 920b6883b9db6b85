"""What Twilio can do of each tool."""

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    GET_CONVERSATION,
    GET_CUSTOMER,
    GET_MESSAGE,
    LIST_CONVERSATIONS,
    PLACE_CALL,
    SEND_MESSAGE,
    VERIFY_CUSTOMER,
)

# https://www.twilio.com/docs/api/errors/20429: such requests "aren't processed and are safe to retry".
_LIMITER_FIRST = frozenset((429,))
_MARKETING = "Twilio has no flag for marketing, so `purpose` is not sent"
_CUSTOMER_NOTE = (
    "Twilio keeps no customers: one is a number that SMS or WhatsApp messages, or calls, were exchanged with. Calls "
    "are looked at where `voice_from` is set."
)
_THREAD_NOTE = (
    "A thread is what went to and came from a number on SMS, WhatsApp or by telephone, put together from two lists; "
    "what belongs to a conversation of Conversations is in the thread too."
)

CAPABILITIES = (
    Capability(SEND_MESSAGE, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        only={"channel": ("sms", "whatsapp", "chat")}, without=frozenset(("subject",)),
        refused_before_execution=_LIMITER_FIRST,
        note=f"{_MARKETING}: opting out is Twilio's own STOP: then a message is refused (21610) or `suppressed`. There "
        "is no place for a mark of ours, so a send whose answer is lost stays in doubt. `template` is a "
        "ContentSid (HX...); free text on WhatsApp reaches only those who wrote within 24 hours. `in_reply_to` a "
        "message or thread sends from the number that it was exchanged with; a conversation, or a message of one, is "
        "answered in it, to all who take part, and `to` has to be one of the first 100 of them: for chat their "
        "identity. `send_at` is 5 minutes to 35 days ahead and needs a messaging service; not in conversations.",
        unverified="No recording of a send; its form and answer follow Twilio's OpenAPI files of 2026-04. That a "
        "closed conversation is refused by 50377; that 63016 can come at once, and not only with the delivery."),
    Capability(PLACE_CALL, write_class=WriteClass.UNMARKED, notifies_customer=True, reversible=False,
        refused_before_execution=_LIMITER_FIRST,
        note=f"From `voice_from` of the settings. {_MARKETING}, and a call has no opt-out. `say` is spoken once in "
        "Twilio's default voice, in `language` with its country, such as de-DE; Twilio keeps no text of it. "
        "`connect_to` shows `voice_from` as the caller. Whether a person or a machine answered is not found out.",
        unverified="That every language on the list is spoken by the account's default voice."),
    Capability(VERIFY_CUSTOMER, support="partial", write_class=WriteClass.UNMARKED, notifies_customer=True,
        reversible=False, only={"send_code": ("sms", "whatsapp", "voice")}, without=frozenset(("facts",)),
        refused_before_execution=_LIMITER_FIRST,
        note="Codes of Verify v2, by `verify_service_sid` of the settings, to the number that the customer is; no "
        "e-mail, for Twilio knows none of theirs. Facts are compared by the gateway itself. A code is taken to be "
        "valid for 10 minutes, and five are tried; how many tries are left Twilio does not say. Sending again within "
        "that time sends the same code.",
        unverified="No recording of a check: it follows Twilio's OpenAPI file and guides. That a sixth code is "
        "answered by 429, and that the verification is gone then."),
    Capability(GET_MESSAGE,
        note="A call is a message without a text. Its states: ringing is sent, in-progress and completed are "
        "delivered, busy and no-answer are bounced, all of them marked lossy."),
    Capability(LIST_CONVERSATIONS, support="emulated", only={"channel": ("sms", "whatsapp", "voice")},
        without=frozenset(("since",)),
        note=f"{_THREAD_NOTE} Calls are listed where `voice_from` is set, or by channel. Conversations are ordered by "
        "their own last change, which need not be a message.",
        unverified="No recording of ParticipantConversations."),
    Capability(GET_CONVERSATION, support="emulated", only={"visibility": ("public",)}, note=_THREAD_NOTE,
        unverified="A thread's pages go on by PA and the last one's sid: so in the recordings and in Twilio's "
        "OpenAPI file, but nowhere promised."),
    Capability(FIND_CUSTOMERS, support="emulated", note=_CUSTOMER_NOTE,
        without=frozenset(("email", "external_id", "name", "postal_code"))),
    Capability(GET_CUSTOMER, support="emulated", note=_CUSTOMER_NOTE),
)  # fmt: skip
