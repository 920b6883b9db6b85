"""Intercom's contacts and articles into ours, and what all records share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeGuard

from trunkline_contracts.entities.crm import Activity, Company, Customer, CustomerMatch
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Actor, Address, ContactPoint, Team
from trunkline_intercom import vendor
from trunkline_intercom.text import text_of

_SNIPPET = 300


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    def ref(self, kind: str, vendor_id: str) -> Ref:
        """A reference to a record of this connection."""
        return Ref.of(self._connection, kind, vendor_id)

    def agent(self, admin_id: str | None) -> Actor | None:
        """Somebody who works here; Intercom writes 0 for nobody."""
        return Actor(kind="human_agent", ref=self.ref("agent", admin_id)) if _is_some(admin_id) else None

    def team(self, team_id: str | None, name: str | None = None) -> Team | None:
        """A team; Intercom writes 0 for none."""
        return Team(id=self.ref("team", team_id), name=name) if _is_some(team_id) else None

    def match(self, contact: vendor.Contact, matched_on: tuple[str, ...], *, is_exact: bool) -> CustomerMatch:
        """A contact as a search found it."""
        confidence = "exact" if is_exact else "probable"
        return CustomerMatch(**self._person(contact), matched_on=matched_on, confidence=confidence)

    def customer(self, contact: vendor.Contact, tags: Iterable[str] = ()) -> Customer:
        """A contact."""
        return Customer(**self._person(contact), tags=tuple(tags))

    def view(
        self, contact: vendor.Contact, tags: Iterable[str] = (), company: vendor.Company | None = None
    ) -> CustomerView:
        """A contact with its company."""
        details = self._company(company) if company else None
        return CustomerView(**self._person(contact), tags=tuple(tags), company_details=details)

    def _person(self, contact: vendor.Contact) -> dict[str, Any]:
        given, family = split_name(contact.name)
        company = company_id(contact)
        return {
            "id": self.ref("customer", contact.id),
            "kind": "lead" if contact.role == "lead" else "person",
            "display_name": contact.name or contact.email or contact.phone or contact.id,
            "given_name": given,
            "family_name": family,
            "contact_points": tuple(_contact_points(contact)),
            "addresses": tuple(_addresses(contact.location)),
            "company": self.ref("company", company) if company else None,
            "owner": self.agent(contact.owner_id),
            "language": contact.language_override,
            "external_ids": {"external_id": contact.external_id} if contact.external_id else {},
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
            "last_activity_at": contact.last_seen_at,
            "version": version_of(contact.updated_at),
            "extensions": {"intercom": _peculiarities(contact)},
        }

    def _company(self, company: vendor.Company) -> Company:
        return Company(
            id=self.ref("company", company.id),
            name=company.name or company.id,
            domains=(company.website,) if company.website else (),
            industry=company.industry,
            employee_count=company.size or None,
            created_at=company.created_at,
            updated_at=company.updated_at,
        )

    def note(self, note: vendor.Note, about: Ref) -> Activity:
        """An internal note; one of ours ends with our marker."""
        author = note.author
        return Activity(
            id=self.ref("activity", note.id),
            type="note",
            direction="internal",
            body_text=text_of(note.body),
            author=self.agent(author.id) if author else None,
            at=note.created_at or datetime.now(UTC),
            about=(about,),
        )

    def article(self, article: vendor.Article) -> Article:
        """An article with its description, else with its beginning."""
        is_public = article.help_center_audience in {None, "everyone"}
        return Article(
            id=self.ref("article", article.id),
            title=article.title or "",
            snippet=" ".join(text_of(article.description or article.body).split())[:_SNIPPET],
            url=article.url,
            locale=article.default_locale,
            audience="public" if is_public else "restricted",
            updated_at=article.updated_at,
        )


def _is_some(vendor_id: str | None) -> TypeGuard[str]:
    return vendor_id not in {None, "", "0"}


def split_name(name: str | None) -> tuple[str | None, str | None]:
    """The first word of a name and the rest, which is all that Intercom's one field can tell."""
    given, _, family = (name or "").strip().partition(" ")
    return given or None, family.strip() or None


def company_id(contact: vendor.Contact) -> str | None:
    """The first company of a contact."""
    companies = contact.companies.data if contact.companies else None
    return companies[0].id if companies else None


def _contact_points(contact: vendor.Contact) -> Iterable[ContactPoint]:
    if contact.email:
        yield ContactPoint(channel="email", value=contact.email, primary=True)
    if contact.phone:
        yield ContactPoint(channel="phone", value=contact.phone, primary=True)


def _addresses(location: vendor.Location | None) -> Iterable[Address]:
    """Where the person was seen, which need not be where they live."""
    if location and (location.city or location.country):
        yield Address(city=location.city, region=location.region, country=location.country_code or location.country)


def _peculiarities(contact: vendor.Contact) -> dict[str, Any]:
    """The role, and what the workspace itself writes down of people."""
    own = {key: value for key, value in (contact.custom_attributes or {}).items() if value is not None}
    return {"role": contact.role} | ({"custom_attributes": own} if own else {})


def version_of(updated_at: datetime | None) -> str | None:
    """A record's version: the second in which it last changed."""
    return str(int(updated_at.timestamp())) if updated_at else None
