"""Aggregates of runs, folded in by the transactions that open and close them, so that no page aggregates `runs`."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.kinds import Kind
from models.rules.runs.waits import WAIT_BUCKETS
from models.states import RunSource, RunStatus
from models.store.tables.base import MONEY_SUM, Base, Json, enum_column


class Counters:
    """Counts by status and the sums behind the means, of root runs only: children are included in their root."""

    started: Mapped[int] = mapped_column(BigInteger, server_default="0")
    completed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    failed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cancelled: Mapped[int] = mapped_column(BigInteger, server_default="0")
    skipped: Mapped[int] = mapped_column(BigInteger, server_default="0")
    missed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    duration_ms_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    duration_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cost_usd_sum: Mapped[Decimal] = mapped_column(MONEY_SUM, server_default="0")
    cost_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Closed root runs with a known cost."""
    known_usd_sum: Mapped[Decimal] = mapped_column(MONEY_SUM, server_default="0")
    """All known cost, including the known part of root runs whose cost is incomplete."""
    agent_runs_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Agent runs in the closed root runs, themselves included."""


class AutomationStats(Counters, Base):
    """One row per automation: all-time totals, recent outcomes and open runs."""

    __tablename__ = "automation_stats"

    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), primary_key=True)
    running_now: Mapped[int] = mapped_column(server_default="0")
    recent_outcomes: Mapped[str] = mapped_column(server_default="")
    """The last 200 outcomes, oldest first: C completed, F failed."""
    recent_costs: Mapped[list[Any]] = mapped_column(Json, server_default=text("'[]'::jsonb"))
    """Known costs among the last 200 closed runs, oldest first: close number, cost as decimal string."""
    finished_since_reset: Mapped[int] = mapped_column(server_default="0")
    """Finished runs since the last resume or edit; a health policy looks no further back."""
    consecutive_failures: Mapped[int] = mapped_column(server_default="0")
    last_run_id: Mapped[UUID | None]
    last_run_status: Mapped[RunStatus | None] = mapped_column(enum_column(RunStatus))
    last_run_started_at: Mapped[datetime | None]
    last_run_duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_run_error: Mapped[str | None]
    """The beginning of the last run's error message, if it failed."""


class AutomationHour(Counters, Base):
    """The same per automation and per hour (UTC) in which the run started or was due."""

    __tablename__ = "automation_hours"
    __table_args__ = (Index("ix_automation_hours_hour", "hour"),)

    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)


class RunSums:
    """Sums over closed runs, children too, of what is each run's own: nothing is counted twice, and nothing later."""

    runs: Mapped[int] = mapped_column(BigInteger, server_default="0")
    occurrences: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Due times that the runs stand for: a long outage is one `missed` run."""
    started: Mapped[int] = mapped_column(BigInteger, server_default="0")
    duration_ms_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    duration_log_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Thousandths of the natural logarithm of each duration in milliseconds; below, their squares."""
    duration_log_squares: Mapped[int] = mapped_column(BigInteger, server_default="0")
    own_cost_usd_sum: Mapped[Decimal] = mapped_column(MONEY_SUM, server_default="0")
    """The known cost of the runs' own calls."""
    own_cost_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Runs whose own cost is known and above 0; the logarithms below are of millionths of a dollar."""
    own_cost_log_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    own_cost_log_squares: Mapped[int] = mapped_column(BigInteger, server_default="0")
    unknown_costs: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Runs with calls of their own whose cost is unknown, in part or whole."""
    own_input_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    own_output_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    wait_ms_sum: Mapped[int] = mapped_column(BigInteger, server_default="0")
    wait_histogram: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=text(f"array_fill(0::bigint, ARRAY[{WAIT_BUCKETS}])")
    )
    """Started runs by how long they had waited; the buckets are those of `models/rules/runs/waits.py`."""
    interventions: Mapped[int] = mapped_column(BigInteger, server_default="0")
    intervened: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Runs that somebody has touched after they were started."""
    gates: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rescued: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Runs that somebody has run again."""
    unattended: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Started runs that nobody has asked for, forced, touched or run again."""


class PrimitiveHour(RunSums, Base):
    """Sums per primitive and hour (UTC) of the runs' arrival."""

    __tablename__ = "primitive_hours"
    __table_args__ = (Index("ix_primitive_hours_hour", "hour"),)

    primitive_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    source: Mapped[RunSource] = mapped_column(enum_column(RunSource), primary_key=True)
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus), primary_key=True)


class KindHour(RunSums, Base):
    """Sums per kind and hour of the runs' arrival: what a page shows of all runs, however many primitives there are."""

    __tablename__ = "kind_hours"

    kind: Mapped[Kind] = mapped_column(enum_column(Kind), primary_key=True)
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus), primary_key=True)
    source: Mapped[RunSource] = mapped_column(enum_column(RunSource), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """One of a few rows of the same key, so that closing runs do not wait for each other."""
