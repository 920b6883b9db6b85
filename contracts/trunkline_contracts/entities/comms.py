"""Whether and how somebody may be reached."""

from typing import Literal

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.values import Channel


class Suppression(Record):
    """Why the vendor will not deliver to an address, whatever is sent."""

    reason: Literal["bounce", "complaint", "unsubscribe", "invalid", "other"]
    since: Moment | None = None


class Contactability(Record):
    """What may be sent to somebody on one channel; the address is masked."""

    channel: Channel
    address_masked: VendorText | None = None
    transactional: Literal["allowed", "blocked", "unknown"] = "unknown"
    marketing: Literal["opted_in", "opted_out", "unknown"] = "unknown"
    suppressed: Suppression | None = None
    quiet_hours: VendorText | None = None


def masked(address: str) -> str:
    """An address of which one recognises one's own, and learns nobody else's: `a…@example.com`, `+12…01`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"{address[:3]}…{address[-2:]}"
