from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_stripe import trunkline_connector


class TestStripe(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("stripe")
