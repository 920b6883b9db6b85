"""A stateful imitation of Twilio, for the demo, for tests and for faults: never a proof about Twilio.

Some numbers do more than receive: Twilio's own magic numbers (+15005550001 and so on) are refused as Twilio refuses
them, and a message to a number that ends in 30003 is not delivered, with that code.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Host, Route, Router

from trunkline_contracts.sandbox import AsgiApp, Person, Sandbox, Seed

ACCOUNT, SERVICE, KEY = "AC" + "a" * 32, "MG" + "b" * 32, "SK" + "c" * 32
SECRET, TOKEN = "sandbox-secret", "sandbox-token"
NUMBER, WHATSAPP = "+15005550006", "+14155238886"
CONTENT = "HX" + "d" * 32
TEMPLATES = {CONTENT: "Hello {{1}}, your order {{2}} is on its way."}
# https://www.twilio.com/docs/iam/test-credentials
MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
UNREACHABLE = "30003"
_NEXT = {"accepted": "queued", "queued": "sent", "sent": "delivered"}
_EVERY_15 = timedelta(minutes=15)

Json = dict[str, Any]


class Account:
    """The state: messages, newest first, and conversations with theirs."""

    def __init__(self, seed: Seed) -> None:
        self.messages: list[Json] = []
        self.conversations: dict[str, Json] = {}
        self.spoken: dict[str, list[Json]] = {}
        people = seed.known_to("comms")
        for person in people:
            at = seed.now - _EVERY_15 * (len(people) - people.index(person))
            text = person.tickets[0].subject if person.tickets else "Hello, are you open on Sundays?"
            message = self.keep(person.phone, NUMBER, text, "inbound", at)
            message |= {"status": "received", "date_sent": rfc_2822(at)}
        for person in people:
            if any("complaint" in ticket.tags for ticket in person.tickets):
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
        if reached == "delivered" and message["to"].endswith(UNREACHABLE):
            message |= {
                "status": "undelivered",
                "error_code": 30003,
                "error_message": "Unreachable destination handset",
            }

    def converse(self, person: Person, at: datetime) -> None:
        """Hold a short conversation with somebody, one side a chat user."""
        number = len(self.conversations) + 1
        sid = f"CH{number:032x}"
        said = ((person.phone, person.tickets[0].body), ("support", "I am sorry. Which grinder is it?"))
        self.spoken[sid] = [_spoken(sid, index, author, body, at) for index, (author, body) in enumerate(said)]
        self.conversations[sid] = {
            "account_sid": ACCOUNT,
            "chat_service_sid": f"IS{number:032x}",
            "conversation_sid": sid,
            "participant_sid": f"MB{number:032x}",
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
            "participant_messaging_binding": {"address": person.phone, "proxy_address": NUMBER, "type": "sms"},
            "links": {},
        }


def _spoken(conversation: str, index: int, author: str, body: str, at: datetime) -> Json:
    return {
        "sid": f"IM{index:032x}",
        "account_sid": ACCOUNT,
        "conversation_sid": conversation,
        "body": body,
        "media": None,
        "author": author,
        "participant_sid": None,
        "attributes": "{}",
        "date_created": iso(at + timedelta(seconds=index)),
        "date_updated": None,
        "index": index,
        "delivery": None,
        "content_sid": None,
        "url": f"https://conversations.twilio.com/v1/Conversations/{conversation}/Messages/IM{index:032x}",
        "links": {},
    }


def rfc_2822(at: datetime) -> str:
    """A date of the 2010 API."""
    return format_datetime(at)


def iso(at: datetime) -> str:
    """A date of the v1 API."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Messaging:
    """The routes of api.twilio.com over the state."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def list(self, request: Request) -> Response:
        """`GET …/Messages.json`: newest first; a token names the last message of the page before."""
        query = request.query_params
        found = [
            message
            for message in self.account.messages
            if query.get("To", message["to"]) == message["to"] and query.get("From", message["from"]) == message["from"]
        ]
        if int(query.get("Page", 0)) and "PageToken" not in query:
            return refusal(400, 20001)
        after, size = query.get("PageToken", "PA").removeprefix("PA"), int(query.get("PageSize", 50))
        sids = [message["sid"] for message in found]
        if after and after not in sids:
            return refusal(400, 21481)
        start = sids.index(after) + 1 if after else 0
        return JSONResponse(_page(request, found, start, size))

    async def fetch(self, request: Request) -> Response:
        """`GET …/Messages/{Sid}.json`: each look lets the message get further."""
        for message in self.account.messages:
            if message["sid"] == request.path_params["sid"]:
                self.account.progress(message)
                return JSONResponse(message)
        return refusal(404, 20404)

    async def create(self, request: Request) -> Response:
        """`POST …/Messages.json`."""
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        now = datetime.now(UTC).replace(microsecond=0)
        code = fault(form, now)
        if code:
            return refusal(400, code)
        message = self.account.keep(form.get("From"), form["To"], text_of(form), "outbound-api", now)
        if "MessagingServiceSid" in form:
            status = "scheduled" if "SendAt" in form else "accepted"
            message |= {"messaging_service_sid": form["MessagingServiceSid"], "status": status, "num_segments": "0"}
        return JSONResponse(message, 201)


def _page(request: Request, found: list[Json], start: int, size: int) -> Json:
    part, query = found[start : start + size], {**request.query_params, "PageSize": str(size)}
    path, following = request.url.path, None
    if len(found) > start + size:
        following = f"{path}?{urlencode({**query, 'Page': '1', 'PageToken': 'PA' + part[-1]['sid']})}"
    return {
        "start": start,
        "end": start + max(len(part) - 1, 0),
        "page": 0,
        "page_size": size,
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "previous_page_uri": None,
        "next_page_uri": following,
        "uri": f"{path}?{urlencode(query)}",
        "messages": part,
    }


def fault(form: dict[str, str], now: datetime) -> int | None:
    """What is wrong with a new message, as Twilio's code."""
    number, body = form.get("To", "").removeprefix("whatsapp:"), form.get("Body", "")
    checks = (
        (not number, 21604),
        (not form.get("From") and not form.get("MessagingServiceSid"), 21603),
        (form.get("From", NUMBER) not in {NUMBER, f"whatsapp:{WHATSAPP}"}, 21606),
        (form.get("ContentSid", CONTENT) not in TEMPLATES, 21655),
        (not body and "ContentSid" not in form, 21619),
        (len(body) > 1600, 21617),
    )
    found = next((code for is_wrong, code in checks if is_wrong), None)
    return found or schedule_fault(form, now) or MAGIC.get(number)


def schedule_fault(form: dict[str, str], now: datetime) -> int | None:
    """What is wrong with the time of sending."""
    if "SendAt" not in form:
        return None
    if "MessagingServiceSid" not in form:
        return 35118
    ahead = datetime.fromisoformat(form["SendAt"]) - now
    return None if timedelta(minutes=5) <= ahead <= timedelta(days=35) else 35114


def text_of(form: dict[str, str]) -> str:
    """The text of a message, a template filled in."""
    if "ContentSid" not in form:
        return form["Body"]
    text = TEMPLATES[form["ContentSid"]]
    for name, value in orjson.loads(form.get("ContentVariables", "{}")).items():
        text = text.replace("{{" + name + "}}", value)
    return text


class Conversations:
    """The routes of conversations.twilio.com over the state."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def of_participant(self, request: Request) -> Response:
        """`GET /v1/ParticipantConversations`: ordered by their sids."""
        address = request.query_params.get("Address")
        found = [
            item
            for _, item in sorted(self.account.conversations.items())
            if item["participant_messaging_binding"]["address"] == address
        ]
        return _v1_page(request, found, "conversations")

    async def messages(self, request: Request) -> Response:
        """`GET /v1/Conversations/{ConversationSid}/Messages`: oldest first, unless asked otherwise."""
        said = self.account.spoken.get(request.path_params["conversation"])
        if said is None:
            return refusal(404, 20404)
        is_newest_first = request.query_params.get("Order", "asc").lower() == "desc"
        return _v1_page(request, said[::-1] if is_newest_first else said, "messages")

    async def message(self, request: Request) -> Response:
        """`GET /v1/Conversations/{ConversationSid}/Messages/{Sid}`."""
        said = self.account.spoken.get(request.path_params["conversation"], [])
        found = next((item for item in said if item["sid"] == request.path_params["sid"]), None)
        return JSONResponse(found) if found else refusal(404, 20404)


def _v1_page(request: Request, found: list[Json], key: str) -> Response:
    """A page whose token means nothing to a caller, as Twilio's do."""
    query = request.query_params
    start, size = int(query.get("PageToken", "PT.0").partition(".")[2]), int(query.get("PageSize", 50))
    url = f"https://conversations.twilio.com{request.url.path}"
    following = f"{url}?PageSize={size}&Page={start // size + 1}&PageToken=PT.{start + size}"
    meta = {
        "page": start // size,
        "page_size": size,
        "first_page_url": f"{url}?PageSize={size}&Page=0",
        "previous_page_url": None,
        "url": url,
        "next_page_url": following if len(found) > start + size else None,
        "key": key,
    }
    return JSONResponse({key: found[start : start + size], "meta": meta})


def refusal(status: int, code: int) -> Response:
    """Twilio's form of an error."""
    body = {"code": code, "message": "Refused.", "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return JSONResponse({**body, "status": status}, status)


class KeyCheck:
    """Refuses calls without an API key or the account's token."""

    def __init__(self, app: Any) -> None:
        self.app = app
        pairs = (f"{KEY}:{SECRET}", f"{ACCOUNT}:{TOKEN}")
        self.known = {b"Basic " + b64encode(pair.encode()) for pair in pairs}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Check, then pass on."""
        given = dict(scope.get("headers", ())).get(b"authorization")
        allowed = scope["type"] != "http" or given in self.known
        await (self.app if allowed else refusal(401, 20003))(scope, receive, send)


def app_of(account: Account) -> AsgiApp:
    """Both of Twilio's hosts over one account."""
    messaging, conversations = Messaging(account), Conversations(account)
    base, spoken = f"/2010-04-01/Accounts/{ACCOUNT}/Messages", "/v1/Conversations/{conversation}/Messages"
    messaging_routes = [
        Route(f"{base}.json", messaging.list),
        Route(f"{base}.json", messaging.create, methods=["POST"]),
        Route(f"{base}/{{sid}}.json", messaging.fetch),
    ]
    conversation_routes = [
        Route("/v1/ParticipantConversations", conversations.of_participant),
        Route(spoken, conversations.messages),
        Route(f"{spoken}/{{sid}}", conversations.message),
    ]
    hosts = [
        Host("api.twilio.com", Router(messaging_routes)),
        Host("conversations.twilio.com", Router(conversation_routes)),
    ]
    return KeyCheck(Starlette(routes=hosts))


def sandbox(seed: Seed) -> Sandbox:
    """An account that everybody has texted once."""
    return Sandbox(
        app=app_of(Account(seed)),
        auth="api_key",
        settings={
            "account_sid": ACCOUNT,
            "messaging_service_sid": SERVICE,
            "from_number": NUMBER,
            "whatsapp_from": WHATSAPP,
        },
        credentials={"api_key_sid": KEY, "api_key_secret": SECRET},
    )
