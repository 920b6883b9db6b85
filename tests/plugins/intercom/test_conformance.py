from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_intercom import trunkline_connector


class TestIntercom(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("intercom")
