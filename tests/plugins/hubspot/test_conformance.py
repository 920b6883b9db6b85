from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_hubspot import trunkline_connector


class TestHubSpot(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("hubspot")
