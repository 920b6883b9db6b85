"""Names that a caller gives, as Zendesk's ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline_contracts.api import Api, Params
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, NotFoundError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate
from trunkline_zendesk import query, vendor, words
from trunkline_zendesk.normalize import Normalize

_MOST_GROUP_PAGES = 5
_MOST_CANDIDATES = 10


@dataclass(frozen=True)
class Option:
    """Something that a name may mean."""

    id: int
    ref: Ref
    label: str
    names: tuple[str | None, ...]

    def is_called(self, wanted: str) -> bool:
        """Whether this is one of its names, whatever the case."""
        return wanted.casefold() in {name.casefold() for name in self.names if name}


class Lookups:
    """Looks up what a caller names; a name has to fit exactly, and what fits nearly is a candidate.

    `seen` is what was read for that: names of what a change then refers to.
    """

    def __init__(self, api: Api, to: Normalize) -> None:
        self._api = api
        self._to = to
        self.seen: list[vendor.Sideloads] = []

    async def team(self, wanted: str) -> int:
        """The group of a name, or of an id as a tool returned it."""
        if (known := self.known(wanted, "team")) is not None:
            return known
        groups = [group for group in await self._groups() if not group.deleted]
        self.seen.append(vendor.Sideloads(groups=groups))
        options = [
            Option(group.id, self._to.ref("team", group.id), group.name or "", (group.name,)) for group in groups
        ]
        return _chosen("team", wanted, [item for item in options if wanted.casefold() in item.label.casefold()])

    async def _groups(self) -> list[vendor.Group]:
        """The first pages of the groups; one that moves to the next page meanwhile is still one."""
        groups: dict[int, vendor.Group] = {}
        after = None
        for _ in range(_MOST_GROUP_PAGES):
            params: Params = {"page[size]": 100, "page[after]": after}
            page = await self._api.get("/groups.json", gives=vendor.GroupList, params=params)
            groups |= {group.id: group for group in page.groups}
            after = page.meta.after_cursor
            if not page.meta.has_more:
                break
        return list(groups.values())

    async def agent(self, wanted: str) -> int:
        """The agent of a name or an e-mail address, or of an id as a tool returned it."""
        if (known := self.known(wanted, "agent")) is not None:
            return known
        params: Params = {"query": f"role:agent role:admin {query.phrase(wanted)}", "per_page": 100}
        found = await self._api.get("/users/search.json", gives=vendor.UserList, params=params)
        self.seen.append(vendor.Sideloads(users=found.users))
        options = [
            Option(user.id, self._to.ref("agent", user.id), f"{user.name} <{user.email}>", (user.name, user.email))
            for user in found.users
            if user.role in words.STAFF and user.active is not False
        ]
        return _chosen("agent", wanted, options)

    async def company(self, wanted: str) -> int:
        """The organisation of a name, or of an id as a tool returned it."""
        if (known := self.known(wanted, "company")) is not None:
            return known
        params: Params = {"name": wanted}
        found = await self._api.get("/organizations/search.json", gives=vendor.OrganizationList, params=params)
        options = [
            Option(item.id, self._to.ref("company", item.id), item.name, (item.name,)) for item in found.organizations
        ]
        return _chosen("organisation", wanted, options)

    async def status(self, label: str) -> vendor.CustomStatus:
        """The account's own status of a label."""
        found = await self._api.get("/custom_statuses.json", gives=vendor.CustomStatusList)
        self.seen.append(vendor.Sideloads(custom_statuses=found.custom_statuses))
        active = [status for status in found.custom_statuses if status.active is not False]
        for status in active:
            if (status.agent_label or "").casefold() == label.casefold():
                return status
        raise InvalidArgumentError(
            "Zendesk has no status of this label: take one of supported_alternatives.",
            alternatives=[status.agent_label for status in active if status.agent_label],
        )

    def known(self, text: str, kind: str) -> int | None:
        """Zendesk's id, where a text is a reference of this connection."""
        try:
            ref = Ref(text)
        except ValueError:
            return None
        return int(ref.vendor_id) if ref == self._to.ref(kind, ref.vendor_id) and ref.vendor_id.isdecimal() else None


def _chosen(what: str, wanted: str, options: Sequence[Option]) -> int:
    """The only option that is called so; raises AmbiguousError with what comes near, else NotFoundError."""
    same = [option for option in options if option.is_called(wanted)]
    if len(same) == 1:
        return same[0].id
    if not options:
        raise NotFoundError(f"Zendesk has no {what} of this name.")
    candidates = [Candidate(id=item.ref, label=item.label) for item in (same or options)[:_MOST_CANDIDATES]]
    how_many = f"{len(same)} are called" if same else f"No {what} is called exactly"
    raise AmbiguousError(f"{how_many} so: give the id of one of the candidates.", candidates=candidates)
