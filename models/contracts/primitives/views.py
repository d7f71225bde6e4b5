"""Primitives as people send and read them."""

import inspect
import uuid
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, JsonValue, create_model, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from models.contracts.base import Contract, Instant, JsonObject, Name, NewSlug, Slug, refusal
from models.contracts.primitives.specs import SPECS, Member
from models.kinds import KINDS, Kind

ManagedBy = Annotated[str, Field(min_length=1, max_length=200)]


class PrimitiveDraft(Contract):
    """A primitive as it is declared. The fields of `spec` depend on `kind`."""

    kind: Kind
    """What it is: `agent`, `workflow`, `network`, `campaign` or `pulse`."""
    slug: NewSlug
    """Name in YAML files, commands and paths. Unique per kind among primitives that are not archived."""
    name: Name
    """Name shown to people."""
    description: str = ""
    """Free text."""
    spec: JsonObject
    """What it runs; see the spec of its kind."""
    is_active: bool = True
    """false: its runs are skipped as `primitive_inactive`."""
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it. null: a person created it."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the draft as one schema per kind, told apart by `kind`.

        Validation reads `spec` only later, by the kind, so that its errors name fields below `spec`.
        """
        if cls is not PrimitiveDraft:
            return handler(schema)
        choices = {kind.value: _draft_of(kind).__pydantic_core_schema__ for kind in SPECS}
        union = handler(core_schema.tagged_union_schema(choices, discriminator="kind"))
        return {**union, "title": cls.__name__, "description": inspect.getdoc(cls)}


@cache
def _draft_of(kind: Kind) -> type[PrimitiveDraft]:
    """Build the draft of one kind, with its spec; only its JSON Schema is used."""
    label = KINDS[kind].label
    fields: dict[str, Any] = {
        "kind": (Literal[kind], Field(description=f"Always `{kind.value}`.")),
        "spec": (SPECS[kind], Field(description=f"What the {label.lower()} runs.")),
    }
    return create_model(
        f"{label}Draft", __base__=PrimitiveDraft, __doc__=f"A primitive of the kind {kind.value}.", **fields
    )


def _any_spec(schema: JsonSchemaValue) -> None:
    """Point readers of the JSON Schema to the specs; the kind is not known from the body alone."""
    names = ", ".join(f"`{spec.__name__}`" for spec in SPECS.values())
    schema["description"] = f"The whole spec of the primitive's kind: one of {names}."


class PrimitivePatch(Contract):
    """The fields to change. A spec is replaced as a whole; redacted secrets in it keep their value."""

    name: Name | None = None
    """New name."""
    description: str | None = None
    """New description."""
    spec: JsonObject | None = Field(None, json_schema_extra=_any_spec)
    is_active: bool | None = None
    """false: its runs are skipped as `primitive_inactive`."""
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it. null: none."""

    @model_validator(mode="after")
    def _only_the_owner_may_be_null(self) -> Self:
        for name in self.model_fields_set - {"managed_by"}:
            if getattr(self, name) is None:
                raise refusal(to_camel(name), "null is not allowed; leave the field out to keep its value")
        return self


class UsedBy(Contract):
    """How many automations and primitives, not archived, use a primitive."""

    automations: int
    """Automations that run it."""
    primitives: int
    """Primitives that have it as a member."""


class PrimitiveView(Contract):
    """A primitive as it is read. Secrets are redacted."""

    id: uuid.UUID
    """Its id."""
    kind: Kind
    """Its kind."""
    slug: str
    """Name in YAML files, commands and paths."""
    name: str
    """Name shown to people."""
    description: str
    """Free text."""
    spec: dict[str, JsonValue] = Field(json_schema_extra=_any_spec)
    is_active: bool
    """false: its runs are skipped as `primitive_inactive`."""
    capacity: int | None
    """Maximum concurrent calls, possibly changed by a pulse. null: not an agent."""
    members: tuple[Member, ...]
    """The agents that its spec names."""
    used_by: UsedBy
    """Number of automations and primitives that use it."""
    simulated: bool
    """Whether it, or one of its agents, has a simulated runner."""
    created_at: Instant
    """When it was created."""
    updated_at: Instant
    """When it was last changed."""
    archived_at: Instant | None
    """When it was archived. null: not archived."""
    managed_by: str | None
    """The project whose declaration owns it. null: a person created it."""
    revision: int
    """Number of saves; also its ETag."""


class PrimitiveRef(Contract):
    """A primitive by kind and slug."""

    kind: Kind
    """Its kind."""
    slug: Slug
    """Its slug."""


class EntityView(Contract):
    """The primitive that an automation or a run belongs to."""

    id: uuid.UUID
    """Its id."""
    slug: str
    """Its slug."""
    name: str
    """Its name."""
