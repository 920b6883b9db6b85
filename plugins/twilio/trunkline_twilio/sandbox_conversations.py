"""The imitation of conversations.twilio.com."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trunkline_twilio.sandbox_api import text_of
from trunkline_twilio.sandbox_http import form_of, refusal, v1_page
from trunkline_twilio.sandbox_state import Account


class Conversations:
    """The routes over the state."""

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
        return v1_page(request, found, "conversations")

    async def participants(self, request: Request) -> Response:
        """`GET /v1/Conversations/{ConversationSid}/Participants`."""
        found = self.account.participants.get(request.path_params["conversation"])
        return refusal(404, 20404) if found is None else v1_page(request, found, "participants")

    async def messages(self, request: Request) -> Response:
        """`GET /v1/Conversations/{ConversationSid}/Messages`: oldest first, unless asked otherwise."""
        said = self.account.spoken.get(request.path_params["conversation"])
        if said is None:
            return refusal(404, 20404)
        is_newest_first = request.query_params.get("Order", "asc").lower() == "desc"
        return v1_page(request, said[::-1] if is_newest_first else said, "messages")

    async def message(self, request: Request) -> Response:
        """`GET /v1/Conversations/{ConversationSid}/Messages/{Sid}`."""
        said = self.account.spoken.get(request.path_params["conversation"], [])
        found = next((item for item in said if item["sid"] == request.path_params["sid"]), None)
        return JSONResponse(found) if found else refusal(404, 20404)

    async def say(self, request: Request) -> Response:
        """`POST /v1/Conversations/{ConversationSid}/Messages`: written by the system, unless somebody is named."""
        sid, form = request.path_params["conversation"], await form_of(request)
        conversation = self.account.conversations.get(sid)
        if conversation is None:
            return refusal(404, 20404)
        if conversation["conversation_state"] == "closed":
            return refusal(400, 50377)
        said = self.account.say(sid, form.get("Author", "system"), text_of(form), datetime.now(UTC))
        return JSONResponse(said, 201)
