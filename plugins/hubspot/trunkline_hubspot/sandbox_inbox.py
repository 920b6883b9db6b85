"""The conversations inbox, as the sandbox answers it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_hubspot.sandbox_replies import refusal
from trunkline_hubspot.sandbox_state import Account

# HubSpot writes down its own name for whoever a private app answers as.
_APP = {"actorId": "I-1271683"}


class Inbox:
    """The routes."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def list_threads(self, request: Request) -> Response:
        """`GET /conversations/v3/conversations/threads`: of one contact, and of one status."""
        asked = request.query_params
        if "associatedContactId" in asked and "threadStatus" not in asked:
            return refusal(400, "VALIDATION_ERROR")
        found = [
            thread
            for thread in self.account.threads.values()
            if thread["associatedContactId"] == asked["associatedContactId"]
            and thread["status"] == asked["threadStatus"]
        ]
        found.sort(key=lambda thread: int(thread["id"]), reverse=asked["sort"].startswith("-"))
        limit = int(asked["limit"])
        more = {"paging": {"next": {"after": str(limit)}}} if len(found) > limit else {}
        return JSONResponse({"results": found[:limit], **more})

    async def get_thread(self, request: Request) -> Response:
        """`GET /conversations/v3/conversations/threads/{id}`."""
        thread = self.account.threads.get(request.path_params["id"])
        return JSONResponse(thread) if thread else refusal(404, "OBJECT_NOT_FOUND")

    async def list_messages(self, request: Request) -> Response:
        """`GET /conversations/v3/conversations/threads/{id}/messages`, newest first."""
        if request.path_params["id"] not in self.account.threads:
            return refusal(404, "OBJECT_NOT_FOUND")
        found = self.account.messages.get(request.path_params["id"], [])[::-1]
        start, limit = int(request.query_params.get("after", "0")), int(request.query_params["limit"])
        end = start + limit
        more = {"paging": {"next": {"after": str(end)}}} if end < len(found) else {}
        return JSONResponse({"results": found[start:end], **more})

    async def send_message(self, request: Request) -> Response:
        """`POST /conversations/v3/conversations/threads/{id}/messages`."""
        if request.path_params["id"] not in self.account.threads:
            return refusal(404, "OBJECT_NOT_FOUND")
        asked: dict[str, Any] = await request.json()
        kept = {name: value for name, value in asked.items() if name not in {"recipients", "senderActorId"}}
        if asked["type"] == "MESSAGE":
            kept |= {"direction": "OUTGOING", "status": {"statusType": "SENT"}, "recipients": _recipients(asked)}
        return JSONResponse(self.account.say(request.path_params["id"], kept, _APP), 201)


def _recipients(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"recipientField": one["recipientField"], "deliveryIdentifier": address}
        for one in asked["recipients"]
        for address in one["deliveryIdentifiers"]
    ]


def inbox_routes(account: Account) -> list[Route]:
    """The routes over an account."""
    inbox, threads = Inbox(account), "/conversations/v3/conversations/threads"
    return [
        Route(threads, inbox.list_threads),
        Route(threads + "/{id}", inbox.get_thread),
        Route(threads + "/{id}/messages", inbox.send_message, methods=["POST"]),
        Route(threads + "/{id}/messages", inbox.list_messages),
    ]
