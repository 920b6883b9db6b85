"""What Twilio's tests have in common: settings as an operator changes them, and the form that was sent last."""

from dataclasses import replace
from urllib.parse import parse_qs

from support.bench import Bench
from trunkline_contracts.sandbox import COMPANY
from trunkline_twilio import TwilioSettings
from trunkline_twilio.sandbox import app_of
from trunkline_twilio.sandbox_state import ACCOUNT, Account


def settle(bench: Bench, **settings: str) -> None:
    """Change the connection's settings, as an operator would."""
    changed = TwilioSettings.model_validate({"account_sid": ACCOUNT, **settings})
    bench.connection = replace(bench.connection, settings=changed)


def form_of(bench: Bench) -> dict[str, str]:
    """The form of the last request."""
    return {name: values[0] for name, values in parse_qs(bench.requests[-1].body.decode()).items()}


def opened(bench: Bench) -> Account:
    """Put a fresh account behind the bench, whose state the test can see and change."""
    account = Account(COMPANY)
    bench.wire.app = app_of(account)
    return account
