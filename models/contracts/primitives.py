"""Primitives on the wire: what people send to make one, and what they read back."""

import uuid
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

from models.contracts.base import Contract, Instant, JsonObject, Name, Slug, refusal
from models.contracts.specs import Member
from models.kinds import Kind

ManagedBy = Annotated[str, Field(min_length=1, max_length=200)]


class PrimitiveDraft(Contract):
    """A primitive as it is declared; `spec` is read by the kind's own spec."""

    kind: Kind
    slug: Slug
    name: Name
    description: str = ""
    spec: JsonObject
    is_active: bool = True
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it; None where a person created it."""


class PrimitivePatch(Contract):
    """The fields to change; a spec is replaced whole."""

    name: Name | None = None
    description: str | None = None
    spec: JsonObject | None = None
    is_active: bool | None = None
    managed_by: ManagedBy | None = None

    @model_validator(mode="after")
    def _nothing_but_the_owner_is_taken_away(self) -> Self:
        for name in self.model_fields_set - {"managed_by"}:
            if getattr(self, name) is None:
                raise refusal(to_camel(name), "null stands for nothing here; leave the field out to keep it")
        return self


class UsedBy(Contract):
    """How many live things need a primitive."""

    automations: int
    primitives: int


class PrimitiveView(Contract):
    """A primitive as it is read: secrets redacted."""

    id: uuid.UUID
    kind: Kind
    slug: str
    name: str
    description: str
    spec: dict[str, JsonValue]
    is_active: bool
    capacity: int | None
    members: tuple[Member, ...]
    used_by: UsedBy
    simulated: bool
    """True where a simulated runner answers for it, or for one of its agents."""
    created_at: Instant
    updated_at: Instant
    archived_at: Instant | None
    managed_by: str | None
    revision: int
    """How often it was saved: its ETag."""


class PrimitiveRef(Contract):
    """A primitive by its kind and slug, as declarations name it."""

    kind: Kind
    slug: Slug


class EntityView(Contract):
    """The primitive that an automation or a run belongs to, in short."""

    id: uuid.UUID
    slug: str
    name: str
