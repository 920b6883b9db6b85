"""Writing Zendesk's users: making them and changing them."""

from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Customer
from trunkline_contracts.errors import (
    AmbiguousError,
    CallError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, ToolCall, WriteResult, already_there
from trunkline_contracts.tools import CREATE_CUSTOMER, UPDATE_CUSTOMER
from trunkline_contracts.tools.crm import EXACT_KEYS, CreateCustomer, CustomerChanges, UpdateCustomer
from trunkline_contracts.values import Warning
from trunkline_zendesk import vendor, words
from trunkline_zendesk.account import check_version
from trunkline_zendesk.customers import Customers
from trunkline_zendesk.undo import undo_customer
from trunkline_zendesk.writes import given, tags_after

_ONE_NAME = Warning(
    code="value_coerced",
    message="Zendesk has one name: the given name is its first word, the family name the rest.",
    field="given_name",
)
_TAGS = Warning(
    code="not_atomic",
    message="Zendesk replaces all tags of a user: one that was added in the same moment is lost.",
    field="tags",
)
_MAILED = Warning(
    code="notifies_customer", message="Zendesk may ask for the new address to be verified.", field="email"
)
_TAKEN = (
    "Somebody at Zendesk has this e-mail address or external id, and is too new to be found, or has it as another one."
)


class CustomerWrites(Customers):
    """The tools that write about people."""

    @implements(CREATE_CUSTOMER)
    async def create_customer(self, request: CreateCustomer) -> WriteResult[Customer]:
        """Make an end user, whom Zendesk does not write to, unless somebody has one of the keys."""
        if known := await self._known(request):
            return already_there(self._to.customer(known), "Zendesk knows this person: nothing was made.")
        company = await self._lookups.company(request.company) if request.company else None
        try:
            made = await self._api.call("POST", "/users.json", gives=vendor.UserAnswer, json=_person(request, company))
        except ConflictError:
            raise ConflictError(_TAKEN, alternatives=["find_customers"]) from None
        customer = self._to.customer(made.user)
        is_named = bool(request.given_name or request.family_name)
        return WriteResult(
            outcome="applied",
            resource=customer,
            verify_with=_reading(customer.id),
            warnings=(
                *((_ONE_NAME,) if is_named else ()),
                *self._dropped_of_user(request.custom_fields, made.user),
            ),
        )

    async def _known(self, request: CreateCustomer) -> vendor.User | None:
        """Who has one of the keys; raises AmbiguousError where each belongs to somebody else."""
        keys = {name: value for name in EXACT_KEYS if (value := getattr(request, name))}
        found = {user.id: user for name, value in keys.items() for user in await self._who_has(name, value)}
        if len(found) > 1:
            candidates = [Candidate(id=self._to.ref("customer", user.id), label=user.name) for user in found.values()]
            raise AmbiguousError("These keys belong to several people.", candidates=candidates)
        return next(iter(found.values()), None)

    @implements(UPDATE_CUSTOMER)
    async def update_customer(self, request: UpdateCustomer) -> WriteResult[Customer]:
        """Change a user; the primary e-mail address is a record of its own, and a write of its own."""
        changes = request.changes
        if changes.address:
            raise UnsupportedError("Zendesk has no postal addresses: leave address out.")
        before = await self._customer(request.customer_id.vendor_id)
        check_version(request.if_version, before.updated_at)
        after, stopped = await self._change(before, changes)
        customer = self._to.customer(after)
        return WriteResult(
            outcome="noop" if after is before else "partial" if stopped else "applied",
            resource=customer,
            verify_with=_reading(request.customer_id),
            undo=None if stopped or after is before else undo_customer(request, before, self._to),
            warnings=(stopped,)
            if stopped
            else (*_warnings(changes, customer), *self._dropped_of_user(changes.custom_fields, after)),
        )

    async def _customer(self, user_id: str) -> vendor.User:
        """An end user; whoever changes the address of one of the staff can take over the account."""
        user = (await self._api.get("/users/{}.json", user_id, gives=vendor.UserAnswer)).user
        if user.active is False:
            raise NotFoundError("This user was deleted.")
        if user.role in words.STAFF:
            raise UnsupportedError("This is one of the staff, not a customer: an admin has to change them.")
        return user

    async def _change(self, before: vendor.User, changes: CustomerChanges) -> tuple[vendor.User, Warning | None]:
        """The user after the change, and what could not be done after a part was."""
        after, fields = before, _fields(changes, before)
        if changes.email and (before.email or "").casefold() != changes.email:
            if before.email:
                after = await self._replace_email(before, changes.email)
            else:
                fields["email"] = changes.email
        if not fields:
            return after, None
        try:
            body = {"user": fields}
            answer = await self._api.call("PUT", "/users/{}.json", before.id, gives=vendor.UserAnswer, json=body)
        except (OutcomeUnknownError, VendorBugError):
            raise
        except CallError as error:
            if after is before:
                raise
            message = f"The e-mail address was changed, the rest was refused: {error.body.message}"
            return after, Warning(code="not_atomic", message=message)
        return answer.user, None

    def _dropped_of_user(self, sent: dict[str, Any], after: vendor.User) -> tuple[Warning, ...]:
        return self._to.fields.dropped("customer", sent, self._to.user_fields(after))

    async def _replace_email(self, user: vendor.User, email: str) -> vendor.User:
        """Give the primary address another value, or make another address the primary one.

        An e-mail address that is sent with the user would become one more address, and not the primary one.
        """
        path = "/users/{}/identities"
        listed = await self._api.get(f"{path}.json", user.id, gives=vendor.IdentityList, params={"page[size]": 100})
        addresses = {item.value.casefold(): item.id for item in listed.identities if item.type == "email"}
        if other := addresses.get(email):
            await self._api.call("PUT", f"{path}/{{}}/make_primary.json", user.id, other, gives=vendor.IdentityList)
        elif primary := addresses.get((user.email or "").casefold()):
            body = {"identity": {"value": email}}
            await self._api.call("PUT", f"{path}/{{}}.json", user.id, primary, gives=vendor.IdentityAnswer, json=body)
        else:
            raise ConflictError("Zendesk does not show the user's primary e-mail address: read the customer again.")
        return user.model_copy(update={"email": email, "verified": None, "updated_at": None})


def _person(request: CreateCustomer, company: int | None) -> dict[str, Any]:
    """A new end user; without a name, the key is what they are called."""
    name = " ".join(word for word in (request.given_name, request.family_name) if word)
    user = {
        "name": name or request.email or request.phone or request.external_id,
        "email": request.email,
        "phone": request.phone,
        "external_id": request.external_id,
        "organization_id": company,
        "tags": list(request.tags) or None,
        "user_fields": request.custom_fields or None,
        "role": "end-user",
        "skip_verify_email": True,
    }
    return {"user": given(user)}


def _fields(changes: CustomerChanges, before: vendor.User) -> dict[str, Any]:
    """The fields to write, of those that are others than before."""
    wanted = {"name": _name(changes, before), "phone": changes.phone, "locale": changes.language}
    return given(
        {
            **{name: value for name, value in wanted.items() if value != getattr(before, name)},
            "tags": tags_after(before, changes.add_tags, changes.remove_tags),
            "user_fields": changes.custom_fields or None,
        }
    )


def _name(changes: CustomerChanges, before: vendor.User) -> str | None:
    """The whole name, of which a part may stay."""
    if not (changes.given_name or changes.family_name):
        return None
    first, _, rest = (before.name or "").partition(" ")
    return " ".join(word for word in (changes.given_name or first, changes.family_name or rest) if word)


def _warnings(changes: CustomerChanges, after: Customer) -> tuple[Warning, ...]:
    """What to know about a change that was made."""
    said = (
        (_ONE_NAME, changes.given_name or changes.family_name),
        (_TAGS, changes.add_tags or changes.remove_tags),
        (_MAILED, changes.email),
    )
    about = tuple(warning for warning, is_true in said if is_true)
    return (*about, *_other_values(changes, after))


def _other_values(changes: CustomerChanges, after: Customer) -> tuple[Warning, ...]:
    """A warning for what Zendesk wrote in another way, or did not write."""
    pairs = (("phone", changes.phone, after.point("phone")), ("language", changes.language, after.language))
    return tuple(
        Warning(code="value_coerced", message=f"Zendesk has {kept} as {name}.", field=name)
        for name, wanted, kept in pairs
        if wanted and (kept or "").casefold() != wanted.casefold()
    )


def _reading(customer_id: Ref) -> ToolCall:
    return ToolCall(tool="get_customer", args={"customer_id": customer_id})
