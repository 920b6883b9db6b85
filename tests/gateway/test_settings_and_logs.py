"""Settings come from the environment and are strict; logs say what happened and never to whom."""

import contextlib
import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from trunkline_gateway.logs import capture_libraries, configure_logs, log
from trunkline_gateway.settings import GatewaySettings

SECRET = b64encode(b"a master key that nobody may see").decode()
DATABASE = "postgresql://trunkline:canary-password@db.example/trunkline"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatewaySettings.model_fields:
        monkeypatch.delenv(f"TRUNKLINE_{name.upper()}", raising=False)


# Settings.


def test_the_defaults_are_safe() -> None:
    settings = GatewaySettings()
    assert (settings.host, settings.environment) == ("127.0.0.1", "development")
    assert (settings.allow_loopback, settings.replay, settings.public_hosts) == (False, None, ())


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "ENVIRONMENT": "production", "HOST": "0.0.0.0", "PORT": "8080", "MASTER_KEY": SECRET,  # noqa: S104
        "DATABASE_URL": DATABASE, "PUBLIC_HOSTS": "cx.example, cx.example:8443,", "CALL_TIMEOUT_S": "12.5",
        "LOG_LEVEL": "debug", "ALLOW_LOOPBACK": "",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"TRUNKLINE_{name}", value)
    settings = GatewaySettings()
    assert (settings.environment, settings.port, settings.call_timeout_s) == ("production", 8080, 12.5)
    assert settings.public_hosts == ("cx.example", "cx.example:8443")
    assert settings.database == DATABASE
    assert settings.allow_loopback is False


def test_the_store_lies_in_the_home_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert GatewaySettings(home=tmp_path).database == f"sqlite:///{tmp_path}/trunkline.db"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert GatewaySettings().folder == tmp_path / ".trunkline"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("environment", "prod"),
        ("port", "70000"),
        ("port", "-1"),
        ("call_timeout_s", "0"),
        ("call_timeout_s", "301"),
        ("call_timeout_s", "nan"),
        ("call_timeout_s", "inf"),
        ("allow_loopback", "perhaps"),
        ("log_level", "loud"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TRUNKLINE_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name):
        GatewaySettings()


@pytest.mark.parametrize("forbidden", [{"allow_loopback": True}, {"replay": Path()}])
def test_production_refuses_what_is_for_development(forbidden: dict[str, Any]) -> None:
    assert GatewaySettings(environment="development", **forbidden)
    with pytest.raises(ValidationError, match="production refuses"):
        GatewaySettings(environment="production", **forbidden)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="allow_lopback"):
        GatewaySettings(allow_lopback=True)  # type: ignore[call-arg]


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        GatewaySettings().allow_loopback = True  # type: ignore[misc]


def test_settings_show_no_secret_and_neither_does_their_refusal() -> None:
    settings = GatewaySettings(master_key=SecretStr(SECRET), database_url=DATABASE)
    with pytest.raises(ValidationError) as refused:
        GatewaySettings(
            master_key=SecretStr(SECRET), database_url=DATABASE, environment="production", allow_loopback=True
        )
    with pytest.raises(ValidationError) as also:
        GatewaySettings(master_key=[SECRET], database_url=[DATABASE])
    for shown in (repr(settings), str(settings), str(refused.value), str(also.value)):
        assert SECRET not in shown
        assert "canary-password" not in shown


# Logs.


Events = list[dict[str, Any]]


@contextlib.contextmanager
def logged(level: str = "info") -> Iterator[Events]:
    """What is logged meanwhile; at the end it is read as JSON, a line an event."""
    events: Events = []
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        configure_logs(level)
        yield events
    configure_logs()
    events += [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(secret: str) -> None:
    variable = secret
    raise ValueError(f"cannot read {variable}")


@pytest.mark.parametrize("given", ["exception", "exc_info", "an error", "a triple"])
def test_an_exception_is_its_type_and_its_place_and_never_its_values(given: str) -> None:
    with logged() as events:
        try:
            fail("canary-value")
        except ValueError as error:
            ways = {"exc_info": True, "an error": error, "a triple": (type(error), error, error.__traceback__)}
            log.exception("call_failed") if given == "exception" else log.error("call_failed", exc_info=ways[given])
    (event,) = events
    assert (event["event"], event["exc_type"]) == ("call_failed", "ValueError")
    assert [place.partition(":")[0] for place in event["at"]] == ["test_settings_and_logs.py"] * 2
    assert "canary-value" not in json.dumps(event)


def test_only_the_last_steps_to_a_fault_are_told() -> None:
    def deeper(steps: int) -> None:
        if steps:
            deeper(steps - 1)
        fail("x")

    with logged() as events:
        try:
            deeper(20)
        except ValueError:
            log.exception("call_failed")
    assert len(events[0]["at"]) == 6


def test_a_value_cannot_forge_a_line() -> None:
    with logged() as events:
        log.warning("odd", value='a\n{"event": "forged", "level": "info"}\r\n\u2028\x1b[31m')
    assert [event["event"] for event in events] == ["odd"]


@pytest.mark.parametrize("value", ["\ud800", b"\xff", object, {1: {2}}, float("nan")])
def test_whatever_is_logged_comes_out_as_json(value: object) -> None:
    with logged() as events:
        log.info("odd", value=value)
    assert len(events) == 1


def test_a_secret_type_is_not_shown() -> None:
    settings = GatewaySettings(master_key=SecretStr(SECRET), database_url=DATABASE)
    with logged() as events:
        log.info("odd", key=SecretStr(SECRET), settings=settings)
    assert SECRET not in json.dumps(events)
    assert "canary-password" not in json.dumps(events)


def test_levels_below_the_chosen_one_are_silent() -> None:
    with logged("warning") as events:
        log.info("quiet")
        log.warning("loud")
    assert [event["event"] for event in events] == ["loud"]


def test_each_line_says_when_and_how_loud() -> None:
    with logged() as events:
        log.error("here")
    assert events[0]["level"] == "error"
    assert events[0]["timestamp"].endswith("Z")


@contextlib.contextmanager
def library() -> Iterator[logging.Logger]:
    """A library's logger; the root is put back afterwards as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    root.handlers.clear()
    try:
        capture_libraries()
        yield logging.getLogger("some.library")
    finally:
        root.handlers[:], root.level = before


@pytest.mark.parametrize("odd", ["canary-value", "\ud800 canary-value"])
def test_what_a_library_logs_is_told_without_its_values(odd: str) -> None:
    with logged() as events, library() as logger:
        logger.warning("a request to %s failed", odd)
        try:
            fail(odd)
        except ValueError:
            logger.exception("it failed")
        logger.info("nobody asked")
    assert [event["event"] for event in events] == ["a request to %s failed", "it failed"]
    assert events[1]["exc_type"] == "ValueError"
    assert "canary-value" not in json.dumps(events)


def test_a_librarys_odd_text_is_still_one_line() -> None:
    with logged() as events, library() as logger:
        logger.warning("half a pair \ud800\n{}")
    assert [event["logger"] for event in events] == ["some.library"]
