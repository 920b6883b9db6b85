from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_zendesk import trunkline_connector


class TestZendesk(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("zendesk")
