"""Cursors that agents carry: bound to the tenant, the connection and the query, and useless anywhere else."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.record import Record

_TAG_BYTES = 12


class Cursors:
    """Seals a vendor's cursor into ours, and opens it for the query it came from."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, cursor: str, scope: str, request: Record) -> str:
        """Our cursor for a vendor's."""
        raw = cursor.encode()
        return urlsafe_b64encode(self._tag(raw, scope, request) + raw).decode().rstrip("=")

    def open(self, cursor: str, scope: str, request: Record) -> str:
        """The vendor's cursor; raises InvalidArgumentError for a foreign or altered one."""
        try:
            sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            sealed = b""
        tag, raw = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(raw, scope, request)):
            raise InvalidArgumentError("This cursor belongs to another query or has expired: start without a cursor.")
        return raw.decode()

    def _tag(self, raw: bytes, scope: str, request: Record) -> bytes:
        query = request.model_dump_json(exclude={"cursor", "limit"}, exclude_none=True)
        return hmac.digest(self._key, b"\0".join((scope.encode(), query.encode(), raw)), hashlib.sha256)[:_TAG_BYTES]
