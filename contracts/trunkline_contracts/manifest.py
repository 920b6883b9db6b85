"""A plugin's manifest: pure data about one vendor, cheap to read, with nothing opened or imported for it."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from pydantic import SecretStr

from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import AnyContract, Category
from trunkline_contracts.fields import FieldKind
from trunkline_contracts.http import Http, HttpResponse
from trunkline_contracts.record import Record
from trunkline_contracts.sandbox import Sandbox, Seed

CONTRACT_VERSION = 1
"""The version of the plugin boundary that this release has; a plugin built for a newer one is refused."""


class Settings(Record):
    """Base of what an operator fills in and a connector may see: no secrets."""


class Credentials(Record):
    """Base of the secret part: the gateway keeps it, a connector never sees it."""


def _fill(template: str, settings: Settings, credentials: Credentials) -> str:
    values = {**settings.model_dump(), **{name: _plain(value) for name, value in credentials}}
    return template.format_map(values)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


@dataclass(frozen=True)
class HeaderAuth:
    """A credential sent in headers; each template names fields of the settings and the credentials."""

    credentials: type[Credentials]
    templates: Mapping[str, str]

    def headers(self, settings: Settings, credentials: Credentials) -> dict[str, str]:
        """The headers to add to each request."""
        return {name: _fill(template, settings, credentials) for name, template in self.templates.items()}


@dataclass(frozen=True)
class BasicAuth:
    """HTTP Basic authentication (RFC 7617) from two templates."""

    credentials: type[Credentials]
    username: str
    password: str

    def headers(self, settings: Settings, credentials: Credentials) -> dict[str, str]:
        """The Authorization header."""
        pair = f"{_fill(self.username, settings, credentials)}:{_fill(self.password, settings, credentials)}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


Auth = HeaderAuth | BasicAuth


@dataclass(frozen=True)
class RateState:
    """What a reply's headers say of the vendor's limit: how much is left, and when it is full again."""

    remaining: int | None = None
    reset_s: float | None = None


RateDialect = Callable[[HttpResponse], RateState]
"""Reads a vendor's own rate-limit headers; `Retry-After` is understood without it."""


@dataclass(frozen=True)
class Manifest:
    """All that the gateway knows of a vendor before it connects; `contract_version` is the one it was built for.

    `hosts` are host name templates over the settings, such as `{subdomain}.zendesk.com`. `ids` gives, for each kind
    of record, the pattern of the vendor's ids. `throttled` recognises a rate limit that does not come as a 429.
    `absent` says of tools that are not in the sheet why not. `custom_fields` are the kinds of record whose custom
    fields the connector's `describe_fields` finds out. `cassette_fields` refers to a text file, `package:file`: the
    names, one a line, of the vendor's fields that hold nothing of anybody's, so that a recording may keep them.

    `connector`, `sandbox` and `native` are references, `module:name`, so that nothing is imported before it is needed:
    the class that is built from (settings, http) and has a `probe` beside its tools, the function that makes a
    `Sandbox` from a `Seed`, and the function that makes the vendor's own SDK from (settings, http).
    """

    contract_version: int
    vendor: str
    title: str
    category: Category
    settings: type[Settings]
    auth: Mapping[str, Auth]
    hosts: Sequence[str]
    connector: str
    capabilities: Sequence[Capability]
    ids: Mapping[str, str]
    api_version: str
    docs: str
    sandbox: str | None = None
    rate_dialect: RateDialect | None = None
    throttled: Callable[[HttpResponse], bool] | None = None
    native: str | None = None
    extra: str | None = None
    notes: Sequence[str] = field(default=())
    custom_fields: Sequence[FieldKind] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    cassette_fields: str | None = None

    def connector_class(self) -> Any:
        """The class of the connector; importing it can take a second, for it brings the vendor's SDK."""
        return _load(self.connector)

    def connect(self, settings: Settings, http: Http) -> Any:
        """The connector for one call."""
        return self.connector_class()(settings, http)

    async def probe(self, settings: Settings, http: Http) -> None:
        """One harmless read that proves the settings and the credential."""
        await self.connect(settings, http).probe()

    def open_sandbox(self, seed: Seed) -> Sandbox:
        """A fresh sandbox; raises ValueError where the plugin has none."""
        sandbox: Sandbox = _load(self.sandbox)(seed)
        return sandbox

    def native_client(self, settings: Settings, http: Http) -> Any:
        """The vendor's own SDK, sent through the gateway; raises ValueError where the plugin has none."""
        return _load(self.native)(settings, http)

    def capability(self, contract: AnyContract | str) -> Capability | None:
        """What the vendor supports of a tool; None where it cannot do it at all."""
        return self._sheet.get(contract if isinstance(contract, str) else contract.name)

    @cached_property
    def _sheet(self) -> Mapping[str, Capability]:
        return {item.contract.name: item for item in self.capabilities}


@cache
def _load(reference: str | None) -> Any:
    if reference is None:
        raise ValueError("the plugin has no such part")
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
