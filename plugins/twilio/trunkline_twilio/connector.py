"""Twilio's connector: all its tools over one account."""

from trunkline_twilio.calls import Calls
from trunkline_twilio.history import History
from trunkline_twilio.people import People
from trunkline_twilio.sending import Sending
from trunkline_twilio.verifying import Verifying


class Twilio(People, History, Sending, Calls, Verifying):
    """One account."""
