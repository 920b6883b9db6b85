"""Replay: every connection is served from tapes, and no socket is ever opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import StringConstraints, TypeAdapter, ValidationError

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.refs import CONNECTION_NAME
from trunkline_gateway.cassettes.files import Cassette, CassetteError, Interaction, cassette_files, read_cassette
from trunkline_gateway.cassettes.matching import Tape
from trunkline_gateway.cassettes.tapes import RecordedAccount, chosen
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.wire import Sending

_SHOWN = 20
_NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, StringConstraints(pattern=f"^(?:{CONNECTION_NAME.pattern})$")])
_FIELDS: TypeAdapter[tuple[CustomField, ...]] = TypeAdapter(tuple[CustomField, ...])


class Answers(Protocol):
    """What answers a request from memory."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer; raises NoRecordingError."""
        ...


@dataclass(eq=False)
class ReplayWire:
    """Serves one connection from tapes."""

    tapes: Answers

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:  # noqa: ARG002 - a tape takes no time
        """The recorded answer."""
        return self.tapes.answer(request)

    async def close(self) -> None:
        """Nothing is held."""


class ReplayTapes:
    """Each cassette is a tape by its path without its suffix; without a choice all of them together are one."""

    needs_credentials = False

    def __init__(self, place: Path, cassettes: Sequence[Cassette], accounts: Sequence[RecordedAccount]) -> None:
        root = place if place.is_dir() else place.parent
        self._accounts = accounts
        self._everything = Tape([item for cassette in cassettes for item in cassette.interactions])
        self._named = {_name(cassette.path, root): Tape(cassette.interactions) for cassette in cassettes}

    @property
    def names(self) -> list[str]:
        """The tapes that can be chosen."""
        return list(self._named)

    def choose(self, name: str | None) -> None:
        """Take a tape for the call under way; raises InvalidArgumentError for one that is not there."""
        self.check(name)
        chosen.set(name)

    def check(self, name: str | None) -> None:
        """Raise InvalidArgumentError for a tape that is not there."""
        if name is not None and name not in self._named:
            more = f" and {len(self._named) - _SHOWN} more" if len(self._named) > _SHOWN else ""
            raise InvalidArgumentError(f"No such tape; the tapes are {', '.join(self.names[:_SHOWN])}{more}.")

    def accounts(self) -> Sequence[RecordedAccount]:
        """The accounts that the cassettes name."""
        return self._accounts

    def wire(self, _: Connection) -> ReplayWire:
        """The wire of any connection."""
        return ReplayWire(self)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer of the tape that the call under way chose."""
        name = chosen.get()
        return (self._everything if name is None else self._named[name]).answer(request)

    def unplayed(self, name: str | None = None) -> dict[str, list[Interaction]]:
        """What nobody asked for yet, by tape: of all tapes, or of one."""
        tapes = self._named if name is None else {name: self._named[name]}
        left = {
            tape: [item for item in played.unplayed if item not in self._everything.played]
            for tape, played in tapes.items()
        }
        return {tape: items for tape, items in left.items() if items}


def open_tapes(place: Path, manifests: Mapping[str, Manifest]) -> ReplayTapes:
    """The tapes below a folder, or of one file; raises CassetteError naming the file and the rule."""
    cassettes = [read_cassette(file) for file in cassette_files(place)]
    found: dict[str, tuple[RecordedAccount, Path]] = {}
    for cassette in cassettes:
        account = _account(cassette, manifests)
        if account is None:
            continue
        known, file = found.setdefault(account.name, (account, cassette.path))
        if known != account:
            raise CassetteError(
                f"{cassette.path}: its connection '{account.name}' is another account than that of {file}: "
                "replay one of the two, or record both in one run."
            )
    return ReplayTapes(place, cassettes, [account for account, _ in found.values()])


def _account(cassette: Cassette, manifests: Mapping[str, Manifest]) -> RecordedAccount | None:
    """The account of a cassette that today's plugin can read; None where vcrpy itself wrote it, with no header."""
    header = cassette.header
    if not header:
        return None
    manifest = _plugin(cassette, manifests)
    try:
        settings = manifest.settings.model_validate(header["settings"]).model_dump(mode="json", exclude_none=True)
        fields = _FIELDS.validate_python(header.get("custom_fields") or ())
        return RecordedAccount(_NAME.validate_python(header["connection"]), manifest.vendor, settings, fields)
    except KeyError as error:
        raise CassetteError(f"{cassette.path}: its header has no {error.args[0]}: record it again.") from None
    except ValidationError as error:
        faults = ", ".join(".".join(map(str, item["loc"])) or "connection" for item in error.errors())
        raise CassetteError(f"{cassette.path}: the plugin does not take its {faults}: record it again.") from None


def _plugin(cassette: Cassette, manifests: Mapping[str, Manifest]) -> Manifest:
    vendor, version = cassette.header.get("vendor"), cassette.header.get("api_version")
    manifest = manifests.get(str(vendor))
    if manifest is None:
        raise CassetteError(f"{cassette.path}: no plugin for its vendor '{vendor}' is installed.")
    if version != manifest.api_version:
        raise CassetteError(
            f"{cassette.path}: recorded of {vendor}'s API {version}, but the plugin speaks {manifest.api_version}: "
            "record it again."
        )
    return manifest


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).with_suffix("").as_posix()
