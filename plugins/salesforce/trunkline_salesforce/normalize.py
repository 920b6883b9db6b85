"""Salesforce's records as ours."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlsplit

from trunkline_contracts.entities.crm import Activity, Company, Customer, CustomerMatch, Lifecycle
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import AddNote, CustomerView
from trunkline_contracts.values import Actor, ContactPoint, Status
from trunkline_salesforce import vendor
from trunkline_salesforce.addresses import address
from trunkline_salesforce.normalize_cases import CaseRecords
from trunkline_salesforce.normalize_sales import SalesRecords

_PHONES: tuple[Callable[[vendor.Person], str | None], ...] = (
    lambda person: person.phone,
    lambda person: person.mobile_phone,
    lambda person: person.home_phone,
    lambda person: person.other_phone,
)


class Normalize(CaseRecords, SalesRecords):
    """Builds our records for one connection."""

    def match(self, person: vendor.Person, matched_on: tuple[str, ...], *, exact: bool) -> CustomerMatch:
        """A person as a search found them."""
        confidence = "exact" if exact else "probable"
        return CustomerMatch(**self._person(person), matched_on=matched_on, confidence=confidence)

    def view(self, person: vendor.Person) -> CustomerView:
        """A person, with room for what other systems know of them."""
        return CustomerView(**self._person(person))

    def customer(self, person: vendor.Person) -> Customer:
        """A person."""
        return Customer(**self._person(person))

    def _person(self, person: vendor.Person) -> dict[str, Any]:
        names = " ".join(name for name in (person.first_name, person.last_name) if name)
        return {
            "id": self.customer_ref(person.id),
            "kind": _kind(person),
            "display_name": person.name or names or person.email or person.id,
            "given_name": person.first_name,
            "family_name": person.last_name,
            "contact_points": _points(person),
            "addresses": (address(person.home),) if person.home else (),
            "company": self._company_ref(person),
            "owner": self.agent(person.owner_id, person.owner),
            "lifecycle": _lifecycle(person),
            "external_ids": self._external_ids(person),
            "custom_fields": {} if person.is_lead else self._custom.read("customer", person),
            "merged_into": self.customer_ref(person.successor) if person.successor else None,
            "created_at": person.created_date,
            "updated_at": person.last_modified_date,
            "last_activity_at": _midnight(person),
            "version": version(person),
            "extensions": {"salesforce": {"company": person.company}} if person.company else None,
        }

    def _company_ref(self, person: vendor.Person) -> Ref | None:
        if not person.account_id or person.is_person_account:
            return None
        return self.ref("company", person.account_id)

    def _external_ids(self, person: vendor.Person) -> dict[str, str]:
        name = self._settings.external_id_field
        value = (person.model_extra or {}).get(name or "")
        return {name: str(value)} if name and value is not None else {}

    def company(self, person: vendor.Person) -> Company | None:
        """The account of a contact, read with it."""
        ref, account = self._company_ref(person), person.account
        if ref is None or account is None:
            return None
        return Company(
            id=ref,
            name=account.name or ref.vendor_id,
            domains=_domains(account.website),
            industry=account.industry,
            employee_count=account.number_of_employees,
            parent=self.some_ref("company", account.parent_id),
            addresses=(address(account.billing_address),) if account.billing_address else (),
            phone=account.phone,
            created_at=account.created_date,
            updated_at=account.last_modified_date,
        )

    def task(self, about: Ref, task: vendor.Task) -> Activity:
        """A task, which can be a call or a note of ours."""
        kind = vendor.TASK_TYPES.get(task.task_subtype or "Task", "other")
        is_note = kind == "task" and task.subject == vendor.NOTE_SUBJECT
        return Activity(
            id=self._activity_ref(task.id),
            type="note" if is_note else kind,
            direction="internal" if is_note else vendor.CALL_DIRECTIONS.get(task.call_type or ""),
            channel=vendor.TASK_CHANNELS.get(kind),
            subject=task.subject,
            body_text=task.description,
            author=self.agent(task.created_by_id, task.created_by),
            at=task.created_date,
            about=(about,),
        )

    def event(self, about: Ref, event: vendor.Event) -> Activity:
        """A meeting."""
        return Activity(
            id=self._activity_ref(event.id),
            type="meeting",
            subject=event.subject,
            body_text=event.description,
            author=self.agent(event.created_by_id, event.created_by),
            at=event.start_date_time,
            about=(about,),
        )

    def email(self, about: Ref, email: vendor.EmailMessage) -> Activity:
        """An e-mail; of its author Salesforce knows a name, not whether it is this customer's."""
        return Activity(
            id=self._activity_ref(email.id),
            type="email",
            direction="inbound" if email.incoming else "outbound",
            channel="email",
            subject=email.subject,
            body_text=email.text_body,
            author=Actor(
                kind="customer" if email.incoming else "human_agent", name=email.from_name or email.from_address
            ),
            at=email.message_date,
            about=(about,),
            visibility="public",
        )

    def note(self, task_id: str, request: AddNote) -> Activity:
        """A note that we just made."""
        return Activity(
            id=self._activity_ref(task_id),
            type="note",
            direction="internal",
            subject=vendor.NOTE_SUBJECT,
            body_text=request.body,
            author=Actor(kind="bot"),
            at=datetime.now(UTC),
            about=request.about,
        )

    def _activity_ref(self, record_id: str) -> Ref:
        return self.ref("activity", record_id)


def version(person: vendor.Person) -> str | None:
    """What `if_version` is compared with."""
    return person.last_modified_date.astimezone(UTC).isoformat() if person.last_modified_date else None


def _kind(person: vendor.Person) -> str:
    if person.is_lead:
        return "lead"
    return "account_person" if person.is_person_account else "person"


def _points(person: vendor.Person) -> tuple[ContactPoint, ...]:
    phones = list(dict.fromkeys(phone for read in _PHONES if (phone := read(person))))
    email = [ContactPoint(channel="email", value=person.email, primary=True)] if person.email else []
    return (
        *email,
        *(ContactPoint(channel="phone", value=phone, primary=phone == phones[0]) for phone in phones),
    )


def _lifecycle(person: vendor.Person) -> Status[Lifecycle]:
    """A contact need not have bought anything yet: Salesforce does not say it of a person."""
    if person.is_lead:
        return Status[Lifecycle](value="lead", raw=person.status or "Lead")
    return Status[Lifecycle](value="customer", raw="Contact", lossy=True)


def _midnight(person: vendor.Person) -> datetime | None:
    """Salesforce knows the day only."""
    return datetime.combine(person.last_activity_date, time(), UTC) if person.last_activity_date else None


def _domains(website: str | None) -> tuple[str, ...]:
    text = (website or "").strip()
    host = urlsplit(text if "//" in text else f"//{text}").netloc.rpartition("@")[2].partition(":")[0]
    return (host.lower().removeprefix("www."),) if host else ()
