"""Intercom's contacts and articles into ours, and what all records share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from typing import Any, TypeGuard

from trunkline_contracts.entities.crm import Activity, Company, Customer, CustomerMatch
from trunkline_contracts.entities.helpdesk import Article
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Actor, ContactPoint, Team
from trunkline_intercom import vendor, words
from trunkline_intercom.fields import Fields
from trunkline_intercom.text import text_of

_SNIPPET = 300


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, connection: str, fields: Fields) -> None:
        self._connection = connection
        self.fields = fields

    def ref(self, kind: str, vendor_id: str) -> Ref:
        """A reference to a record of this connection."""
        return Ref.of(self._connection, kind, vendor_id)

    def agent(self, admin_id: str | None, name: str | None = None) -> Actor | None:
        """Somebody who works here; Intercom writes 0 for nobody."""
        return Actor(kind="human_agent", ref=self.ref("agent", admin_id), name=name) if _is_some(admin_id) else None

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
        given, family = split_name(name_of(contact))
        company = company_id(contact)
        return {
            "id": self.ref("customer", contact.id),
            "kind": "lead" if contact.role == "lead" else "person",
            "display_name": name_of(contact) or contact.email or contact.phone or contact.id,
            "given_name": given,
            "family_name": family,
            "contact_points": tuple(_contact_points(contact)),
            "company": self.ref("company", company) if company else None,
            "owner": self.agent(contact.owner_id),
            "language": contact.language_override,
            "external_ids": {"external_id": contact.external_id} if contact.external_id else {},
            "custom_fields": self.fields.read("customer", contact.custom_attributes),
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
            author=self.agent(author.id, author.name) if author else None,
            at=note.created_at or datetime.now(UTC),
            about=(about,),
        )

    def found_article(self, article: vendor.Article) -> Article:
        """An article as a search found it: with its description, else with its beginning."""
        snippet = " ".join(text_of(article.description or article.body).split())[:_SNIPPET]
        return Article(**self._article(article), snippet=snippet, locale=article.default_locale)

    def article(self, article: vendor.Article, text: vendor.ArticleText, locale: str | None, length: int) -> Article:
        """An article in one of its languages, as far as a length goes."""
        body = text_of(text.body)[:length]
        return Article(**self._article(article) | {"title": text.title or ""}, body_text=body, locale=locale)

    def _article(self, article: vendor.Article) -> dict[str, Any]:
        is_public = article.help_center_audience in {None, "everyone"}
        is_draft = article.state not in {None, words.PUBLISHED}
        return {
            "id": self.ref("article", article.id),
            "title": article.title or "",
            "url": article.url,
            "audience": "internal" if is_draft else "public" if is_public else "restricted",
            "updated_at": article.updated_at,
        }


def _is_some(vendor_id: str | None) -> TypeGuard[str]:
    return vendor_id not in {None, "", "0"}


def name_of(contact: vendor.Contact) -> str | None:
    """A contact's name, of which Intercom gives `&` and the like escaped for HTML."""
    return unescape(contact.name) if contact.name else None


def split_name(name: str | None) -> tuple[str | None, str | None]:
    """The first word of a name and the rest, which is all that Intercom's one field can tell."""
    given, _, family = (name or "").strip().partition(" ")
    return given or None, family.strip() or None


def joined_name(given: str | None, family: str | None) -> str | None:
    """Intercom's one name."""
    return " ".join(word for word in (given, family) if word) or None


def company_id(contact: vendor.Contact) -> str | None:
    """The first company of a contact."""
    companies = contact.companies.data if contact.companies else None
    return companies[0].id if companies else None


def _contact_points(contact: vendor.Contact) -> Iterable[ContactPoint]:
    if contact.email:
        yield ContactPoint(channel="email", value=contact.email, primary=True)
    if contact.phone:
        yield ContactPoint(channel="phone", value=contact.phone, primary=True)


def _peculiarities(contact: vendor.Contact) -> dict[str, Any]:
    """The role, and where the person was seen, which need not be where they live."""
    place = contact.location.model_dump(exclude_none=True) if contact.location else {}
    return {"role": contact.role} | ({"seen_in": place} if place else {})


def version_of(updated_at: datetime | None) -> str | None:
    """A record's version: the second in which it last changed."""
    return str(int(updated_at.timestamp())) if updated_at else None
