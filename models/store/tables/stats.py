"""Aggregates of runs, folded in by the transactions that open and close them, so that no page aggregates `runs`."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import RunStatus
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
