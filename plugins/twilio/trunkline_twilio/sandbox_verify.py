"""The imitation of verify.twilio.com: every code is the same, five are checked, and ten minutes later it is over."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_twilio.sandbox_http import form_of, refusal
from trunkline_twilio.sandbox_state import ACCOUNT, CODE, VALID_FOR, VERIFY, Account, Json, iso

_MOST_SENT, _MOST_CHECKED = 5, 5
_CHANNELS = frozenset(("sms", "whatsapp", "call"))


class Verifications:
    """The routes over the state; `checked` counts, and is not shown."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def create(self, request: Request) -> Response:
        """`POST /v2/Services/{ServiceSid}/Verifications`: the same one again, while it is valid."""
        form, now = await form_of(request), datetime.now(UTC).replace(microsecond=0)
        if request.path_params["service"] != VERIFY:
            return refusal(404, 20404)
        if form["Channel"] not in _CHANNELS:
            return refusal(400, 60200)
        known = next((item for item in self.account.verifications.values() if item["to"] == form["To"]), None)
        found = known if known and self._is_open(known["sid"]) else self._begin(form["To"], now)
        sent = found["send_code_attempts"]
        if len(sent) >= _MOST_SENT:
            return refusal(429, 60203)
        sent.append({"attempt_sid": f"VL{len(sent):032x}", "channel": form["Channel"], "time": iso(now)})
        found |= {"channel": form["Channel"], "date_updated": iso(now)}
        return JSONResponse(_shown(found), 201)

    async def fetch(self, request: Request) -> Response:
        """`GET /v2/Services/{ServiceSid}/Verifications/{Sid}`."""
        sid = request.path_params["sid"]
        is_gone = not self._is_open(sid) or self.account.verifications[sid]["checked"] > _MOST_CHECKED
        return refusal(404, 20404) if is_gone else JSONResponse(_shown(self.account.verifications[sid]))

    async def check(self, request: Request) -> Response:
        """`POST /v2/Services/{ServiceSid}/VerificationCheck`."""
        form = await form_of(request)
        if not self._is_open(form["VerificationSid"]):
            return refusal(404, 20404)
        found = self.account.verifications[form["VerificationSid"]]
        found["checked"] += 1
        if found["checked"] > _MOST_CHECKED:
            return refusal(429, 60202)
        if form["Code"] == CODE:
            found |= {"status": "approved", "valid": True}
        wanted = ("sid", "service_sid", "account_sid", "to", "channel", "status", "valid", "date_created")
        more = {"amount": None, "payee": None, "sna_attempts_error_codes": None, "date_updated": iso(datetime.now(UTC))}
        return JSONResponse({**{name: found[name] for name in wanted}, **more})

    def _is_open(self, sid: str) -> bool:
        found = self.account.verifications.get(sid)
        if found is None or found["status"] != "pending":
            return False
        return datetime.now(UTC) - datetime.fromisoformat(found["date_created"]) < VALID_FOR

    def _begin(self, to: str, now: datetime) -> Json:
        sid = f"VE{len(self.account.verifications) + 1:032x}"
        self.account.verifications[sid] = {
            "sid": sid,
            "service_sid": VERIFY,
            "account_sid": ACCOUNT,
            "to": to,
            "status": "pending",
            "valid": False,
            "lookup": {"carrier": None},
            "amount": None,
            "payee": None,
            "send_code_attempts": [],
            "date_created": iso(now),
            "sna": None,
            "url": f"https://verify.twilio.com/v2/Services/{VERIFY}/Verifications/{sid}",
            "checked": 0,
        }
        return self.account.verifications[sid]


def _shown(found: Json) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "checked"}
