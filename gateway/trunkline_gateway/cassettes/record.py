"""Recording: what one connection exchanges is scrubbed at once, kept by tape, and written at the end of the run."""

import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import SecretStr

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Auth, BasicAuth, HeaderAuth
from trunkline_gateway.cassettes.files import Interaction, Source, document_of, write_cassettes
from trunkline_gateway.cassettes.names import Names
from trunkline_gateway.cassettes.scrub import Scrubber
from trunkline_gateway.cassettes.tapes import RecordedAccount, chosen
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import WireFactory
from trunkline_gateway.egress.wire import Sending, Wire

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_SHORTEST_SECRET = 6


class Recording:
    """What is kept of one connection in one run."""

    def __init__(self, place: Connection, source: Source, default: str = "default") -> None:
        self.place = place
        self.source = source
        self.default = default
        # The values of a choice are the account's, not a person's.
        choices = [field.key for field in place.fields if field.choices]
        settings = place.settings.model_dump(mode="json", exclude_none=True)
        self.scrubber = Scrubber(Names.of(place.manifest, *choices), place.hosts, settings)
        self.tapes: defaultdict[str, list[Interaction]] = defaultdict(list)
        self._secrets: set[str] = set()

    def keep(self, request: HttpRequest, response: HttpResponse) -> None:
        """Keep a scrubbed copy of an exchange on the tape of the call under way."""
        self._secrets.update(_secrets(self.place, request.headers))
        kept = (self.scrubber.request(request), self.scrubber.response(response))
        self.tapes[chosen.get() or self.default].append(Interaction("", *kept))

    def over(self, wire: Wire) -> "RecordingWire":
        """A wire whose traffic is kept."""
        return RecordingWire(self, wire)

    def write(self, folder: Path, tool: str | None = None, arguments: Mapping[str, Any] | None = None) -> list[Path]:
        """Write the tapes, all or none, and the call where it was one; raises LeakError for what the scanner finds."""
        call = {"tool": tool, "arguments": self.scrubber.value("", dict(arguments or {}))} if tool else {}
        header = {**self._header(), **call}
        documents = {folder / f"{name}.yaml": document_of(header, kept) for name, kept in self.tapes.items()}
        write_cassettes(documents, frozenset(self._secrets))
        return list(documents)

    def _header(self) -> dict[str, Any]:
        manifest = self.place.manifest
        return {
            "vendor": manifest.vendor,
            "source": self.source,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "api_version": manifest.api_version,
            "connection": self.place.name,
            "settings": self.scrubber.settings,
            **({"custom_fields": _dumped(self.place.fields)} if self.place.fields else {}),
        }


class RecordingWire:
    """Passes requests on, and has scrubbed copies kept of what was exchanged."""

    def __init__(self, recording: Recording, wire: Wire) -> None:
        self._recording = recording
        self._wire = wire

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        """Exchange, and keep."""
        response = await self._wire.send(request, sending)
        self._recording.keep(request, response)
        return response

    async def close(self) -> None:
        """Close the wire below."""
        await self._wire.close()


class Recorder:
    """Records one connection of one tenant; all others pass through."""

    needs_credentials = True

    def __init__(self, tenant: str, connection: str, sockets: WireFactory, default: str = "default") -> None:
        self._recorded = (tenant, connection)
        self._sockets = sockets
        self._default = default
        self.recording: Recording | None = None

    def choose(self, name: str | None) -> None:
        """Take a tape for the call under way; raises InvalidArgumentError for what is no name of a file."""
        if name is not None and not _NAME.fullmatch(name):
            raise InvalidArgumentError("Trunkline-Tape is 1 to 64 lower-case letters, digits, _, . or -.")
        chosen.set(name)

    def accounts(self) -> Sequence[RecordedAccount]:
        """None: what is recorded is connected already."""
        return ()

    def wire(self, connection: Connection) -> Wire:
        """The wire of a connection; traffic of the one that is recorded is kept."""
        sockets = self._sockets(connection)
        if (connection.tenant, connection.name) != self._recorded:
            return sockets
        if self.recording is None:
            self.recording = Recording(connection, "sandbox" if connection.loopback else "live", self._default)
        return self.recording.over(sockets)


def _dumped(fields: Sequence[CustomField]) -> list[dict[str, Any]]:
    """Custom fields as a header holds them: a replayed connection asks for the same."""
    return [field.model_dump(mode="json", exclude_defaults=True) for field in fields]


def _secrets(place: Connection, headers: Mapping[str, str]) -> Iterator[str]:
    """The credential that a request carried, in the forms in which it could come back."""
    auth = place.manifest.auth[place.auth]
    names = {name.lower() for name in auth.templates} if isinstance(auth, HeaderAuth) else {"authorization"}
    for name, value in headers.items():
        if name.lower() in names:
            yield from (secret for secret in _forms(auth, value) if len(secret) >= _SHORTEST_SECRET)


def _forms(auth: Auth, header: str) -> Iterator[str]:
    """What a header's value is made of: its last word, and of a Basic pair the password, or a name that is secret."""
    credential = header.rpartition(" ")[2]
    yield credential
    if isinstance(auth, BasicAuth):
        name, _, password = b64decode(credential).decode().partition(":")
        yield password
        if _is_secret(auth, auth.username):
            yield name


def _is_secret(auth: BasicAuth, template: str) -> bool:
    """Whether a template has a secret in it: a name alone may stand in addresses."""
    fields = auth.credentials.model_fields
    named = {name for _, name, _, _ in Formatter().parse(template) if name}
    return any(fields[name].annotation is SecretStr for name in named & fields.keys())
