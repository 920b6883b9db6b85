"""The people of the imitated Zendesk account: users with their identities, and organisations."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from trunkline_contracts.sandbox import Seed
from trunkline_zendesk import sandbox_records as records
from trunkline_zendesk.sandbox_records import SITE, Json

_SET_BY_API = frozenset(("name", "phone", "external_id", "organization_id", "locale", "tags", "role"))
_FIRST_NEW = 950_000_001
Details = dict[str, list[Json]]
"""Zendesk's reasons for a refusal, by field."""


class RefusedError(Exception):
    """What Zendesk would not store, and why."""

    def __init__(self, details: Details) -> None:
        super().__init__("refused")
        self.details = details


class Directory:
    """Who is known to the account."""

    def __init__(self, seed: Seed) -> None:
        people, now = seed.known_to("helpdesk"), seed.now
        self.users = {user["id"]: user for user in records.staff(now)}
        self.users |= {user["id"]: user for user in (records.customer(item, now) for item in people)}
        self.organizations = {item["id"]: item for item in (records.company(person, now) for person in people)}
        self.fields = list(records.user_fields(seed))
        self._numbers = count(_FIRST_NEW)
        self.identities: dict[int, list[Json]] = {}
        for user in self.users.values():
            user["user_fields"] = dict.fromkeys(self._keys())
            self._identify(user, user["email"], records.moment(now))

    def _keys(self) -> list[str]:
        return [field["key"] for field in self.fields]

    def create(self, given: Mapping[str, Any], at: str) -> Json:
        """Make a user; raises RefusedError where a name is missing or a key is taken."""
        if not given.get("name"):
            raise RefusedError({"name": [_reason("Name: cannot be blank", "BlankValue")]})
        self._check_keys(None, given)
        user = {**records.user(next(self._numbers), given["name"], None, "end-user", at), "verified": False}
        user["user_fields"] = dict.fromkeys(self._keys())
        self.users[user["id"]], self.identities[user["id"]] = user, []
        self.update(user, given, at)
        return user

    def update(self, user: Json, given: Mapping[str, Any], at: str) -> None:
        """Change a user; an e-mail address becomes one more, and the primary one only where there was none."""
        self._check_keys(user["id"], given)
        user |= {name: value for name, value in given.items() if name in _SET_BY_API}
        fields = given.get("user_fields") or {}
        user["user_fields"] |= {key: value for key, value in fields.items() if key in user["user_fields"]}
        user["updated_at"] = at
        if email := given.get("email"):
            self._identify(user, email, at)

    def set_value(self, user: Json, identity: Json, value: str, at: str) -> None:
        """Change an address."""
        self._check_keys(user["id"], {"email": value})
        identity |= {"value": value, "verified": False, "updated_at": at}
        self._follow(user, at)

    def make_primary(self, user: Json, identity: Json, at: str) -> None:
        """Make another address the primary one."""
        for item in self.identities[user["id"]]:
            item["primary"] = item is identity
        self._follow(user, at)

    def _follow(self, user: Json, at: str) -> None:
        primary = next(item for item in self.identities[user["id"]] if item["primary"])
        user |= {"email": primary["value"], "updated_at": at}

    def _identify(self, user: Json, email: str, at: str) -> None:
        known = self.identities.setdefault(user["id"], [])
        if any(item["value"] == email for item in known):
            return
        identity = {
            "id": next(self._numbers),
            "user_id": user["id"],
            "type": "email",
            "value": email,
            "primary": not known,
            "verified": False,
            "created_at": at,
            "updated_at": at,
        }
        identity["url"] = f"{SITE}/api/v2/users/{user['id']}/identities/{identity['id']}.json"
        known.append(identity)
        if identity["primary"]:
            user["email"] = email

    def _check_keys(self, user_id: int | None, given: Mapping[str, Any]) -> None:
        """No two users have one address or one external id."""
        others = [user for user in self.users.values() if user["id"] != user_id]
        addresses = {item["value"] for user in others for item in self.identities[user["id"]]}
        if given.get("email") in addresses:
            raise RefusedError({"email": [_reason("Email: is already being used by another user", "DuplicateValue")]})
        if given.get("external_id") and given["external_id"] in {user["external_id"] for user in others}:
            raise RefusedError({"external_id": [_reason("External has already been taken", "DuplicateValue")]})


def _reason(description: str, error: str) -> Json:
    return {"description": description, "error": error}
