"""Backfills: many runs that somebody, or a schedule's policy, asked for at once, and that start behind live ones."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import Again, BackfillKind, BackfillOrder, BackfillStatus
from models.store.tables.base import MONEY_SUM, Base, Id, Json, enum_column


class Backfill(Base):
    """One backfill. Its runs name it; while it is open they are counted, at its end the counts are kept here."""

    __tablename__ = "backfills"
    __table_args__ = (
        Index("ix_backfills_created_at", text("created_at DESC"), text("id DESC")),
        Index("ix_backfills_automation", "automation_id", text("created_at DESC"), text("id DESC")),
        Index("ix_backfills_open", "id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[BackfillKind] = mapped_column(enum_column(BackfillKind))
    status: Mapped[BackfillStatus] = mapped_column(enum_column(BackfillStatus))
    token: Mapped[str] = mapped_column(unique=True)
    """Of the preview that it was started from: a repeated start finds the first one."""
    automation_id: Mapped[UUID | None] = mapped_column(ForeignKey("automations.id"))
    """NULL: a rerun, whose runs may belong to several automations or to none."""
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    """The due times between them, both included."""
    again: Mapped[Again] = mapped_column(enum_column(Again))
    selection: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Of a rerun: the filter that selected its runs."""
    run_order: Mapped[BackfillOrder] = mapped_column(enum_column(BackfillOrder))
    run_limit: Mapped[int]
    """The most of its runs that are under way at once."""
    forced: Mapped[bool]
    """Whether its runs start although their automation is paused."""
    fires_dependents: Mapped[bool]
    """Whether the ends of its runs fire automations that depend on theirs."""
    total: Mapped[int]
    """How many runs it has."""
    est_cost_usd: Mapped[Decimal | None] = mapped_column(MONEY_SUM)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    reason: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]
    paused_reason: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    """When the last of its runs had ended."""
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """At its end: how many runs ended in which way, and what they cost."""
