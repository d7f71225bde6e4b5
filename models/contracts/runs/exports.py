"""The rows of an export, and its last line."""

import uuid

from models.contracts.base import Contract, Exact, Instant
from models.contracts.runs.error_key import ErrorKey
from models.kinds import Kind
from models.states import RunSource, RunStatus


class ExportedRun(Contract):
    """A run in one row, without its values."""

    id: uuid.UUID
    kind: Kind
    status: RunStatus
    reason: str | None
    source: RunSource | None
    primitive: str
    """Its slug."""
    primitive_name: str
    automation: str | None
    """Its slug."""
    automation_name: str | None
    parent_run_id: uuid.UUID | None
    root_run_id: uuid.UUID
    rerun_of: uuid.UUID | None
    backfill_id: uuid.UUID | None
    delivery_id: uuid.UUID | None
    due_at: Instant | None
    queued_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    duration_ms: int | None
    wait_ms: int | None
    cost_usd: Exact | None
    """null: unknown, in part or whole."""
    input_tokens: int | None
    output_tokens: int | None
    model: str | None
    simulated: bool
    interventions: int
    forced: bool
    rescued: bool
    occurrences: int
    error_type: str | None
    error_message: str | None
    error_key: ErrorKey | None
    temporal_workflow_id: str | None


class ExportEnd(Contract):
    """The last line of an export; without it, the connection was cut."""

    end: bool = True
    complete: bool
    """Whether all runs that match are there."""
    rows: int
    """How many were written, with this request."""
    reason: str | None = None
    """Why it is not complete."""
    cursor: str | None = None
    """Where another export goes on."""
