"""Base classes and field types of all contracts: frozen, camelCase on the wire, aware times, money as decimal text."""

import re
import uuid
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    PlainSerializer,
    StringConstraints,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError

from models.contracts.json_types import hold_to_json_types


def decimal_text(value: Decimal) -> str:
    """Format a decimal without exponent and without trailing zeros."""
    return f"{value.normalize():f}"


def _not_an_id(slug: str) -> str:
    try:
        uuid.UUID(slug)
    except ValueError:
        return slug
    raise ValueError("a slug must not look like an id (UUID)")


# Controls, line and paragraph separators, and the marks that reverse or hide text. ZWJ and ZWNJ are part of emoji and
# of several scripts.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


def _in_one_line(name: str) -> str:
    if found := _UNFIT.search(name):
        raise ValueError(f"a name must not contain the control character U+{ord(found[0]):04X}")
    return name


OneLine = AfterValidator(_in_one_line)
"""Refuses text that a list or a terminal would not show as it is."""
Instant = AwareDatetime
Exact = Annotated[Decimal, PlainSerializer(decimal_text, return_type=str, when_used="json")]
Money = Annotated[Exact, Field(ge=0, max_digits=18, decimal_places=8)]
MAX_CALL_USD = 1_000_000
"""Maximum cost of one agent call; more is refused as a likely mistake in the unit."""
CallCost = Annotated[Exact, Field(ge=0, le=MAX_CALL_USD, decimal_places=8)]
JsonObject = dict[str, JsonValue]
SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, examples=["social-scout"])]
NewSlug = Annotated[Slug, AfterValidator(_not_an_id)]
"""A new slug. It must not look like an id, because it would be looked up as one."""
IdOrSlug = Annotated[str, Field(min_length=1, max_length=100)]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine]


class SecretMarker:
    """Marks a field that is encrypted before it is stored, and redacted whenever it is read."""


Secret = Annotated[str, SecretMarker(), Field(min_length=1, max_length=4096)]
REDACTED = "********"


class Contract(BaseModel):
    """A value that crosses HTTP or Temporal. Unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    is_written_as_text: ClassVar[bool] = False
    """Whether every value arrives as text, as in a query string. Otherwise JSON's types count: "no" is not false."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if not cls.is_written_as_text:
            hold_to_json_types(handler.resolve_ref_schema(schema))
        return schema

    def wire(self) -> dict[str, Any]:
        """Serialise to a JSON object with camelCase keys."""
        return self.model_dump(mode="json", by_alias=True)


class Stored(Contract):
    """A contract read back from storage or from another version of Podium: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore")


Item = TypeVar("Item")


class Page(Contract, Generic[Item]):
    """One page of a list."""

    items: tuple[Item, ...]
    """The items of this page."""
    next_cursor: str | None
    """Send it as `cursor` to get the next page. null: this is the last page."""


class SearchedPage(Page[Item], Generic[Item]):
    """One page of a list, newest first, whose filter may leave out nearly everything."""

    searched_to: Instant | None = None
    """The page may be incomplete: the search for rare items has stopped here, and goes on with `nextCursor`."""


def refusal(field: str, reason: str) -> PydanticCustomError:
    """Build the error of a rule that spans several fields; `field` is the dotted wire name of the one at fault."""
    return PydanticCustomError("rule", "{reason}", {"reason": reason, "field": field})
