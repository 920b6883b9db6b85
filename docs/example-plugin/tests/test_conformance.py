"""Freshdesk, held to what every plugin is held to."""

from trunkline_contracts.testing import ConnectorConformance
from trunkline_freshdesk import trunkline_connector

# The kit would look a conversation up in list_conversations, which this plugin lacks: a ticket's id will do.
SCENARIOS = {"get_conversation": {"conversation_id": "{ticket}"}, "escalate_to_human": {"team": "Care"}}


class TestFreshdesk(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = SCENARIOS
