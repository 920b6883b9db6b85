"""Program processes: what an org lets others run, under names and with inputs of its own choice.

https://developer.salesforce.com/docs/atlas.en-us.loyalty.meta/loyalty/connect_resources_process_name.htm
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_salesforce import loyalty_soql as soql
from trunkline_salesforce import vendor_loyalty as vendor
from trunkline_salesforce.client import Client

_PATH = "connect/loyalty/programs/{}/program-processes/{}"
# The input of Salesforce's templates that says how many points, and the type of the journal that they make.
POINTS = {vendor.CREDIT: "PointsToCredit", vendor.DEBIT: "PointsToDebit"}
_JOURNAL_TYPES = {vendor.CREDIT: "Accrual", vendor.DEBIT: "Redemption"}


class Processes:
    """The processes of one member's program."""

    def __init__(self, client: Client, member: vendor.Member) -> None:
        self._client = client
        self._member = member

    async def find(self, kind: str, name: str | None, *, besides: str | None = None) -> vendor.Process:
        """The process to run: the one of this name, or else the only one of its kind.

        Raises UnsupportedError that names those there are, for an operator to choose from.
        """
        found = await self._client.query(soql.processes(self._member.program_id), vendor.Process)
        fitting = [one for one in found if one.process_type == kind and one.name != besides]
        chosen = [one for one in fitting if name is None or one.name == name]
        if len(chosen) == 1:
            return chosen[0]
        wanted = f"active process named {name}" if name else f"single active process of the type {kind}"
        raise UnsupportedError(
            f"The loyalty program has no {wanted}. An operator can name one in this connection's settings; there are: "
            f"{_listed(one.name for one in fitting)}."
        )

    async def run(self, process: vendor.Process, number: str, points: Decimal, more: Mapping[str, Any]) -> None:
        """Run a process for a journal with our number, after a look at what it takes."""
        inputs = {POINTS[process.process_type]: float(points), **more}
        await self._check(process, inputs)
        body = {"processParameters": [{"TransactionJournal": self._journal(process, number), **inputs}]}
        path = _PATH.format(quote(self._member.program.name, safe=""), quote(process.name, safe=""))
        answer = await self._client.post(path, body, vendor.Ran)
        if not answer.status:
            raise ConflictError("Salesforce did not carry out the process: its rules refuse this for this member.")

    async def _check(self, process: vendor.Process, inputs: Mapping[str, Any]) -> None:
        taken = [one.name for one in await self._client.query(soql.inputs(process.id), vendor.Parameter)]
        missing = [name for name in inputs if name not in taken]
        if missing:
            raise UnsupportedError(
                f"The process {process.name} does not take {_listed(missing)}, but: {_listed(taken)}. An operator can "
                "name another process, or its inputs, in this connection's settings."
            )

    def _journal(self, process: vendor.Process, number: str) -> dict[str, str]:
        return {
            "ActivityDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ExternalTransactionNumber": number,
            "JournalTypeName": _JOURNAL_TYPES[process.process_type],
            "MemberId": self._member.id,
            "Status": "Processed",
        }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
