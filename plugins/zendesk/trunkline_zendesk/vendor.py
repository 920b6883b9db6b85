"""The part of Zendesk's answers that we read."""

from typing import Any

from pydantic import AliasChoices, AwareDatetime, BaseModel
from pydantic import Field as Described


class Meta(BaseModel):
    """Where a list that is paged by cursor goes on."""

    has_more: bool = False
    after_cursor: str | None = None


class User(BaseModel):
    """An end user, an agent or an admin."""

    id: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    role: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    organization_id: int | None = None
    external_id: str | None = None
    tags: list[str] | None = None
    user_fields: dict[str, Any] | None = None
    verified: bool | None = None
    active: bool | None = None
    suspended: bool | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class UserAnswer(BaseModel):
    """`GET /users/{id}`, `POST /users`, `PUT /users/{id}`."""

    user: User


class CurrentUser(BaseModel):
    """Who the credential belongs to."""

    role: str | None = None


class CurrentUserAnswer(BaseModel):
    """`GET /users/me`: Zendesk answers a stranger too, as an anonymous end user."""

    user: CurrentUser


class UserList(BaseModel):
    """`GET /users/search`, `GET /users/show_many`."""

    users: list[User]
    next_page: str | None = None


class Organization(BaseModel):
    """A company that users belong to."""

    id: int
    name: str
    domain_names: list[str] | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class OrganizationAnswer(BaseModel):
    """`GET /organizations/{id}`."""

    organization: Organization


class OrganizationList(BaseModel):
    """`GET /organizations/search`."""

    organizations: list[Organization]


class Identity(BaseModel):
    """An address by which Zendesk knows a user; one e-mail address of each is the primary one."""

    id: int
    type: str
    value: str
    primary: bool | None = None


class IdentityList(BaseModel):
    """`GET /users/{id}/identities`, `PUT /users/{id}/identities/{id}/make_primary`."""

    identities: list[Identity]


class IdentityAnswer(BaseModel):
    """`PUT /users/{id}/identities/{id}`."""

    identity: Identity


class FieldOption(BaseModel):
    """One choice of a field: its label and its value."""

    name: str
    value: str


class Field(BaseModel):
    """A field of tickets or of users; `key` names it in a user, `system` marks what Zendesk made for itself."""

    id: int
    key: str | None = None
    type: str
    title: str
    active: bool | None = None
    system: bool | None = None
    agent_can_edit: bool | None = None
    custom_field_options: list[FieldOption] | None = None


class FieldList(BaseModel):
    """`GET /ticket_fields`, `GET /user_fields`."""

    fields: list[Field] = Described(validation_alias=AliasChoices("ticket_fields", "user_fields"))
    meta: Meta = Meta()


class Group(BaseModel):
    """A team of agents."""

    id: int
    name: str | None = None
    deleted: bool | None = None


class GroupList(BaseModel):
    """`GET /groups`."""

    groups: list[Group]
    meta: Meta = Meta()


class CustomStatus(BaseModel):
    """One of the account's statuses, and the category that it belongs to; `default` of those that each account has."""

    id: int
    status_category: str | None = None
    agent_label: str | None = None
    active: bool | None = None
    default: bool | None = None


class CustomStatusList(BaseModel):
    """`GET /custom_statuses`."""

    custom_statuses: list[CustomStatus]


class Origin(BaseModel):
    """The record that another one came from."""

    ticket_id: int | None = None


class ViaSource(BaseModel):
    """What brought a record in, and how it relates to it."""

    rel: str | None = None
    from_: Origin | None = Described(default=None, alias="from")


class Via(BaseModel):
    """How a record came in; a number instead of a word is a channel that has no name."""

    channel: str | int | None = None
    source: ViaSource | None = None


class Rating(BaseModel):
    """A ticket's satisfaction rating."""

    score: str | None = None
    comment: str | None = None


class PolicyMetric(BaseModel):
    """One promise of a ticket's SLA policy, and when it is broken."""

    metric: str | None = None
    stage: str | None = None
    breach_at: AwareDatetime | None = None


class Slas(BaseModel):
    """The `slas` sideload."""

    policy_metrics: list[PolicyMetric] = Described(default_factory=list)


class CustomField(BaseModel):
    """The value of one of the account's own fields."""

    id: int
    value: Any = None


class Ticket(BaseModel):
    """A ticket, without its comments."""

    id: int
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    custom_status_id: int | None = None
    priority: str | None = None
    type: str | None = None
    via: Via | None = None
    requester_id: int | None = None
    organization_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    tags: list[str] | None = None
    custom_fields: list[CustomField] | None = None
    satisfaction_rating: Rating | None = None
    slas: Slas | None = None
    comment_count: int | None = None
    due_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class Sideloads(BaseModel):
    """What came along with tickets or comments: names for their ids."""

    users: list[User] | None = None
    groups: list[Group] | None = None
    custom_statuses: list[CustomStatus] | None = None


class TicketAnswer(Sideloads):
    """`GET /tickets/{id}`."""

    ticket: Ticket
    slas: Slas | None = None


class TicketList(Sideloads):
    """`GET /users/{id}/tickets/requested`, `GET /tickets/show_many`."""

    tickets: list[Ticket]
    meta: Meta = Meta()


class SearchAnswer(Sideloads):
    """`GET /search` for tickets: `count` can be larger than the 1,000 that can be read."""

    results: list[Ticket]
    count: int = 0


class Attachment(BaseModel):
    """A file on a comment."""

    file_name: str | None = None
    content_type: str | None = None
    content_url: str | None = None
    size: int | None = None


class Metadata(BaseModel):
    """What was written down about an update; `custom` is ours to set."""

    custom: dict[str, Any] | None = None


class Comment(BaseModel):
    """A comment of a ticket."""

    id: int
    type: str | None = None
    author_id: int | None = None
    body: str | None = None
    public: bool | None = None
    attachments: list[Attachment] | None = None
    via: Via | None = None
    metadata: Metadata | None = None
    created_at: AwareDatetime | None = None


class CommentList(Sideloads):
    """`GET /tickets/{id}/comments`."""

    comments: list[Comment]
    meta: Meta = Meta()


class Event(BaseModel):
    """One thing that an update did."""

    id: int
    type: str | None = None
    author_id: int | None = None
    body: str | None = None
    public: bool | None = None


class Audit(BaseModel):
    """What an update did, event by event."""

    author_id: int | None = None
    created_at: AwareDatetime | None = None
    events: list[Event] | None = None
    metadata: Metadata | None = None
    via: Via | None = None


class WrittenTicket(BaseModel):
    """`POST /tickets`, `PUT /tickets/{id}`: the audit is absent where nothing changed."""

    ticket: Ticket
    audit: Audit | None = None


class JobStatus(BaseModel):
    """Work that Zendesk does by and by: `queued`, `working`, `completed`, `failed` or `killed`."""

    id: str
    status: str


class JobAnswer(BaseModel):
    """`POST /tickets/{id}/merge`, and whatever else makes a job."""

    job_status: JobStatus


class Article(BaseModel):
    """An article of the help centre; a search gives a snippet of it."""

    id: int
    title: str | None = None
    name: str | None = None
    snippet: str | None = None
    body: str | None = None
    html_url: str | None = None
    locale: str | None = None
    draft: bool | None = None
    user_segment_id: int | None = None
    updated_at: AwareDatetime | None = None


class ArticleAnswer(BaseModel):
    """`GET /help_center/articles/{id}`, `GET /help_center/{locale}/articles/{id}`."""

    article: Article


class ArticleSearch(BaseModel):
    """`GET /help_center/articles/search`."""

    results: list[Article]
    count: int = 0
    page: int = 1
    page_count: int = 1
