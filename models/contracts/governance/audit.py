"""The audit log, dependencies between automations, and what a change would affect."""

import uuid
from typing import Annotated

from pydantic import Field

from models.contracts.base import Contract, Instant, JsonObject
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import FireWhen

IdOrSlug = Annotated[str, Field(min_length=1, max_length=100)]


class AuditSubject(Contract):
    """The subject of an audit entry, with its current names."""

    type: str
    """`automation`, `primitive`, `run`, `key`, ..."""
    id: uuid.UUID | None
    """Id of the subject. null: the entry is about no single object."""
    kind: Kind | None
    """The kind of a primitive or of a run's primitive."""
    slug: str | None
    """Its slug; for a run, that of its primitive. null: it has none or was deleted."""
    name: str | None
    """Its name; for a run, that of its primitive. null: it was deleted."""


class AuditView(Contract):
    """One entry of the audit log."""

    id: uuid.UUID
    """Id of the entry."""
    at: Instant
    """When it happened."""
    actor: str
    """Name of the API key that did it, or `health-policy`, `sweep` and the like."""
    action: str
    """What was done, such as `automation.paused`."""
    subject_type: str
    """What it was done to: `automation`, `primitive`, `run`, ..."""
    subject_id: uuid.UUID | None
    """Id of the subject."""
    subject: AuditSubject
    """The subject with its names."""
    automation_id: uuid.UUID | None
    """The automation that it concerns."""
    before: JsonObject | None
    """Changed fields before; secrets are redacted."""
    after: JsonObject | None
    """Changed fields after; secrets are redacted."""
    reason: str | None
    """The reason that was given."""


class DependencyDraft(Contract):
    """One automation depends on another. Dependencies must not form a cycle."""

    automation: IdOrSlug
    """Id or slug of the automation that depends on the other."""
    depends_on: IdOrSlug
    """Id or slug of the automation that it needs."""
    fire_when: FireWhen | None = None
    """Starts a run of the automation whenever a run of the other one has `completed`, `failed` or `finished` (either).
    null: it is only known, for the impact of a change. Reruns start nothing."""
    pass_payload: bool = False
    """Whether the output of the other's run is the run's input. false: the automation's own payload."""
    note: str = Field("", max_length=1000)
    """Why."""


class DependencyView(Contract):
    """A dependency that was declared."""

    id: uuid.UUID
    """Id of the dependency."""
    automation: AutomationRef
    """The automation that depends on the other."""
    depends_on: AutomationRef
    """The automation that it needs."""
    fire_when: FireWhen | None
    """Which ends of the other's runs start a run. null: none."""
    pass_payload: bool
    """Whether the output of the other's run is the run's input."""
    note: str
    """Why."""
    created_at: Instant
    """When it was declared."""
    created_by: str | None
    """Who declared it."""


class Dependent(AutomationRef):
    """An automation that depends, directly or not, on another."""

    distance: int
    """Number of dependencies between the two; 1 is direct."""
    is_active: bool
    """Whether it is active."""


class ImpactView(Contract):
    """The impact of disabling or deleting an automation."""

    action: str
    """`disable` or `delete`."""
    automation: AutomationRef
    """The automation."""
    dependents: tuple[Dependent, ...]
    """Automations that depend on it."""
    running_now: int
    """Number of its open runs."""
    warnings: tuple[str, ...]
    """The same in sentences."""
