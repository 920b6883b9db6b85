"""HubSpot's contacts: finding, reading and changing them."""

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer, CustomerMatch
from trunkline_contracts.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import EXACT_KEYS, CustomerView, FindCustomers, GetCustomer, UpdateCustomer
from trunkline_contracts.values import Freshness, Page, Warning
from trunkline_hubspot import people, vendor
from trunkline_hubspot.account import (
    Account,
    after,
    asked_for,
    check_version,
    search_freshness,
    search_page,
    search_warnings,
)
from trunkline_hubspot.changes import properties, undo
from trunkline_hubspot.normalize import Contact, version

_KEYS = (*EXACT_KEYS, "name", "postal_code")
NOT_ATOMIC = Warning(
    code="not_atomic", message="HubSpot compares no versions: we did, just before the change.", field="if_version"
)

_NO_COMPANY = Warning(
    code="part_unavailable", message="HubSpot would not give the contact's company.", field="company_details"
)


class Customers(Account):
    """The tools about people."""

    @property
    def _own_properties(self) -> tuple[str, ...]:
        """The properties that only this account has."""
        name = self._settings.external_id_property
        return (name,) if name else ()

    @implements(FIND_CUSTOMERS)
    async def find_customers(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        """Read by a unique key where there is one, for that is never late; else search."""
        if request.email:
            return ReadResult(data=Page(items=await self._read_by(request, "email", request.email)))
        if request.external_id:
            name = self._settings.external_id_property
            if not name:
                raise UnsupportedError("This connection has no property for `external_id`: an operator can name one.")
            return ReadResult(data=Page(items=await self._read_by(request, name, request.external_id)))
        return await self._search_people(request)

    async def _read_by(self, request: FindCustomers, name: str, key: str) -> tuple[CustomerMatch, ...]:
        try:
            contact = await self._contact(key, by=name)
        except NotFoundError:
            return ()
        return self._matches([contact], request)

    async def _search_people(self, request: FindCustomers) -> ReadResult[Page[CustomerMatch]]:
        body = {"filterGroups": people.filter_groups(request)}
        names = self._asked("customer", vendor.Contact, self._own_properties)
        found = await self._search("contacts", vendor.Found[vendor.Contact], names, body, request.limit, request.cursor)
        page = Page[CustomerMatch](**search_page(found, self._matches(found.results, request)))
        return ReadResult(data=page, freshness=search_freshness(), warnings=search_warnings(found))

    def _matches(self, contacts: list[Contact], request: FindCustomers) -> tuple[CustomerMatch, ...]:
        matched = tuple(key for key in _KEYS if getattr(request, key))
        return tuple(
            self._to.match(contact, matched, exact=people.is_exact(contact.properties, request))
            for contact in contacts
            if people.fits(contact.properties, request) and self._has_id(contact, request.external_id)
        )

    def _has_id(self, contact: Contact, external_id: str | None) -> bool:
        """Whether the contact is the one of our own id, where that is asked for."""
        held = (contact.properties.model_extra or {}).get(self._settings.external_id_property or "")
        return external_id is None or held == external_id

    @implements(GET_CUSTOMER)
    async def get_customer(self, request: GetCustomer) -> ReadResult[CustomerView]:
        """Read a contact, and their primary company where that is asked for."""
        view = self._to.view(await self._contact(request.customer_id.vendor_id))
        if "company" not in request.include or view.company is None:
            return ReadResult(data=view)
        try:
            company = await self._company(view.company)
        except (NotFoundError, PermissionDeniedError):
            return ReadResult(data=view, warnings=(_NO_COMPANY,))
        parts = {"company_details": self._to.company(company), "parts": {"company": Freshness()}}
        return ReadResult(data=view.model_copy(update=parts))

    async def _company(self, ref: Ref) -> vendor.Object[vendor.Company]:
        return await self._api.get(
            "/crm/v3/objects/companies/{}", ref.vendor_id, gives=vendor.Object[vendor.Company],
            params={"properties": asked_for(vendor.Company)},
        )  # fmt: skip

    async def _contact(self, key: str, by: str | None = None) -> Contact:
        """A contact by HubSpot's id, or by another unique property."""
        names = self._asked("customer", vendor.Contact, self._own_properties)
        return await self._api.get(
            "/crm/v3/objects/contacts/{}", key, gives=vendor.Object[vendor.Contact],
            params={"properties": names, "idProperty": by},
        )  # fmt: skip

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Read the contact, and set the properties."""
        standard = properties(request.changes)
        custom = self._fields.written("customer", request.changes.custom_fields)
        changes = {**standard, **custom}
        if not changes:
            raise InvalidArgumentError("Nothing to change: give at least one value that is not null.")
        before = await self._contact(request.customer_id.vendor_id)
        check_version(request.if_version, version(before))
        written = await self._api.call(
            "PATCH", "/crm/v3/objects/contacts/{}", request.customer_id.vendor_id, gives=vendor.Object[vendor.Contact],
            json={"properties": changes},
        )  # fmt: skip
        held = self._fields.read("customer", before.properties)
        old = undo(before.properties, standard, {name: held.get(name) for name in custom})
        return WriteResult(
            outcome="applied",
            resource=self._to.customer(after(before, written, changes)),
            verify_with=ToolCall(tool="get_customer", args={"customer_id": request.customer_id}),
            undo=_undo(request.customer_id, old),
            warnings=(NOT_ATOMIC,) if request.if_version else (),
        )


def _undo(ref: Ref, old: dict[str, object] | None) -> Undo | None:
    return Undo(tool="update_customer", args={"customer_id": ref, "changes": old}) if old else None
