"""Stripe's SDK over the gateway's egress: what leaves, and what an operator's own code gets."""

import subprocess
import sys
from dataclasses import dataclass, field

import pytest
import stripe
from stripe._api_version import _ApiVersion

from support.bench import KEY, Bench, reply
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.tools import GET_CUSTOMER, ISSUE_REFUND
from trunkline_stripe import API_VERSION, StripeSettings, trunkline_connector
from trunkline_stripe.sandbox_api import SECRET_KEY

REFUND = {"id": "re_1", "amount": 5, "currency": "eur", "status": "succeeded"}


def test_we_speak_the_version_that_the_sdk_was_made_for() -> None:
    assert API_VERSION == _ApiVersion.CURRENT == trunkline_connector().api_version


def test_reading_the_manifest_imports_no_sdk() -> None:
    code = "import sys, trunkline_stripe; trunkline_stripe.trunkline_connector(); sys.exit('stripe' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_only_what_stripe_needs_leaves(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECODE", "1")
    with pytest.raises(Exception, match="resource_missing"):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "cus_unknown"))
    sent = {name.lower(): value for name, value in bench.requests[-1].headers.items()}
    assert (sent["stripe-version"], sent["authorization"]) == (API_VERSION, f"Bearer {SECRET_KEY}")
    assert not {"x-stripe-client-user-agent", "x-stripe-client-telemetry", "idempotency-key"} & sent.keys()
    assert sent["user-agent"].startswith("Trunkline/")
    assert stripe.enable_telemetry is False


async def test_a_write_carries_our_key_as_a_form(bench: Bench) -> None:
    sent: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        sent.append(request)
        return reply(200, REFUND)

    bench.wire.faults.append(answer)
    await bench.call(ISSUE_REFUND, target=bench.ref("payment", "pi_1"), reason="a&b=c [d] é")
    assert sent[0].headers["Idempotency-Key"] == KEY
    assert sent[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert b"metadata[trunkline_reason]=a%26b%3Dc+[d]+%C3%A9" in sent[0].body


@dataclass
class OneReply:
    """An Http that gives one reply."""

    reply: HttpResponse
    call: CallContext = field(default_factory=lambda: CallContext("main"))

    async def send(self, request: HttpRequest) -> HttpResponse:
        assert request.url.startswith("https://api.stripe.com/v1/")
        return self.reply


async def test_an_operators_own_code_gets_the_sdk_with_its_own_errors() -> None:
    native = trunkline_connector().native_client
    found = native(StripeSettings(), OneReply(reply(200, {"id": "cus_1", "object": "customer"})))
    assert (await found.v1.customers.retrieve_async("cus_1")).id == "cus_1"
    missing = native(StripeSettings(), OneReply(reply(404, {"error": {"code": "resource_missing"}})))
    with pytest.raises(stripe.InvalidRequestError):
        await missing.v1.customers.retrieve_async("cus_1")


async def test_the_probe_proves_the_key() -> None:
    manifest = trunkline_connector()
    await manifest.probe(StripeSettings(), OneReply(reply(200, {"object": "list", "data": []})))
    with pytest.raises(Exception, match="reconnect"):
        await manifest.probe(StripeSettings(), OneReply(reply(401, {"error": {"type": "invalid_request_error"}})))
