"""The names of fields whose values a recording keeps: a common list, and the one that a plugin brings."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from trunkline_contracts.manifest import Manifest

_COMMON = "trunkline_gateway.cassettes:fields.txt"
# A comparison stands under the field that it compares, and is judged by that field's name.
_COMPARISONS = frozenset(
    ("is", "is_not", "in", "not_in", "eq", "ne", "gt", "gte", "lt", "lte", "between", "asc", "desc")
)
_INNER = re.compile(r"\[([^\[\]]*[^\[\]\d][^\[\]]*)\]")


class Names:
    """A list of names; `customer_id`, `customerId` and `CustomerId` are one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(map(_plain, names))

    @classmethod
    def of(cls, manifest: Manifest, *more: str) -> "Names":
        """The common names, those of a plugin, and more."""
        own = _listed(manifest.cassette_fields) if manifest.cassette_fields else ()
        return cls((*_listed(_COMMON), *own, *more))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _plain(telling_name(name)) in self._names


def telling_name(name: str, above: str = "") -> str:
    """The name that a value is judged by: `price` of `items[0][price]`, `email` of `email[is]`."""
    path = [above, name.partition("[")[0], *_INNER.findall(name)]
    return next((part for part in reversed(path) if part not in _COMPARISONS), name)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@cache
def _listed(reference: str) -> tuple[str, ...]:
    """The names in a package's text file, one a line; `#` begins a remark."""
    package, _, file = reference.partition(":")
    lines = (line.partition("#")[0].strip() for line in files(package).joinpath(file).read_text("utf-8").splitlines())
    return tuple(filter(None, lines))
