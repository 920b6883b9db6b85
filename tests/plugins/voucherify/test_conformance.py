from plugins.scenarios import otherwise
from trunkline_contracts.testing import ConnectorConformance
from trunkline_voucherify import trunkline_connector


class TestVoucherify(ConnectorConformance):
    manifest = trunkline_connector()
    scenarios = otherwise("voucherify")
