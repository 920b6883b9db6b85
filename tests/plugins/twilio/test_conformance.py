from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_twilio import trunkline_connector


class TestTwilio(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("twilio")
