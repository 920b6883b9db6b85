"""The capability sheet: what a connector supports of each contract, as data that the gateway obeys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from trunkline_contracts.contract import AnyContract

Support = Literal["native", "emulated", "partial"]


class WriteClass(StrEnum):
    """How safely a write can be repeated.

    A: the vendor keeps a key of ours. B: upsert by an id of ours. C: sets a value. D: additive, but our marker
    can be read back. E: additive and not readable.
    """

    NATIVE_KEY = "A"
    UPSERT = "B"
    SET_VALUE = "C"
    MARKED = "D"
    UNMARKED = "E"


@dataclass(frozen=True)
class Capability:
    """One tool at one vendor.

    `only` narrows an argument to the values that the vendor can honour; `without` names arguments it cannot honour
    at all: a call with one is refused, never stripped. `note` says how a tool is emulated or why it is partial.
    `refused_before_execution` are statuses beyond the common refusals by which the vendor documents that a write was
    not carried out. `unverified` says what no spec or recording could confirm.
    """

    contract: AnyContract
    support: Support = "native"
    write_class: WriteClass | None = None
    note: str | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    notifies_customer: bool = False
    reversible: bool = True
    refused_before_execution: frozenset[int] = frozenset()
    search_lag_s: int | None = None
    unverified: str | None = None

    def __post_init__(self) -> None:
        if self.contract.is_write != (self.write_class is not None):
            raise ValueError(f"{self.contract.name}: a write, and only a write, declares a write class")
        if self.support != "native" and not self.note:
            raise ValueError(f"{self.contract.name}: say in `note` how it is {self.support}")
        unknown = (set(self.only) | self.without) - set(self.contract.takes.model_fields)
        if unknown:
            raise ValueError(f"{self.contract.name} has no argument {', '.join(sorted(unknown))}")
