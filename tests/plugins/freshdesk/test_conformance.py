"""The example of docs/: its kit once more, with every exchange judged by Freshdesk's published API file."""

from trunkline_contracts.testing import ConnectorConformance
from trunkline_freshdesk import trunkline_connector

SCENARIOS = {"get_conversation": {"conversation_id": "{ticket}"}, "escalate_to_human": {"team": "Care"}}


class TestFreshdesk(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = SCENARIOS
