from plugins.scenarios import otherwise
from trunkline_chargebee import trunkline_connector
from trunkline_contracts.testing import ConnectorConformance


class TestChargebee(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("chargebee")
