"""The state of the imitation: one account, what it exchanged, and what happens to it by itself."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from trunkline_contracts.sandbox import Person, Seed

ACCOUNT, SERVICE, VERIFY, KEY = "AC" + "a" * 32, "MG" + "b" * 32, "VA" + "e" * 32, "SK" + "c" * 32
SECRET, TOKEN = "sandbox-secret", "sandbox-token"
NUMBER, WHATSAPP = "+15005550006", "+14155238886"
CODE = "123456"
"""The code of every verification."""
VALID_FOR = timedelta(minutes=10)
UNREACHABLE = "30003"
# What becomes of messages to numbers with these endings, which are Twilio's codes for it.
_FAILING: dict[str, tuple[str, str | None]] = {
    UNREACHABLE: ("undelivered", "Unreachable destination handset"),
    "21610": ("failed", None),
    "63016": ("undelivered", None),
}
_NEXT = {"accepted": "queued", "queued": "sent", "sent": "delivered"}
_NEXT_OF_CALL = {"queued": "ringing", "ringing": "in-progress", "in-progress": "completed"}
_EVERY_15 = timedelta(minutes=15)

Json = dict[str, Any]


class Account:
    """The state: messages and calls, newest first, conversations with their messages, and verifications."""

    def __init__(self, seed: Seed) -> None:
        self.messages: list[Json] = []
        self.calls: list[Json] = []
        self.conversations: dict[str, Json] = {}
        self.participants: dict[str, list[Json]] = {}
        self.spoken: dict[str, list[Json]] = {}
        self.verifications: dict[str, Json] = {}
        people = seed.known_to("comms")
        for person in people:
            at = seed.now - _EVERY_15 * (len(people) - people.index(person))
            text = person.tickets[0].subject if person.tickets else "Hello, are you open on Sundays?"
            message = self.keep(person.phone, NUMBER, text, "inbound", at)
            message |= {"status": "received", "date_sent": rfc_2822(at)}
        for person in people:
            if any("complaint" in ticket.tags for ticket in person.tickets):
                call = self.ring(person.phone, NUMBER, "inbound", seed.now - timedelta(days=1))
                call |= {"status": "completed", "duration": "184", "start_time": call["date_created"]}
                self.converse(person, seed.now)

    def keep(self, sender: str | None, to: str, body: str, direction: str, at: datetime) -> Json:
        """Keep a new message."""
        sid = f"SM{len(self.messages) + 1:032x}"
        uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
        message = {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": rfc_2822(at),
            "date_sent": None,
            "date_updated": rfc_2822(at),
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(len(body) // 160 + 1),
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to,
            "uri": f"{uri}.json",
        }
        self.messages.insert(0, message)
        return message

    def progress(self, message: Json) -> None:
        """Let a message get one step further."""
        reached = _NEXT.get(message["status"])
        if reached is None:
            return
        now = rfc_2822(datetime.now(UTC))
        message |= {"status": reached, "date_updated": now, "date_sent": message["date_sent"] or now}
        code = message["to"][-5:]
        if reached == "delivered" and code in _FAILING:
            status, told = _FAILING[code]
            message |= {"status": status, "error_code": int(code), "error_message": told}

    def ring(self, sender: str, to: str, direction: str, at: datetime) -> Json:
        """Keep a new call."""
        sid = f"CA{len(self.calls) + 1:032x}"
        call: Json = {
            "account_sid": ACCOUNT,
            "annotation": None,
            "answered_by": None,
            "api_version": "2010-04-01",
            "caller_name": None,
            "date_created": rfc_2822(at),
            "date_updated": rfc_2822(at),
            "direction": direction,
            "duration": None,
            "end_time": None,
            "forwarded_from": None,
            "from": sender,
            "from_formatted": sender,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": sid,
            "start_time": None,
            "status": "queued",
            "subresource_uris": {},
            "to": to,
            "to_formatted": to,
            "trunk_sid": None,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json",
        }
        self.calls.insert(0, call)
        return call

    def proceed(self, call: Json) -> None:
        """Let a call get one step further."""
        reached = _NEXT_OF_CALL.get(call["status"])
        if reached is None:
            return
        now = rfc_2822(datetime.now(UTC))
        call |= {"status": reached, "date_updated": now}
        if reached == "in-progress" and call["to"].endswith(UNREACHABLE):
            call |= {"status": "no-answer", "duration": "0"}
        elif reached == "completed":
            call |= {"start_time": now, "end_time": now, "duration": "12"}

    def converse(self, person: Person, at: datetime) -> None:
        """Hold a short conversation with somebody, one side a chat user."""
        number = len(self.conversations) + 1
        sid = f"CH{number:032x}"
        binding = {"address": person.phone, "proxy_address": NUMBER, "type": "sms"}
        self.spoken[sid], self.participants[sid] = [], []
        self.say(sid, person.phone, person.tickets[0].body, at)
        self.say(sid, "support", "I am sorry. Which grinder is it?", at + timedelta(seconds=1))
        self.participants[sid] = [
            _participant(sid, 2 * number - 1, None, binding, at),
            _participant(sid, 2 * number, "support", None, at),
        ]
        self.conversations[sid] = {
            "account_sid": ACCOUNT,
            "chat_service_sid": f"IS{number:032x}",
            "conversation_sid": sid,
            "participant_sid": f"MB{2 * number - 1:032x}",
            "conversation_friendly_name": person.tickets[0].subject,
            "conversation_state": "active",
            "conversation_timers": {},
            "conversation_attributes": "{}",
            "conversation_date_created": iso(at),
            "conversation_date_updated": iso(at),
            "conversation_created_by": "system",
            "conversation_unique_name": None,
            "participant_user_sid": None,
            "participant_identity": None,
            "participant_messaging_binding": binding,
            "links": {},
        }

    def say(self, conversation: str, author: str, body: str, at: datetime) -> Json:
        """Keep a new message of a conversation."""
        index = len(self.spoken[conversation])
        url = f"https://conversations.twilio.com/v1/Conversations/{conversation}/Messages/IM{index:032x}"
        said: Json = {
            "sid": f"IM{index:032x}",
            "account_sid": ACCOUNT,
            "conversation_sid": conversation,
            "body": body,
            "media": None,
            "author": author,
            "participant_sid": None,
            "attributes": "{}",
            "date_created": iso(at),
            "date_updated": None,
            "index": index,
            "delivery": None,
            "content_sid": None,
            "url": url,
            "links": {},
        }
        self.spoken[conversation].append(said)
        return said


def _participant(conversation: str, number: int, identity: str | None, binding: Json | None, at: datetime) -> Json:
    sid = f"MB{number:032x}"
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "conversation_sid": conversation,
        "identity": identity,
        "attributes": "{}",
        "messaging_binding": binding,
        "role_sid": f"RL{1:032x}",
        "date_created": iso(at),
        "date_updated": iso(at),
        "last_read_message_index": None,
        "last_read_timestamp": None,
        "url": f"https://conversations.twilio.com/v1/Conversations/{conversation}/Participants/{sid}",
    }


def rfc_2822(at: datetime) -> str:
    """A date of the 2010 API."""
    return format_datetime(at)


def iso(at: datetime) -> str:
    """A date of the newer APIs."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
