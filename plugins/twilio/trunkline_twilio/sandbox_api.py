"""The imitation of api.twilio.com: messages and calls."""

from datetime import UTC, datetime, timedelta

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_twilio.sandbox_http import form_of, listed, refusal
from trunkline_twilio.sandbox_state import NUMBER, WHATSAPP, Account

CONTENT = "HX" + "d" * 32
TEMPLATES = {CONTENT: "Hello {{1}}, your order {{2}} is on its way."}
_LONGEST = 1600
# https://www.twilio.com/docs/iam/test-credentials: what Twilio refuses to write to, and to call.
_MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_MAGIC_OF_CALLS = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}


class Messages:
    """The routes of messages over the state."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def list(self, request: Request) -> Response:
        """`GET …/Messages.json`."""
        return listed(request, self.account.messages, "messages")

    async def fetch(self, request: Request) -> Response:
        """`GET …/Messages/{Sid}.json`: each look lets the message get further."""
        for message in self.account.messages:
            if message["sid"] == request.path_params["sid"]:
                self.account.progress(message)
                return JSONResponse(message)
        return refusal(404, 20404)

    async def create(self, request: Request) -> Response:
        """`POST …/Messages.json`."""
        form, now = await form_of(request), datetime.now(UTC).replace(microsecond=0)
        code = _fault(form, now)
        if code:
            return refusal(400, code)
        message = self.account.keep(form.get("From"), form["To"], text_of(form), "outbound-api", now)
        if "MessagingServiceSid" in form:
            status = "scheduled" if "SendAt" in form else "accepted"
            message |= {"messaging_service_sid": form["MessagingServiceSid"], "status": status, "num_segments": "0"}
        return JSONResponse(message, 201)


class Calls:
    """The routes of calls over the state."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def list(self, request: Request) -> Response:
        """`GET …/Calls.json`."""
        return listed(request, self.account.calls, "calls")

    async def fetch(self, request: Request) -> Response:
        """`GET …/Calls/{Sid}.json`: each look lets the call get further."""
        for call in self.account.calls:
            if call["sid"] == request.path_params["sid"]:
                self.account.proceed(call)
                return JSONResponse(call)
        return refusal(404, 20404)

    async def create(self, request: Request) -> Response:
        """`POST …/Calls.json`: dates are not there yet, as recorded."""
        form = await form_of(request)
        code = 21210 if form.get("From") != NUMBER else _MAGIC_OF_CALLS.get(form["To"])
        if code:
            return refusal(400, code)
        call = self.account.ring(NUMBER, form["To"], "outbound-api", datetime.now(UTC).replace(microsecond=0))
        return JSONResponse({**call, "date_created": None, "date_updated": None}, 201)


def _fault(form: dict[str, str], now: datetime) -> int | None:
    """What is wrong with a new message, as Twilio's code."""
    number, body = form.get("To", "").removeprefix("whatsapp:"), form.get("Body", "")
    checks = (
        (not number, 21604),
        (not form.get("From") and not form.get("MessagingServiceSid"), 21603),
        (form.get("From", NUMBER) not in {NUMBER, f"whatsapp:{WHATSAPP}"}, 21606),
        (form.get("ContentSid", CONTENT) not in TEMPLATES, 21655),
        (not body and "ContentSid" not in form, 21619),
        (len(body) > _LONGEST, 21617),
    )
    found = next((code for is_wrong, code in checks if is_wrong), None)
    return found or _schedule_fault(form, now) or _MAGIC.get(number)


def _schedule_fault(form: dict[str, str], now: datetime) -> int | None:
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
