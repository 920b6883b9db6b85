"""People, who are contacts or leads, and changes to them."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.errors import ConflictError, NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import EXACT_KEYS, CustomerView, FindCustomers, GetCustomer, UpdateCustomer
from trunkline_contracts.values import Address, Freshness, Page
from trunkline_salesforce import soql, vendor
from trunkline_salesforce.account import BEST_EFFORT, Account, guard
from trunkline_salesforce.addresses import address
from trunkline_salesforce.changes import Changes
from trunkline_salesforce.normalize import version

_KEYS = (*EXACT_KEYS, "name", "postal_code")


class Customers(Account):
    """The tools about people."""

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Ask for contacts, then for leads; both are read from the database, not from a search index."""
        matched = tuple(key for key in _KEYS if getattr(request, key))
        exact = not set(matched).isdisjoint(EXACT_KEYS)
        people = await self._people(request)
        items = tuple(self._to.match(person, matched, exact=exact) for person in people[: request.limit])
        cursor = items[-1].id.vendor_id if len(people) > request.limit else None
        return ReadResult(data=Page(items=items, next_cursor=cursor))

    async def _people(self, request: FindCustomers) -> list[vendor.Person]:
        """One more than a page, so that the end is known."""
        found: list[vendor.Person] = []
        for people in self._where_to_look(request):
            if (most := request.limit + 1 - len(found)) > 0:
                query = soql.search(people, request, self._settings.external_id_field, most, self._own_fields(people))
                found += await self._client.query(query, vendor.Person)
        return found

    def _where_to_look(self, request: FindCustomers) -> tuple[soql.People, ...]:
        if request.external_id:
            if not self._settings.external_id_field:
                raise UnsupportedError("This connection has no field for `external_id`: an operator can name one.")
            return (soql.CONTACTS,)
        if request.cursor and soql.people_of(request.cursor) is soql.LEADS:
            return (soql.LEADS,)
        return (soql.CONTACTS, soql.LEADS)

    def _own_fields(self, people: soql.People) -> tuple[str, ...]:
        """The fields that contacts have in this org, and not in every one."""
        if people is soql.LEADS:
            return ()
        own = (self._settings.external_id_field, "IsPersonAccount" if self._settings.person_accounts else None)
        return (*(name for name in own if name), *self._custom.keys("customer"))

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a contact or lead, and a contact's account with it where that is asked for."""
        is_contact = soql.people_of(request.customer_id.vendor_id) is soql.CONTACTS
        if not (is_contact and "company" in request.include):
            return ReadResult(data=self._to.view(await self._person(request.customer_id)))
        person = await self._person(request.customer_id, soql.COMPANY)
        update = {"company_details": self._to.company(person), "parts": {"company": Freshness()}}
        return ReadResult(data=self._to.view(person).model_copy(update=update))

    async def _person(self, ref: Ref, more: tuple[str, ...] = ()) -> vendor.Person:
        """One person, also if merged away; raises NotFoundError for one that was deleted or never was."""
        people = soql.people_of(ref.vendor_id)
        query = soql.person(people, ref.vendor_id, (*self._own_fields(people), *more))
        found = await self._client.query(query, vendor.Person, every=True)
        if not found or (found[0].is_deleted and not found[0].successor):
            raise NotFoundError("Salesforce has no such contact or lead: check the id.")
        return found[0]

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Read the person, check that they can be changed, and set the fields."""
        changes = Changes(request.changes, self._custom)
        before = await self._person(request.customer_id)
        self._check_changeable(before, request.if_version)
        name, record_id = written_as(before)
        fields = changes.fields(before, country_codes=self._settings.country_codes)
        await self._client.update(
            name, record_id, fields, guard(before.last_modified_date) if request.if_version else {}
        )
        return WriteResult(
            outcome="applied",
            resource=self._to.customer(changes.after(before)),
            verify_with=ToolCall(tool="get_customer", args={"customer_id": request.customer_id}),
            undo=_undo(request.customer_id, changes, before),
            warnings=(BEST_EFFORT,) if request.if_version else (),
        )

    def _check_changeable(self, person: vendor.Person, wanted: str | None) -> None:
        if person.successor:
            raise ConflictError(
                "This record was merged or converted and cannot be changed: change the one that took its place.",
                candidates=[Candidate(id=self._to.customer_ref(person.successor))],
            )
        if person.is_converted:
            raise ConflictError("This lead was converted and cannot be changed: find the contact it became.")
        if wanted and wanted != version(person):
            raise ConflictError("The customer changed since that version: read them again.")


def written_as(person: vendor.Person) -> tuple[str, str]:
    """The record to write: a person account's contact is changed through its account."""
    if person.is_person_account and person.account_id:
        return "Account", person.account_id
    return soql.people_of(person.id).name, person.id


def _undo(ref: Ref, changes: Changes, before: vendor.Person) -> Undo | None:
    old = changes.undo(before, address(before.home) if before.home else Address())
    return Undo(tool="update_customer", args={"customer_id": ref, "changes": old}) if old else None
