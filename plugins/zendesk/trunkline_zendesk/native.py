"""zenpy for an operator's own code, speaking through the gateway; to be used within `bridge.run_sync`.

zenpy is GPL-3.0 and not safe to share between threads, so no tool's call ever passes here.
"""

from typing import Any

from trunkline_contracts.bridge import requests_session
from trunkline_contracts.http import Http
from trunkline_zendesk import ZendeskSettings


def client(settings: ZendeskSettings, http: Http) -> Any:
    """Make a zenpy client without a credential, which the gateway adds, and without zenpy's cache."""
    from zenpy import Zenpy  # noqa: PLC0415 - only here, and only with the extra `zendesk`

    session = requests_session(http)
    return Zenpy(subdomain=settings.subdomain, session=session, anonymous=True, disable_cache=True)
