"""Intercom's records, as far as we read them.

Recorded traffic holds nulls in places where the API file has none, and numbers where it has texts.
"""

from typing import Any

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

from trunkline_intercom import words


class Vendor(BaseModel):
    """Base of Intercom's records: an id can be a number."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Record(Vendor):
    """The least that a reply to a write has: an object that says what it is."""

    type: str


class ErrorItem(Vendor):
    """One of the reasons of a refusal."""

    code: str | None = None


class Refusal(Vendor):
    """Intercom's form of an error."""

    errors: list[ErrorItem] = Field(min_length=1)


class NextPage(Vendor):
    """Where a list goes on."""

    starting_after: str | None = None


class Pages(Vendor):
    """Where in a list a page stands."""

    next: NextPage | str | None = None

    @property
    def cursor(self) -> str | None:
        """The cursor of the next page."""
        return self.next.starting_after if isinstance(self.next, NextPage) else None


class Reference(Vendor):
    """Another record, by its id."""

    id: str | None = None
    type: str | None = None


class References(Vendor):
    """Some other records."""

    data: list[Reference] | None = None


class Location(Vendor):
    """Where somebody was last seen."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


class Contact(Record):
    """A user or a lead."""

    id: str
    external_id: str | None = None
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    owner_id: str | None = None
    language_override: str | None = None
    location: Location | None = None
    companies: References | None = None
    tags: References | None = None
    custom_attributes: dict[str, Any] | None = None
    unsubscribed_from_emails: bool | None = None
    has_hard_bounced: bool | None = None
    marked_email_as_spam: bool | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    last_seen_at: AwareDatetime | None = None


class ContactList(Vendor):
    """`POST /contacts/search`."""

    data: list[Contact]
    pages: Pages | None = None


class Company(Record):
    """A company that contacts belong to."""

    id: str
    name: str | None = None
    website: str | None = None
    industry: str | None = None
    size: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class CompanyList(Vendor):
    """`GET /contacts/{id}/companies`, and `GET /companies?name=`.

    The latter gives one company by its guide, and a list by its schema.
    """

    id: str | None = None
    companies: list[Company] | None = None
    data: list[Company] | None = None

    @property
    def all(self) -> list[Company]:
        """The companies of the list."""
        return self.companies or self.data or []


class Tag(Record):
    """A tag."""

    id: str
    name: str | None = None


class TagList(Vendor):
    """`GET /tags`, `GET /contacts/{id}/tags`."""

    data: list[Tag]


class Tags(Vendor):
    """The tags of a conversation."""

    tags: list[Tag] | None = None


class Note(Record):
    """An internal note about a contact."""

    id: str
    body: str | None = None
    created_at: AwareDatetime | None = None
    author: "Author | None" = None


class NoteList(Vendor):
    """`GET /contacts/{id}/notes`, which has no parameters to page with."""

    data: list[Note]
    total_count: int | None = None


class Admin(Vendor):
    """Somebody who works here."""

    id: str
    type: str | None = None
    name: str | None = None
    email: str | None = None


class AdminList(Vendor):
    """`GET /admins`."""

    admins: list[Admin]


class TeamList(Vendor):
    """`GET /teams`."""

    teams: list[Admin]


class Author(Vendor):
    """Who wrote a part."""

    type: str | None = None
    id: str | None = None
    name: str | None = None
    from_ai_agent: bool | None = None


class File(Vendor):
    """A file on a part."""

    name: str | None = None
    url: str | None = None
    content_type: str | None = None
    filesize: int | None = None


class Part(Record):
    """One entry of a thread: a message, or something that happened."""

    id: str
    part_type: str | None = None
    body: str | None = None
    created_at: AwareDatetime | None = None
    author: Author | None = None
    attachments: list[File] | None = None


class Parts(Vendor):
    """What was said in a thread, but for a conversation's first message: the latest 500."""

    parts: list[Part] | None = Field(default=None, validation_alias=AliasChoices("conversation_parts", "ticket_parts"))
    total_count: int | None = None


class Source(Vendor):
    """The first message of a conversation."""

    type: str | None = None
    id: str | None = None
    subject: str | None = None
    body: str | None = None
    author: Author | None = None
    attachments: list[File] | None = None


class ContactReferences(Vendor):
    """Whose a thread is."""

    contacts: list[Reference] | None = None


class Rating(Vendor):
    """What the customer thought of it: 1 to 5."""

    rating: int | None = None
    remark: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class SlaApplied(Vendor):
    """A promise on a conversation."""

    sla_name: str | None = None
    sla_status: str | None = None


class Statistics(Vendor):
    """When something last happened in a conversation."""

    last_contact_reply_at: AwareDatetime | None = None
    last_admin_reply_at: AwareDatetime | None = None
    last_close_at: AwareDatetime | None = None


class Thread(Record):
    """What conversations and tickets have alike."""

    id: str
    contacts: ContactReferences | None = None
    admin_assignee_id: str | None = None
    team_assignee_id: str | None = None
    open: bool | None = None
    snoozed_until: AwareDatetime | None = None
    linked_objects: References | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    thread: Parts | None = Field(default=None, validation_alias=AliasChoices("conversation_parts", "ticket_parts"))

    @property
    def parts(self) -> list[Part]:
        """What was said, but for a conversation's first message."""
        return (self.thread.parts if self.thread else None) or []


class Conversation(Thread):
    """A conversation; a list has it without its parts."""

    title: str | None = None
    state: str | None = None
    priority: str | None = None
    source: Source | None = None
    tags: Tags | None = None
    custom_attributes: dict[str, Any] | None = None
    conversation_rating: Rating | None = None
    sla_applied: SlaApplied | None = None
    statistics: Statistics | None = None
    ticket: Reference | None = None
    company: Reference | None = None

    @property
    def ticket_id(self) -> str | None:
        """The id as a ticket, which is the same, where it is one: 2.16 names no ticket, but the title tells."""
        is_one = self.ticket is not None or words.TITLE in (self.custom_attributes or {})
        return self.id if is_one else None


class ConversationList(Vendor):
    """`POST /conversations/search`."""

    conversations: list[Conversation]
    pages: Pages | None = None


class TicketState(Vendor):
    """A state of the workspace's own, and the category that it belongs to."""

    id: str | None = None
    category: str | None = None
    internal_label: str | None = None
    archived: bool | None = None
    ticket_types: References | None = None


class TicketStateList(Vendor):
    """`GET /ticket_states`."""

    data: list[TicketState]


class TicketType(Vendor):
    """A kind of ticket."""

    id: str
    name: str | None = None
    category: str | None = None
    archived: bool | None = None


class TicketTypeList(Vendor):
    """`GET /ticket_types`."""

    data: list[TicketType]


class Ticket(Thread):
    """A ticket with its parts."""

    ticket_id: str | None = None
    category: str | None = None
    ticket_attributes: dict[str, Any] | None = None
    ticket_state: TicketState | str | None = None
    ticket_type: TicketType | None = None


class TicketList(Vendor):
    """`POST /tickets/search`."""

    tickets: list[Ticket]
    pages: Pages | None = None


class ArticleText(Vendor):
    """An article in one language."""

    title: str | None = None
    body: str | None = None
    state: str | None = None


class Article(ArticleText):
    """An article of the help centre: its own text is that of its default language."""

    id: str
    description: str | None = None
    translated_content: dict[str, ArticleText | str | None] | None = None
    url: str | None = None
    default_locale: str | None = None
    help_center_audience: str | None = None
    updated_at: AwareDatetime | None = None


class FoundArticles(Vendor):
    """The hits of a search."""

    articles: list[Article]


class ArticleSearch(Vendor):
    """`GET /articles/search`."""

    data: FoundArticles
    total_count: int | None = None
