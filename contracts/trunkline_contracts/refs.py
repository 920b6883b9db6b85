"""References: `connection:kind:vendor_id`, opaque to agents, the address that routes a call."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

CONNECTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KIND = re.compile(r"[a-z][a-z_]{0,29}")
# What a vendor's id may hold: printable, no white space, nothing that steers a path or a query.
_VENDOR_ID = re.compile(r"[^\s/\\?#%\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069]{1,200}")


class Ref(str):
    """The address of one record at one connection.

    Raises ValueError where a part is malformed: an id is never a path, never empty.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Parse and check `connection:kind:vendor_id`."""
        parts = text.split(":", 2)
        if len(parts) != 3 or not _well_formed(*parts):  # noqa: PLR2004 - the three parts of a Ref
            raise ValueError("not a reference; pass an id exactly as a tool returned it")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, connection: str, kind: str, vendor_id: str | int) -> "Ref":
        """Build the reference to a vendor's record."""
        return cls(f"{connection}:{kind}:{vendor_id}")

    @property
    def connection(self) -> str:
        """The tenant's name of the connection."""
        return self.split(":", 1)[0]

    @property
    def kind(self) -> str:
        """What the record is, such as `ticket`."""
        return self.split(":", 2)[1]

    @property
    def vendor_id(self) -> str:
        """The vendor's own id."""
        return self.split(":", 2)[2]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


def _well_formed(connection: str, kind: str, vendor_id: str) -> bool:
    return (
        CONNECTION_NAME.fullmatch(connection) is not None
        and _KIND.fullmatch(kind) is not None
        and _VENDOR_ID.fullmatch(vendor_id) is not None
        and vendor_id not in {".", ".."}
    )


class Kinds:
    """Restricts a Ref argument to some kinds of record; the gateway routes by it."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def __call__(self, ref: Ref) -> Ref:
        """Check the kind."""
        if ref.kind not in self.kinds:
            raise ValueError(f"is a {ref.kind}, expected: {' or '.join(self.kinds)}")
        return ref


CustomerRef = Annotated[Ref, AfterValidator(Kinds("customer"))]
TicketRef = Annotated[Ref, AfterValidator(Kinds("ticket"))]
ConversationRef = Annotated[Ref, AfterValidator(Kinds("conversation", "ticket"))]
MessageRef = Annotated[Ref, AfterValidator(Kinds("message"))]
SubscriptionRef = Annotated[Ref, AfterValidator(Kinds("subscription"))]
RefundableRef = Annotated[Ref, AfterValidator(Kinds("payment", "invoice", "order"))]
LoyaltyAccountRef = Annotated[Ref, AfterValidator(Kinds("loyalty_account"))]
InvoiceRef = Annotated[Ref, AfterValidator(Kinds("invoice"))]
OrderRef = Annotated[Ref, AfterValidator(Kinds("order"))]
BillableRef = Annotated[Ref, AfterValidator(Kinds("subscription", "customer"))]
ArticleRef = Annotated[Ref, AfterValidator(Kinds("article"))]
TaskRef = Annotated[Ref, AfterValidator(Kinds("task"))]
DealRef = Annotated[Ref, AfterValidator(Kinds("deal"))]
OwnerRef = Annotated[Ref, AfterValidator(Kinds("customer", "company"))]
TaskSubjectRef = Annotated[Ref, AfterValidator(Kinds("customer", "company", "deal", "ticket"))]
RewardRef = Annotated[Ref, AfterValidator(Kinds("reward"))]
PointsTransactionRef = Annotated[Ref, AfterValidator(Kinds("points_transaction"))]
VerificationRef = Annotated[Ref, AfterValidator(Kinds("verification"))]
ThreadRef = Annotated[Ref, AfterValidator(Kinds("message", "conversation"))]
SubjectRef = Annotated[Ref, AfterValidator(Kinds("ticket", "conversation", "customer"))]


def bare_id(text: str) -> str:
    """The vendor's id in what a caller gave: a reference as a tool returned it, or the id alone."""
    try:
        return Ref(text).vendor_id
    except ValueError:
        return text
