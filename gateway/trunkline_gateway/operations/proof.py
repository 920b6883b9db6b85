"""What proves that a write was not applied; everything else leaves it in doubt."""

from collections.abc import Sequence

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_gateway.egress.governed import Exchange

# Statuses by which a vendor says, before doing anything, that it will not do it.
_REFUSALS = frozenset((400, 401, 402, 403, 404, 405, 410, 413, 415, 422))
# Statuses that prove it only where repeating or re-reading could not add a second effect.
_REFUSALS_OF_SAFE_CLASSES = frozenset((409, 412, 423, 429))
_SAFE = frozenset((WriteClass.NATIVE_KEY, WriteClass.UPSERT, WriteClass.SET_VALUE))


def not_applied(trace: Sequence[Exchange], capability: Capability) -> bool:
    """Whether what was exchanged proves that no part of a failed write took effect."""
    sent = [item for item in trace if item.mutating and item.sent]
    return all(_refused(item.status, capability) for item in sent)


def _refused(status: int | None, capability: Capability) -> bool:
    if status is None:
        return False
    if status in _REFUSALS or status in capability.refused_before_execution:
        return True
    return status in _REFUSALS_OF_SAFE_CLASSES and capability.write_class in _SAFE
