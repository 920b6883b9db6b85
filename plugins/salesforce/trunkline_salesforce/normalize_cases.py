"""Cases, what was said on them, and articles, as our records."""

from html.parser import HTMLParser

from trunkline_contracts.entities.helpdesk import (
    Article,
    Conversation,
    Delivery,
    Flags,
    Message,
    Priority,
    Ticket,
    TicketStatus,
)
from trunkline_contracts.values import Actor, Status, status_of
from trunkline_salesforce import vendor
from trunkline_salesforce.refs import USER, Refs
from trunkline_salesforce.vendor_service import (
    CASE_STATUSES,
    CUSTOMER_USERS,
    ORIGINS,
    PRIORITIES,
    Case,
    CaseComment,
)
from trunkline_salesforce.vendor_service import Article as Knowledge

_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"))


class CaseRecords(Refs):
    """Builds our records of the service department."""

    def ticket(self, case: Case) -> Ticket:
        """A case."""
        is_users = bool(case.owner_id and case.owner_id.startswith(USER))
        return Ticket(
            id=self.ref("ticket", case.id),
            number=case.case_number,
            url=f"https://{self._settings.my_domain}.my.salesforce.com/{case.id}",
            subject=case.subject,
            description_text=case.description,
            status=case_status(case.status, is_closed=bool(case.is_closed)),
            flags=Flags(deleted=bool(case.is_deleted)),
            priority=priority(case.priority),
            type=case.type,
            channel=ORIGINS.get(case.origin, "other") if case.origin else None,
            requester=self.some_ref("customer", case.contact_id),
            company=self.some_ref("company", case.account_id),
            assignee=self.agent(case.owner_id, case.owner) if is_users else None,
            team=self.team(case.owner_id, case.owner),
            custom_fields=self._custom.read("ticket", case),
            conversation_id=self.ref("conversation", case.id),
            parent=self.some_ref("ticket", case.parent_id),
            merged_into=self.some_ref("ticket", case.master_record_id),
            created_at=case.created_date,
            updated_at=case.last_modified_date,
            closed_at=case.closed_date,
            version=version(case),
            extensions={"salesforce": {"is_escalated": True}} if case.is_escalated else None,
        )

    def conversation(self, case: Case) -> Conversation:
        """A case as what was said on it."""
        return Conversation(
            id=self.ref("conversation", case.id),
            channel=ORIGINS.get(case.origin or "", "other"),
            participants=self._requester(case),
            subject=case.subject,
            state="closed" if case.is_closed else "open",
            ticket=self.ref("ticket", case.id),
        )

    def _requester(self, case: Case) -> tuple[Actor, ...]:
        ref = self.some_ref("customer", case.contact_id)
        return (Actor(kind="customer", ref=ref),) if ref else ()

    def comment(self, case_id: str, comment: CaseComment) -> Message:
        """A comment; what one is told of its author is the kind of user."""
        user = comment.created_by
        is_customers = bool(user and user.user_type in CUSTOMER_USERS)
        visibility = "public" if comment.is_published else "internal"
        direction = "inbound" if is_customers else ("outbound" if comment.is_published else "internal")
        author = (
            Actor(kind="customer", name=user and user.name) if is_customers else self.agent(comment.created_by_id, user)
        )
        return Message(
            id=self.ref("message", comment.id),
            conversation_id=self.ref("conversation", case_id),
            at=comment.created_date,
            author=author,
            visibility=visibility,
            direction=direction,
            channel="web" if comment.is_published else None,
            body_text=comment.comment_body or "",
            delivery=Delivery(status=Status(value="unknown", raw="published")) if direction == "outbound" else None,
        )

    def case_email(self, case_id: str, email: vendor.EmailMessage) -> Message:
        """An e-mail of a case; Salesforce does not say how far one got."""
        name = email.from_name or email.from_address
        return Message(
            id=self.ref("message", email.id),
            conversation_id=self.ref("conversation", case_id),
            at=email.message_date,
            author=Actor(kind="customer" if email.incoming else "human_agent", name=name),
            direction="inbound" if email.incoming else "outbound",
            channel="email",
            subject=email.subject,
            body_text=email.text_body or "",
        )

    def article(self, article: Knowledge) -> Article:
        """An article without its text."""
        is_public = article.is_visible_in_pkb or article.is_visible_in_csp
        return Article(
            id=self.ref("article", article.knowledge_article_id),
            title=article.title,
            snippet=article.summary,
            locale=article.language,
            audience=None if is_public is None else "public" if is_public else "internal",
            updated_at=article.last_published_date,
        )

    def article_text(self, article: Knowledge) -> str | None:
        """An article's text, from the field that the org keeps it in."""
        html = (article.model_extra or {}).get(self._settings.article_field or "")
        return text_of(html) if isinstance(html, str) else None


def case_status(word: str | None, *, is_closed: bool) -> Status[TicketStatus]:
    """A status: its word is the org's own, and where we do not know it an open case is open."""
    known = CASE_STATUSES.get((word or "").casefold())
    if is_closed:
        return Status(value="solved" if known == "solved" else "closed", raw=word or "", label=word)
    return Status(value=known or "open", raw=word or "", label=word, lossy=known in (None, "solved"))


def priority(word: str | None) -> Status[Priority] | None:
    """A priority: its word is the org's own."""
    found: Status[Priority] | None = status_of(PRIORITIES, word, label=word) if word else None
    return found


def version(case: Case) -> str | None:
    """What `if_version` is compared with."""
    return case.last_modified_date.isoformat() if case.last_modified_date else None


def text_of(html: str) -> str:
    """What a reader sees of HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as HTMLParser
        """Begin a line where the reader sees one begin."""
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line where the reader sees one end."""
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen; a line break in HTML is a space."""
        self.parts.append(data.replace("\n", " "))
