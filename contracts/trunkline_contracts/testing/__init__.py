"""The conformance kit for plugins: subclass `ConnectorConformance`, and run pytest.

    # test_acme.py, with `-p trunkline_gateway.testing.plugin` in pytest's addopts
    class TestAcme(ConnectorConformance):
        manifest = trunkline_connector()

Every check runs at the plugin's own sandbox, behind the gateway's own rules. None can be overridden.
"""

from trunkline_contracts.testing.bench import Bench, OpenBench, WireFault, reply
from trunkline_contracts.testing.conformance import ConnectorConformance

__all__ = ["Bench", "ConnectorConformance", "OpenBench", "WireFault", "reply"]
