"""Twilio's people: numbers that were written to, that wrote, that called or were called."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import CustomerMatch
from trunkline_contracts.errors import NotFoundError
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Page, Warning
from trunkline_twilio.account import Account

_EMULATED = Warning(
    code="emulated", message="Twilio keeps no customers: this is a number that exchanged messages or calls."
)


class People(Account):
    """Finds people in what was exchanged."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Look for messages and calls to or from a number."""
        number = request.phone or ""
        newest = await self._newest(number, self._channels)
        items = (self._to.match(number, newest),) if newest else ()
        return ReadResult(data=Page(items=items), warnings=(_EMULATED,) if items else ())

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Look for messages and calls to or from a number again."""
        number = request.customer_id.vendor_id
        newest = await self._newest(number, self._channels)
        if not newest:
            raise NotFoundError("No message or call was ever exchanged with this number.")
        return ReadResult(data=self._to.customer(number, newest), warnings=(_EMULATED,))
