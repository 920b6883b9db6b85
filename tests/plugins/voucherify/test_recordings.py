"""Voucherify's only real values at hand: snapshots that its Java SDK's tests wrote of a live project.

They are no wire traffic: names are in camel case and times are numbers. Put back into the wire's form, those that a
tool of ours would read have to become valid records; the others are counted.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.loyalty import GrantPoints
from trunkline_voucherify import vendor
from trunkline_voucherify.normalize import Normalize

TO = Normalize("main")
ACCOUNT = Ref.of("main", "loyalty_account", "COFFEE")


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


def read(name: str, document: Any) -> Any:
    """The record that a tool of ours makes of a snapshot; None where no tool reads such a one."""
    if name == "ListedCustomers":
        customers = vendor.CustomerList.model_validate(document).customers
        return [TO.match(customer, ("email",)) for customer in customers]
    if name == "UpdatedLoyaltyCardBalance":
        change = GrantPoints(account_id=ACCOUNT, points=1, reason="goodwill")
        return TO.change(change, document["points"], vendor.Balance.model_validate(document))
    if document.get("type") == "LOYALTY_CARD" or (document.get("loyalty_card") and document.get("id")):
        return TO.account(vendor.Member.model_validate(document), [])
    return None


def test_every_snapshot_that_a_tool_reads_becomes_a_record() -> None:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    records, left_out = [], []
    for exchange in iter_exchanges(RECORDINGS, vendor="voucherify", tiers=("A", "A-", "B")):
        name = exchange.path.rsplit("/", 1)[-1].split(".")[0]
        record = read(name, document_of(exchange.response.body or b"{}"))
        (left_out.append(name) if record is None else records.append(record))
    print(f"voucherify: {len(records)} snapshots read (no wire traffic: an SDK's own form)")
    print(f"  left out  {len(left_out):5d}  no tool reads {', '.join(sorted(set(left_out)))}")
    assert len(records) >= 4
