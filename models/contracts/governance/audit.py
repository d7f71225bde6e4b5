"""The audit log."""

import uuid

from models.contracts.base import Contract, Instant, JsonObject
from models.kinds import Kind


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
