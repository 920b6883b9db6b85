"""Voucherify's only real values at hand: snapshots that its Java SDK's tests wrote of a live project.

They are no wire traffic: names are in camel case and times are numbers. Put back into the wire's form, those of a
resource that a tool of ours reads have to become valid records; the others are counted.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.http import CallContext
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.loyalty import GrantPoints
from trunkline_voucherify import vendor
from trunkline_voucherify.normalize_v1 import NormalizeV1

TO = NormalizeV1(CallContext("main"), "EUR")
ACCOUNT = Ref.of("main", "loyalty_account", "COFFEE")
CHANGE = GrantPoints(account_id=ACCOUNT, points=1, reason="goodwill")


def on_the_wire(value: Any, name: str = "") -> Any:
    """Snake case, and times as Voucherify writes them."""
    if isinstance(value, dict):
        return {re.sub(r"([A-Z])", r"_\1", key).lower(): on_the_wire(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [on_the_wire(item, name) for item in value]
    if isinstance(value, float) and name.endswith("At"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value


def document_of(body: bytes) -> Any:
    """The snapshot; one of them ends in a stray letter."""
    return on_the_wire(json.JSONDecoder().raw_decode(body.decode().strip())[0])


def read_customers(document: Any) -> Any:
    return [TO.match(customer, ("email",)) for customer in vendor.CustomerList.model_validate(document).customers]


def read_balance(document: Any) -> Any:
    return TO.change(CHANGE, document["points"], vendor.Balance.model_validate(document))


def read_order(document: Any) -> Any:
    return TO.order(vendor.Order.model_validate(document))


def read_reward(document: Any) -> Any:
    return TO.reward(vendor.OfferedReward.model_validate({"reward": document}), None)


def read_card(document: Any) -> Any:
    return TO.account(vendor.Member.model_validate(document), [])


READERS: Mapping[str, Callable[[Any], Any]] = {
    "ListedCustomers": read_customers,
    "UpdatedLoyaltyCardBalance": read_balance,
    "CreatedOrder": read_order,
    "UpdatedOrder": read_order,
    "CreatedReward": read_reward,
}
LEFT_OUT = {"GetOrder": "the SDK's test took the id away, which every order has on the wire"}
OTHER = "of a resource that no tool reads"


def reader_of(name: str, document: Any) -> Callable[[Any], Any] | None:
    """Who reads a snapshot: by its name, or because it is of a loyalty card."""
    is_card = document.get("type") == "LOYALTY_CARD" or (document.get("loyalty_card") and document.get("id"))
    return READERS.get(name) or (read_card if is_card else None)


def test_every_snapshot_of_a_resource_that_a_tool_reads_becomes_a_record() -> None:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    read, left_out = [], Counter[str]()
    for exchange in iter_exchanges(RECORDINGS, vendor="voucherify", tiers=("A", "A-", "B")):
        name = exchange.path.rsplit("/", 1)[-1].split(".")[0]
        document = document_of(exchange.response.body or b"{}")
        reader = reader_of(name, document)
        if name in LEFT_OUT or reader is None:
            left_out[LEFT_OUT.get(name, OTHER)] += 1
            continue
        assert reader(document), name
        read.append(name)
    print(f"voucherify: {len(read)} snapshots read (no wire traffic: an SDK's own form): {', '.join(read)}")
    for why, count in left_out.items():
        print(f"  left out  {count:5d}  {why}")
    assert set(READERS) <= set(read)
