"""The tools that the gateway carries out itself: asking after a write, and comparing what somebody says they are."""

from dataclasses import dataclass, replace
from typing import Any

from trunkline_contracts.capability import Capability, WriteClass
from trunkline_contracts.record import Record
from trunkline_contracts.tools import GET_CUSTOMER, VERIFY_CUSTOMER
from trunkline_contracts.tools.crm import GetCustomer, VerifyCustomer
from trunkline_contracts.tools.operations import GetOperation
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Connections, Route, route
from trunkline_gateway.operations.status import OperationStatus
from trunkline_gateway.people.verify import Verifier

_FACTS = Capability(VERIFY_CUSTOMER, "emulated", WriteClass.SET_VALUE, note="The gateway compares the facts itself.")


def is_about_facts(request: Record) -> bool:
    """Whether a request is a comparison of facts, which no vendor does."""
    return isinstance(request, VerifyCustomer) and request.facts is not None


@dataclass(frozen=True)
class OwnTools:
    """Carries them out."""

    performer: Performer
    verifier: Verifier
    status: OperationStatus

    def home(self, request: VerifyCustomer, connections: Connections) -> Route:
        """Where the customer's facts are known: the system that their id is of."""
        asked = GetCustomer(customer_id=request.customer_id)
        return replace(route(GET_CUSTOMER, asked, connections), capability=_FACTS)

    async def perform(self, request: Record, tenant: str, chosen: Route | None, how: Situation) -> Any:
        """Carry one out; raises a CallError."""
        if isinstance(request, GetOperation):
            return await self.status.get(request, tenant)
        assert isinstance(request, VerifyCustomer)
        assert chosen
        asked = GetCustomer(customer_id=request.customer_id, include=("company",))
        known = await self.performer.perform(GET_CUSTOMER, chosen, asked, how)
        return await self.verifier.compare(request, known.data, tenant)
