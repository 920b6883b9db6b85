"""Names that a caller gives, as Intercom's ids."""

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline_contracts.api import Api
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate
from trunkline_intercom import IntercomSettings, vendor, vendor_fields
from trunkline_intercom.normalize import Normalize

_MOST_CANDIDATES = 10


class Lookups:
    """Looks up teams, admins, tags, states and types; a name has to fit exactly, whatever its case."""

    def __init__(self, api: Api, to: Normalize, settings: IntercomSettings) -> None:
        self._api = api
        self._to = to
        self._settings = settings

    async def team(self, wanted: str) -> vendor.Admin:
        """The team of a name, or of an id as a tool returned it."""
        if known := self._known(wanted, "team"):
            return vendor.Admin(id=known)
        return self._chosen("team", wanted, (await self._api.get("/teams", gives=vendor.TeamList)).teams)

    async def admin(self, wanted: str) -> vendor.Admin:
        """The admin of a name or an e-mail address, or of an id as a tool returned it."""
        if known := self._known(wanted, "agent"):
            return vendor.Admin(id=known)
        admins = (await self._api.get("/admins", gives=vendor.AdminList)).admins
        return self._chosen("agent", wanted, admins)

    async def tags(self, wanted: Sequence[str]) -> list[vendor.Tag]:
        """The tags of these names; one that the workspace does not have is not made."""
        known = (await self._api.get("/tags", gives=vendor.TagList)).data if wanted else []
        by_name = {(tag.name or "").casefold(): tag for tag in known}
        missing = [name for name in wanted if name.casefold() not in by_name]
        if missing:
            raise NotFoundError(f"The workspace has no tag {missing[0]!r}: somebody has to make it in Intercom first.")
        return [by_name[name.casefold()] for name in wanted]

    async def state_of_category(self, category: str, type_id: str | None) -> str:
        """The first state of a category that a type of ticket has."""
        states = await self._states(type_id)
        return _state([state for state in states if state.category == category], states)

    async def state_of_label(self, label: str, type_id: str | None) -> str:
        """The state of a label that a type of ticket has."""
        states = await self._states(type_id)
        return _state(
            [state for state in states if (state.internal_label or "").casefold() == label.casefold()], states
        )

    async def _states(self, type_id: str | None) -> list[vendor.TicketState]:
        """The states that a type of ticket has; one that names no types fits all."""
        states = (await self._api.get("/ticket_states", gives=vendor.TicketStateList)).data
        return [state for state in states if not state.archived and _fits(state, type_id)]

    async def ticket_type(self, related: Ref | None = None) -> str:
        """The type of new tickets: that of the settings, else the only one for customers."""
        chosen = self._settings.ticket_type_id
        if chosen and related is None:
            return chosen
        types = (await self._api.get("/ticket_types", gives=vendor.TicketTypeList)).data
        if related is not None:
            _check_links([item for item in types if item.id == chosen])
        usable = [chosen] if chosen else [item.id for item in types if not item.archived and _is_customers(item)]
        if len(usable) != 1:
            raise UnsupportedError(
                f"The workspace has {len(usable)} types of ticket for customers: an operator must set ticket_type_id."
            )
        return usable[0]

    async def company(self, name: str) -> str:
        """The id of the company of a name; one that the workspace does not have is not made."""
        try:
            found = await self._api.get("/companies", gives=vendor.CompanyList, params={"name": name})
        except NotFoundError:
            raise NotFoundError("Intercom has no company of this name: somebody has to make it there first.") from None
        ids = {found.id} if found.id else {company.id for company in found.all}
        if len(ids) != 1:
            raise AmbiguousError(f"Intercom has {len(ids)} companies of this name: leave it out.")
        return ids.pop()

    async def options(self, chosen: Mapping[str, Any], type_id: str | None) -> dict[str, Any]:
        """The ids of the options that a type of ticket has by these labels."""
        types = (await self._api.get("/ticket_types", gives=vendor_fields.TicketTypeList)).data
        ids = {
            (attribute.name, option.label): option.id
            for kind in types
            if kind.id == type_id
            for attribute in kind.attributes
            for option in attribute.all_options
        }
        missing = [key for key, label in chosen.items() if ids.get((key, label)) is None]
        if missing:
            raise InvalidArgumentError(f"This type of ticket has no such option of {missing[0]!r}.")
        return {key: ids[key, label] for key, label in chosen.items()}

    def _known(self, text: str, kind: str) -> str | None:
        """Intercom's id, where a text is a reference of this connection."""
        try:
            ref = Ref(text)
        except ValueError:
            return None
        return ref.vendor_id if ref == self._to.ref(kind, ref.vendor_id) and ref.vendor_id.isdecimal() else None

    def _chosen(self, kind: str, wanted: str, options: Sequence[vendor.Admin]) -> vendor.Admin:
        """The only one that is called so; raises AmbiguousError with what comes near, else NotFoundError."""
        word = wanted.casefold()
        same = [item for item in options if word in {(item.name or "").casefold(), (item.email or "").casefold()}]
        near = same or [item for item in options if word in (item.name or "").casefold()]
        if len(same) == 1:
            return same[0]
        if not near:
            raise NotFoundError(f"Intercom has no {kind} of this name.")
        candidates = [Candidate(id=self._to.ref(kind, item.id), label=item.name) for item in near[:_MOST_CANDIDATES]]
        raise AmbiguousError(f"No {kind} alone is called so: give the id of a candidate.", candidates=candidates)


def _is_customers(kind: vendor.TicketType) -> bool:
    return kind.category == "Customer"


def _check_links(chosen: Sequence[vendor.TicketType]) -> None:
    """Raise UnsupportedError where Intercom links no new ticket of this type with another."""
    if not chosen or any(_is_customers(kind) for kind in chosen):
        raise UnsupportedError(
            "Intercom links a new ticket only if its type is for the back office or a tracker: leave related out, or "
            "an operator must set such a ticket_type_id."
        )


def _fits(state: vendor.TicketState, type_id: str | None) -> bool:
    types = state.ticket_types.data if state.ticket_types else None
    return not types or type_id is None or type_id in {item.id for item in types}


def _state(found: Sequence[vendor.TicketState], all_of_type: Sequence[vendor.TicketState]) -> str:
    """The id of the first state that was found."""
    for state in found:
        if state.id:
            return state.id
    raise UnsupportedError(
        "This type of ticket has no such state: give status_label one of supported_alternatives.",
        alternatives=[state.internal_label for state in all_of_type if state.internal_label],
    )
