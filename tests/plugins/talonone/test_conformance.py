from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_talonone import trunkline_connector


class TestTalonOne(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("talonone")
