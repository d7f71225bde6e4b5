"""What all contracts share: frozen, camelCase on the wire, aware instants, money as decimal strings."""

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, PlainSerializer, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


def decimal_text(value: Decimal) -> str:
    """Write a decimal number in full, without an exponent and without zeros that say nothing."""
    return f"{value.normalize():f}"


Instant = AwareDatetime
Exact = Annotated[Decimal, PlainSerializer(decimal_text, return_type=str, when_used="json")]
Money = Annotated[Exact, Field(ge=0, max_digits=18, decimal_places=8)]
JsonObject = dict[str, JsonValue]
SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, examples=["social-scout"])]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class SecretMarker:
    """Marks a field whose text is sealed before it is stored and never shown again."""


Secret = Annotated[str, SecretMarker(), Field(min_length=1, max_length=4096)]
REDACTED = "********"


class Contract(BaseModel):
    """A value that crosses HTTP or Temporal."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    def wire(self) -> dict[str, Any]:
        """Give the JSON object that goes over the wire."""
        return self.model_dump(mode="json", by_alias=True)


class Stored(Contract):
    """A contract that is read back from storage or from an older peer: unknown fields are let pass."""

    model_config = ConfigDict(extra="ignore")


Item = TypeVar("Item")


class Page(Contract, Generic[Item]):
    """A page of a list; `nextCursor` asks for the next one, null is the end."""

    items: tuple[Item, ...]
    next_cursor: str | None


def refusal(field: str, reason: str) -> PydanticCustomError:
    """Build the error of a rule over several fields, naming the one at fault by its dotted wire name."""
    return PydanticCustomError("rule", "{reason}", {"reason": reason, "field": field})
