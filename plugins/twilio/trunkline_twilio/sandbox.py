"""A stateful imitation of Twilio, for the demo, for tests and for faults: never a proof about Twilio.

Some numbers do more than receive: Twilio's own magic numbers (+15005550001 and so on) are refused as Twilio refuses
them, a message to a number that ends in 30003, 21610 or 63016 is not delivered, with that code, and a call to one that
ends in 30003 is not answered.
"""

from starlette.applications import Starlette
from starlette.routing import Host, Route, Router

from trunkline_contracts.sandbox import AsgiApp, Sandbox, Seed
from trunkline_twilio.sandbox_api import Calls, Messages
from trunkline_twilio.sandbox_conversations import Conversations
from trunkline_twilio.sandbox_http import KeyCheck
from trunkline_twilio.sandbox_state import ACCOUNT, KEY, NUMBER, SECRET, SERVICE, VERIFY, WHATSAPP, Account
from trunkline_twilio.sandbox_verify import Verifications


def app_of(account: Account) -> AsgiApp:
    """Three of Twilio's hosts over one account."""
    hosts = [
        Host("api.twilio.com", Router(_api(account))),
        Host("conversations.twilio.com", Router(_conversations(account))),
        Host("verify.twilio.com", Router(_verify(account))),
    ]
    return KeyCheck(Starlette(routes=hosts))


def _api(account: Account) -> list[Route]:
    base = f"/2010-04-01/Accounts/{ACCOUNT}"
    kinds = (("Messages", Messages(account)), ("Calls", Calls(account)))
    return [
        route
        for name, kind in kinds
        for route in (
            Route(f"{base}/{name}.json", kind.list),
            Route(f"{base}/{name}.json", kind.create, methods=["POST"]),
            Route(f"{base}/{name}/{{sid}}.json", kind.fetch),
        )
    ]


def _conversations(account: Account) -> list[Route]:
    kind, base = Conversations(account), "/v1/Conversations/{conversation}"
    return [
        Route("/v1/ParticipantConversations", kind.of_participant),
        Route(f"{base}/Participants", kind.participants),
        Route(f"{base}/Messages", kind.messages),
        Route(f"{base}/Messages", kind.say, methods=["POST"]),
        Route(f"{base}/Messages/{{sid}}", kind.message),
    ]


def _verify(account: Account) -> list[Route]:
    kind, base = Verifications(account), "/v2/Services/{service}"
    return [
        Route(f"{base}/Verifications", kind.create, methods=["POST"]),
        Route(f"{base}/Verifications/{{sid}}", kind.fetch),
        Route(f"{base}/VerificationCheck", kind.check, methods=["POST"]),
    ]


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
            "voice_from": NUMBER,
            "verify_service_sid": VERIFY,
        },
        credentials={"api_key_sid": KEY, "api_key_secret": SECRET},
    )
