"""The gateway's settings: from the environment (`TRUNKLINE_…`), each with a safe default."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """How one gateway runs."""

    # A refused setting is named but not shown: what it stands beside may be the master key.
    model_config = SettingsConfigDict(
        env_prefix="TRUNKLINE_", frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    home: Path = Field(default=Path("~/.trunkline"), description="Where the embedded store and the master key live.")
    database_url: str | None = Field(
        default=None, repr=False, description="sqlite:///PATH or postgresql://…; default: in home."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=7210, ge=0, le=65535)
    public_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Host names under which clients reach the gateway beside localhost: a,b:8443."
    )
    master_key: SecretStr | None = Field(default=None, description="32 bytes, base64; default: a file in home.")
    allow_loopback: bool = Field(default=False, description="Let connections point at sandboxes on this machine.")
    replay: Path | None = Field(default=None, description="Serve vendors from the cassettes of this folder.")
    call_timeout_s: float = Field(default=30.0, gt=0, le=300)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("public_hosts", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(filter(None, (name.strip() for name in given.split(",")))) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.environment == "production" and (self.allow_loopback or self.replay):
            raise ValueError("production refuses allow_loopback and replay: unset them, or set environment=development")
        return self

    @property
    def folder(self) -> Path:
        """The home folder, with `~` resolved."""
        return self.home.expanduser()

    @property
    def database(self) -> str:
        """The URL of the store."""
        return self.database_url or f"sqlite:///{self.folder / 'trunkline.db'}"
