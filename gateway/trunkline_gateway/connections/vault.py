"""Seals secrets with AES-256-GCM; what is sealed is bound to the place it belongs to."""

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline_gateway.settings import GatewaySettings

_KEY_BYTES = 32
_NONCE_BYTES = 12


class VaultError(Exception):
    """The master key is missing, malformed, or not the one that sealed a secret."""


class Vault:
    """Encrypts and decrypts with one master key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise VaultError("the master key must be 32 bytes in base64: `openssl rand -base64 32` makes one")
        self._cipher = AESGCM(key)
        self._key = key

    def seal(self, secret: bytes, place: str) -> bytes:
        """Encrypt for one place, such as `tenant|connection|version`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Decrypt; raises VaultError for another key, another place, a changed or a missing byte."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise VaultError(
                "a stored credential cannot be opened: is this the master key it was sealed with?"
            ) from None

    def subkey(self, purpose: str) -> bytes:
        """A key for one purpose, derived from the master key."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)


def open_vault(settings: GatewaySettings) -> Vault:
    """The vault of a gateway: the key from the settings, else from a file in its home, made on first use."""
    if settings.master_key is not None:
        return Vault(_decode(settings.master_key.get_secret_value()))
    path = settings.folder / "master.key"
    if not path.exists():
        _create(path)
    return Vault(_decode(path.read_text()))


def _decode(text: str) -> bytes:
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        raise VaultError("the master key is not base64") from None


def _create(path: Path) -> None:
    """A key that is whole and on the disk before anything is sealed with it; the first of two starters makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(partial)
    partial.unlink()
