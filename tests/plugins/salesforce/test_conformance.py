from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_salesforce import trunkline_connector


class TestSalesforce(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("salesforce")
