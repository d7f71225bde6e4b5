"""Runs of every kind, and their steps."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.kinds import Kind
from models.states import RunSource, RunStatus, StepStatus
from models.store.tables.automations import Automation
from models.store.tables.base import MONEY_SUM, Base, Id, Json, enum_column
from models.store.tables.primitives import Primitive

OPEN_CONDITION = text("status IN ('queued', 'running', 'waiting', 'stuck')")
CLOSED_CONDITION = text("status NOT IN ('queued', 'running', 'waiting', 'stuck')")
HELD_CONDITION: ColumnElement[bool] = literal_column(
    "(runs.status = 'queued' AND runs.held_by IS NOT NULL AND runs.held_by <> 'backfill')", Boolean()
)
"""Whether a run waits in its automation's queue; spelled as in the indexes, so that they are used."""
PENDING_CONDITION: ColumnElement[bool] = literal_column(
    "(runs.status = 'queued' AND runs.held_by = 'backfill')", Boolean()
)
"""Whether a run waits for its turn in a backfill. It is not in its automation's queue: it takes no place there, and
neither limits nor expires nor is replaced."""
AGENT_HELD_CONDITION: ColumnElement[bool] = literal_column(
    "(runs.status = 'queued' AND runs.agent_held_at IS NOT NULL)", Boolean()
)
"""Whether an agent's run waits for the agent's capacity."""
BUDGET_HELD_CONDITION: ColumnElement[bool] = literal_column(
    "(runs.status = 'queued' AND runs.budget_held_at IS NOT NULL)", Boolean()
)
"""Whether a run waits for a budget."""
RESERVED_CONDITION: ColumnElement[bool] = literal_column(
    "(runs.takes_budget AND runs.status IN ('queued', 'running', 'waiting', 'stuck'))", Boolean()
)
"""Whether a budget holds money back for a run."""
_AGENT_HELD = text("status = 'queued' AND agent_held_at IS NOT NULL")
_HELD = text("status = 'queued' AND held_by IS NOT NULL AND held_by <> 'backfill'")
BAD_END_CONDITION = text(
    "(automation_id IS NOT NULL AND status NOT IN ('queued', 'running', 'waiting', 'stuck', 'completed'))"
)
INTERVENED_CONDITION = text("(interventions > 0 OR forced OR rescued)")
"""Whether somebody has touched a run, forced it, or run it again."""
_NEWEST = (text("queued_at DESC"), text("id DESC"))


class Run(Base):
    """One execution of a primitive; NULL cost means unknown, not free."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("automation_id", "due_at"),
        Index("ix_runs_open", "queued_at", "id", postgresql_where=OPEN_CONDITION),
        Index("ix_runs_queued_at", *_NEWEST),
        Index("ix_runs_automation", "automation_id", *_NEWEST),
        Index(
            "ix_runs_automation_finished",
            "automation_id",
            "finished_at",
            postgresql_where=text("automation_id IS NOT NULL AND started_at IS NOT NULL"),
        ),
        Index("ix_runs_primitive_status", "primitive_id", "status", *_NEWEST),
        Index("ix_runs_outcome", "kind", "status", "source", *_NEWEST, postgresql_where=CLOSED_CONDITION),
        Index(
            "ix_runs_automation_status",
            *("automation_id", "status", *_NEWEST),
            postgresql_where=BAD_END_CONDITION,
        ),
        Index("ix_runs_error", "error_key", *_NEWEST, postgresql_where=text("error_key IS NOT NULL")),
        Index(
            "ix_runs_failed_at",
            *(text("finished_at DESC"), text("id DESC")),
            postgresql_where=text("status = 'failed'"),
        ),
        Index("ix_runs_intervened", *_NEWEST, postgresql_where=INTERVENED_CONDITION),
        Index("ix_runs_rerun_of", "rerun_of", postgresql_where=text("rerun_of IS NOT NULL")),
        Index(
            "ix_runs_uncounted",
            *_NEWEST,
            postgresql_where=text("NOT is_counted AND status NOT IN ('queued', 'running', 'waiting', 'stuck')"),
        ),
        Index("ix_runs_parent", "parent_run_id", postgresql_where=text("parent_run_id IS NOT NULL")),
        Index("ix_runs_stuck", "root_run_id", postgresql_where=text("status = 'stuck'")),
        Index("ix_runs_root", "root_run_id", postgresql_where=text("parent_run_id IS NOT NULL")),
        Index(
            "ix_runs_direct_finished",
            "finished_at",
            postgresql_where=text("automation_id IS NULL AND parent_run_id IS NULL"),
        ),
        Index(
            "ix_runs_held",
            *("automation_id", "admission_key", "throttle_key", "ordered_at", "id"),
            postgresql_where=_HELD,
        ),
        Index("ix_runs_queue", "automation_id", "ordered_at", "id", postgresql_where=_HELD),
        Index(
            "ix_runs_slots",
            *("automation_id", "admission_key"),
            postgresql_where=text(
                "status IN ('queued', 'running', 'waiting', 'stuck') AND held_by IS NULL AND automation_id IS NOT NULL"
            ),
        ),
        Index("ix_runs_agent_held", "primitive_id", "agent_held_at", "id", postgresql_where=_AGENT_HELD),
        Index(
            "ix_runs_capacity",
            "primitive_id",
            postgresql_where=text("takes_capacity AND status IN ('queued', 'running', 'waiting', 'stuck')"),
        ),
        Index(
            "ix_runs_budget_held",
            *("budget_id", "automation_id", "primitive_id", "budget_held_at", "id"),
            postgresql_where=text("status = 'queued' AND budget_held_at IS NOT NULL"),
        ),
        Index(
            "ix_runs_reserved",
            "primitive_id",
            postgresql_where=text("takes_budget AND status IN ('queued', 'running', 'waiting', 'stuck')"),
        ),
        Index(
            "ix_runs_pending",
            *("backfill_id", "ordered_at", "id"),
            postgresql_where=text("status = 'queued' AND held_by = 'backfill'"),
        ),
        Index("ix_runs_backfill", "backfill_id", "status", postgresql_where=text("backfill_id IS NOT NULL")),
        Index(
            "ix_runs_nominal",
            *("automation_id", "nominal_at"),
            postgresql_where=text("nominal_at IS NOT NULL AND automation_id IS NOT NULL"),
        ),
        Index("ix_runs_folded", "folded_into", postgresql_where=text("folded_into IS NOT NULL")),
        Index("ix_runs_chain", "chain_id", postgresql_where=text("chain_id IS NOT NULL")),
        Index("ix_runs_delivery", "delivery_id", postgresql_where=text("delivery_id IS NOT NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    primitive_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id"))
    automation_id: Mapped[UUID | None] = mapped_column(ForeignKey("automations.id"))
    delivery_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliveries.id"))
    parent_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    root_run_id: Mapped[UUID]
    source: Mapped[RunSource | None] = mapped_column(enum_column(RunSource))
    """What started it; NULL only where an older version has stored it, until the sweep has filled it in."""
    step_path: Mapped[str | None]
    """Of a child run: the step of its parent that it carries out; a step that was tried again has several."""
    rerun_of: Mapped[UUID | None]
    backfill_id: Mapped[UUID | None] = mapped_column(ForeignKey("backfills.id"))
    before_backfill: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Of a missed or skipped due time that a backfill runs: `{"status", "reason"}` from before. It is that again if
    the backfill is cancelled before its turn has come."""
    outside_health: Mapped[bool] = mapped_column(server_default="false")
    """Whether severity and health policy leave its outcome out, as they do with runs of a backfill."""
    forced: Mapped[bool] = mapped_column(server_default="false")
    """Fired manually, or as a probe, although its automation was paused."""
    probe: Mapped[bool] = mapped_column(server_default="false")
    """The trial run of an automation that its health policy has disabled."""

    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus))
    reason: Mapped[str | None]
    paused: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Who paused an open run: `{"by", "reason", "at"}`; NULL if it is not paused."""
    pause_is_verified: Mapped[bool] = mapped_column(server_default="false")
    """Whether the API has verified who paused it; False: somebody told Temporal so."""
    stuck: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Of a stuck run: `{"message", "attempts", "since", "last_build", "before"}`; `before` is its earlier status."""
    occurrences: Mapped[int] = mapped_column(server_default="1")
    """The number of due times that a `missed` row stands for: a long outage is one row."""
    held_by: Mapped[str | None]
    """What a queued run waits for: its admission (`HeldBy`). NULL: it may start, or has started."""
    admission_key: Mapped[str | None]
    """Its key of concurrency or singleton; empty without one, NULL without flow control at its arrival."""
    throttle_key: Mapped[str | None]
    ordered_at: Mapped[datetime | None]
    """Its place among waiting runs: its arrival, shifted by its priority."""
    not_before: Mapped[datetime | None]
    """Of a waiting run: the end of its debounce or batch."""
    start_by: Mapped[datetime | None]
    """A run that still waits then is skipped."""
    admitted_at: Mapped[datetime | None]
    """When flow control let it start, by PostgreSQL's clock."""
    agent_held_at: Mapped[datetime | None]
    """Of a queued run of an agent: since when it waits because as many runs as the agent's capacity are open."""
    takes_capacity: Mapped[bool] = mapped_column(server_default="false")
    """Whether it counts against the capacity of its agent until it closes."""
    takes_budget: Mapped[bool] = mapped_column(server_default="false")
    """Whether a budget counts it: its cost once it closes, and until then what is reserved."""
    reserved_usd: Mapped[Decimal | None] = mapped_column(MONEY_SUM)
    """What it was expected to cost when budgets let it start. NULL: nothing was known."""
    budget_id: Mapped[UUID | None]
    """The budget that it waits for, or that has skipped it."""
    budget_held_at: Mapped[datetime | None]
    """Of a queued run: since when it waits for a budget."""
    chain_depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How many automations have fired one another before this run."""
    chain_id: Mapped[UUID | None]
    """The run that began the chain; NULL: this run has not been caused by another."""
    folded_into: Mapped[UUID | None]
    """The run that stands for this one: it is skipped as debounced, batched, superseded or duplicate."""
    gathers: Mapped[bool] = mapped_column(server_default="false")
    """Whether its input becomes those of all runs that are folded into it."""
    due_at: Mapped[datetime | None]
    nominal_at: Mapped[datetime | None]
    """The due time that it is run for, where it is not the run of the due time itself: a rerun, or a child run."""
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    wait_ms: Mapped[int | None] = mapped_column(BigInteger)
    """How long it waited for its start: from its due time, or else from its arrival."""
    close_number: Mapped[int | None]
    """Sequence number among its automation's closed runs that had started; orders recent outcomes."""
    is_counted: Mapped[bool] = mapped_column(server_default="false")
    """Whether it is in `primitive_hours` and `kind_hours`; never before it is closed."""

    cost_usd: Mapped[Decimal | None] = mapped_column(MONEY_SUM)
    """The known cost of the run and all runs below it."""
    own_cost_usd: Mapped[Decimal | None] = mapped_column(MONEY_SUM)
    """The known cost of the run's own calls; NULL if it makes none. Set when it closes, and never changed."""
    unknown_costs: Mapped[int] = mapped_column(server_default="0")
    """Calls in the run and below it whose cost is unknown; above 0 `cost_usd` is incomplete."""
    agent_runs: Mapped[int] = mapped_column(server_default="0")
    """Closed agent runs, itself and those below it."""
    tokens: Mapped[dict[str, Any] | None] = mapped_column(Json)
    model: Mapped[str | None]
    simulated: Mapped[bool] = mapped_column(server_default="false")

    input: Mapped[Any | None] = mapped_column(Json)
    output: Mapped[Any | None] = mapped_column(Json)
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What its workflow has recorded to explain it (`RunFacts`); NULL: nothing, or an older version ran it."""
    note: Mapped[str | None]
    """What an answer lost when it was read, such as digits of a number; NULL: nothing."""
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]
    error_key: Mapped[int | None] = mapped_column(BigInteger)
    """The group of its error, or of the reason why it was skipped or missed (`models/rules/fingerprint`)."""
    caused_by: Mapped[UUID | None]
    """The run below it whose failure made it fail; both have the same `error_key`, and only that one is counted."""
    interventions: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often somebody has touched it after its start: signals, a cancellation, a rejection."""
    gates: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it has asked for an approval, as planned."""
    rescued: Mapped[bool] = mapped_column(server_default="false")
    """Whether somebody has run it again."""
    trace_id: Mapped[UUID | None]
    """The OpenTelemetry trace that it is part of, if traces were exported."""
    called_at: Mapped[datetime | None]
    """When the agent was first called; a run that was admitted before waits for a slot, and is queued."""
    call_owner: Mapped[str | None]
    """The Temporal activity that may call the agent now, and in `call_attempt` which attempt of it."""
    call_attempt: Mapped[int | None]
    call_failures: Mapped[int] = mapped_column(server_default="0")
    """Attempts that the agent failed; what our own infrastructure fails is not counted."""
    callback_until: Mapped[datetime | None]
    """Until when an agent that accepted the call with 202 may call back."""
    answered_at: Mapped[datetime | None]
    """When the agent's answer was recorded; from then on the agent is not called again for this run."""
    callback: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The callback of an agent that accepted with 202, as `{"body": ...}`."""
    temporal_workflow_id: Mapped[str | None]
    temporal_run_id: Mapped[str | None]

    primitive: Mapped[Primitive] = relationship(lazy="raise")
    automation: Mapped[Automation | None] = relationship(lazy="raise")


class RunAttempt(Base):
    """One attempt of an agent's call. A call that succeeds at its first attempt has none: its run says all."""

    __tablename__ = "run_attempts"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """From 1."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """NULL: it is under way, or its worker was lost."""
    error_type: Mapped[str | None]
    """NULL: it succeeded, or has not ended."""
    error_message: Mapped[str | None]
    error_key: Mapped[int | None] = mapped_column(BigInteger)
    cost_usd: Mapped[Decimal | None] = mapped_column(MONEY_SUM)
    tokens: Mapped[dict[str, Any] | None] = mapped_column(Json)


class RunStep(Base):
    """A node of the tree of a run: a pipeline's step, a network's hop, a campaign's mission or task."""

    __tablename__ = "run_steps"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    kind: Mapped[str]
    position: Mapped[int]
    status: Mapped[StepStatus] = mapped_column(enum_column(StepStatus))
    detail: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What explains it (`StepFacts`); NULL: nothing, or an older version ran it."""
    child_run_id: Mapped[UUID | None]
    output: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


STEP_ORDER = (RunStep.position, func.length(RunStep.path), RunStep.path)
"""The order of the steps below one; items of a map have the same position, and a number at the end of their path."""
