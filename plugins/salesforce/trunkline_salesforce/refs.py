"""References to Salesforce's records, and who owns one."""

from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Actor, Team
from trunkline_salesforce import SalesforceSettings, vendor
from trunkline_salesforce.custom_fields import CustomFields

USER, QUEUE, LEAD = "005", "00G", "00Q"
_KINDS = {"003": "customer", "00Q": "customer", "001": "company", "006": "deal", "500": "ticket"}


class Refs:
    """What all our records of one connection are built with."""

    def __init__(self, connection: str, settings: SalesforceSettings, custom: CustomFields) -> None:
        self._connection = connection
        self._settings = settings
        self._custom = custom

    def ref(self, kind: str, record_id: str) -> Ref:
        """A record's reference."""
        return Ref.of(self._connection, kind, record_id)

    def some_ref(self, kind: str, record_id: str | None) -> Ref | None:
        """A record's reference, where there is a record."""
        return self.ref(kind, record_id) if record_id else None

    def customer_ref(self, person_id: str) -> Ref:
        """A contact's or lead's reference."""
        return self.ref("customer", person_id)

    def about(self, *record_ids: str | None) -> tuple[Ref, ...]:
        """The references of records whose kinds their ids say; of other kinds we have no records."""
        given = [record_id for record_id in record_ids if record_id and record_id[:3] in _KINDS]
        return tuple(self.ref(_KINDS[record_id[:3]], record_id) for record_id in given)

    def agent(self, record_id: str | None, named: vendor.Named | None) -> Actor | None:
        """A user; an owner can be a queue too."""
        if record_id is None:
            return None
        name = named.name if named else None
        if record_id.startswith(QUEUE):
            return Actor(kind="system", ref=self.ref("team", record_id), name=name)
        return Actor(kind="human_agent", ref=self.ref("agent", record_id), name=name)

    def team(self, record_id: str | None, named: vendor.Named | None) -> Team | None:
        """A queue."""
        if record_id is None or not record_id.startswith(QUEUE):
            return None
        return Team(id=self.ref("team", record_id), name=named.name if named else None)

    def currency(self, iso_code: str | None) -> str | None:
        """The currency of a record: its own where the org has several."""
        return iso_code or self._settings.currency
