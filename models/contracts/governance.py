"""Audit items, dependencies between automations, and what a change would break, on the wire."""

import uuid
from typing import Annotated

from pydantic import Field

from models.contracts.base import Contract, Instant, JsonObject
from models.contracts.runs import AutomationRef

IdOrSlug = Annotated[str, Field(min_length=1, max_length=100)]


class AuditView(Contract):
    """Who did what, before, after and why."""

    id: uuid.UUID
    at: Instant
    actor: str
    action: str
    subject_type: str
    subject_id: uuid.UUID | None
    automation_id: uuid.UUID | None
    before: JsonObject | None
    after: JsonObject | None
    reason: str | None


class DependencyDraft(Contract):
    """One automation needs another; both by id or slug."""

    automation: IdOrSlug
    depends_on: IdOrSlug
    note: str = Field("", max_length=1000)


class DependencyView(Contract):
    """One edge of the graph of explicit dependencies."""

    id: uuid.UUID
    automation: AutomationRef
    depends_on: AutomationRef
    note: str
    created_at: Instant
    created_by: str | None


class Dependent(AutomationRef):
    """An automation that would be touched, and how many edges away it is."""

    distance: int
    is_active: bool


class ImpactView(Contract):
    """What disabling or deleting an automation would break."""

    action: str
    automation: AutomationRef
    dependents: tuple[Dependent, ...]
    running_now: int
    warnings: tuple[str, ...]
    """The same in sentences, for people."""
