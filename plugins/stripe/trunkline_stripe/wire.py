"""How Stripe writes ids, objects within objects, and lists."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator

T = TypeVar("T")
_CODE = len("EUR")


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _object(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_id)]
"""The id of another object, whether Stripe sends the id or the object."""

Expanded = Annotated[T, BeforeValidator(_object)]
"""Another object, of which Stripe may have sent the id alone."""


def _currencies(value: Any) -> Any:
    return {key: item for key, item in value.items() if len(key) == _CODE} if isinstance(value, dict) else value


ByCurrency = Annotated[dict[str, T], BeforeValidator(_currencies)]
"""What differs from currency to currency; whatever else Stripe may put beside them is passed over."""


class Page(BaseModel, Generic[T]):
    """Any list, and any result of a search."""

    data: list[T]
    has_more: bool | None = None
    next_page: str | None = None

    @property
    def last_id(self) -> str | None:
        """The id after which the list goes on."""
        return getattr(self.data[-1], "id", None) if self.has_more and self.data else None
