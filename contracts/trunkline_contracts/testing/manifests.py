"""Checks of what a plugin says of itself."""

import re
import string
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from trunkline_contracts.contract import implemented
from trunkline_contracts.manifest import BasicAuth
from trunkline_contracts.refs import Ref
from trunkline_contracts.testing.examples import enum_of
from trunkline_contracts.testing.kit import Kit
from trunkline_contracts.testing.scenarios import ARGUMENTS
from trunkline_contracts.tools import CONTRACTS

_HOSTILE_HOSTS = (
    "evil.example/",
    "evil.example#",
    "a.b@evil.example",
    "evil.example?",
    "evil.example:8443/",
    "..",
    "a b",
    "",
)
_FOREIGN_HOSTS = ("evil.example", "api.evil.example")
_PATHS = ("..", ".", "a/b", "../a", "a?b", "a#b", "a%2fb", "a b", "", "a\\b", "a\nb")


class ManifestChecks(Kit):
    """The manifest and the capability sheet."""

    def test_the_manifest_says_who_and_what_it_is(self) -> None:
        """A name that can stand in a command, a version that was tested, and the vendor's documentation."""
        manifest = self.manifest
        assert re.fullmatch(r"[a-z][a-z0-9_]{1,39}", manifest.vendor)
        assert manifest.title
        assert manifest.api_version
        assert manifest.docs.startswith("https://")

    def test_the_manifest_has_a_sandbox(self) -> None:
        """Without an imitation nothing below can be checked, and nobody can try the plugin."""
        assert self.manifest.sandbox

    def test_sheet_and_connector_name_the_same_tools(self) -> None:
        """A tool that is declared and not there, or there and not declared, is a lie about a capability."""
        declared = {sheet.contract.name for sheet in self.manifest.capabilities}
        assert declared == set(implemented(self.manifest.connector_class()))

    def test_no_tool_is_declared_twice(self) -> None:
        """One line a tool."""
        names = [sheet.contract.name for sheet in self.manifest.capabilities]
        assert sorted(set(names)) == sorted(names)

    def test_every_tool_has_a_scenario(self) -> None:
        """A tool without one would pass unseen."""
        assert {sheet.contract.name for sheet in self.manifest.capabilities} <= ARGUMENTS.keys()

    def test_people_can_be_found_and_read(self) -> None:
        """The gateway joins one person across systems by these two."""
        assert self.manifest.capability("find_customers")
        assert self.manifest.capability("get_customer")

    def test_every_tool_of_the_category_is_there_or_its_absence_is_explained(self) -> None:
        """Whoever chooses a vendor reads what it cannot do, and why not."""
        declared = {sheet.contract.name for sheet in self.manifest.capabilities}
        wanted = {name for name, contract in CONTRACTS.items() if contract.category is self.manifest.category}
        missing = sorted(wanted - declared - self.manifest.absent.keys())
        assert missing == [], f"build these, or say in `absent` why not: {', '.join(missing)}"
        assert declared & self.manifest.absent.keys() == set()
        assert [name for name, reason in self.manifest.absent.items() if not reason.strip()] == []

    def test_what_nobody_could_verify_is_said(self) -> None:
        """No vendor is known for certain; a sheet without doubt was not thought about."""
        assert self.manifest.notes or any(sheet.unverified for sheet in self.manifest.capabilities)

    def test_a_narrowed_argument_names_values_that_exist(self) -> None:
        """A value that the contract does not know can never be sent."""
        for sheet in self.manifest.capabilities:
            schema = sheet.contract.arguments.json_schema()
            for name, values in sheet.only.items():
                known = enum_of(schema["properties"][name], schema.get("$defs", {}))
                assert known is None or set(values) <= known, f"{sheet.contract.name}.{name}"

    def test_an_id_is_never_a_path(self) -> None:
        """An id goes into an address: what steers one must not pass."""
        for kind, pattern in self.manifest.ids.items():
            assert [text for text in _PATHS if re.fullmatch(pattern, text) and _is_ref(kind, text)] == [], kind

    def test_a_setting_cannot_steer_a_host(self) -> None:
        """The host decides who gets the credential."""
        for template in self.manifest.hosts:
            for _, name, _, _ in string.Formatter().parse(template):
                if name:
                    # What ends a host decides the whole of it: then a good name of somebody else is hostile too.
                    is_last = template.endswith(f"{{{name}}}")
                    _assert_refused(self.manifest.settings, name, _HOSTILE_HOSTS + _FOREIGN_HOSTS * is_last)

    def test_a_secret_is_never_shown(self) -> None:
        """What a header is made of is kept as a secret, but for the name in basic authentication."""
        for auth in self.manifest.auth.values():
            templates = [auth.password] if isinstance(auth, BasicAuth) else list(auth.templates.values())
            secrets = {name for name, field in auth.credentials.model_fields.items() if field.annotation is SecretStr}
            assert _named(templates) & auth.credentials.model_fields.keys() <= secrets
            everything = [*templates, auth.username] if isinstance(auth, BasicAuth) else templates
            assert _named(everything) & secrets, "a credential without a secret: is it among the settings?"


def _named(templates: list[str]) -> set[str]:
    """The fields that templates name."""
    return {name for text in templates for _, name, _, _ in string.Formatter().parse(text) if name}


def _is_ref(kind: str, vendor_id: str) -> bool:
    try:
        return bool(Ref.of("main", kind, vendor_id))
    except ValueError:
        return False


def _assert_refused(settings: Any, name: str, hostile: tuple[str, ...]) -> None:
    for text in hostile:
        with pytest.raises(ValidationError) as refused:
            settings.model_validate({name: text})
        assert name in {item["loc"][0] for item in refused.value.errors()}, f"{name} takes {text!r}"
