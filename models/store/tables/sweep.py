"""State that the sweep keeps between passes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.automations.drafts import Overlap
from models.store.tables.base import Base, enum_column


class AccountingSpan(Base):
    """Due times of a schedule as it was before it was edited, paused or archived, still to be accounted for.

    Rows are written by the trigger `keep_unaccounted`, so that no way of changing a schedule erases a due time.
    """

    __tablename__ = "accounting_spans"
    __table_args__ = (Index("ix_accounting_spans_until", "until"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), index=True)
    cron_expr: Mapped[str]
    timezone: Mapped[str]
    overlap: Mapped[Overlap] = mapped_column(enum_column(Overlap))
    slowdown: Mapped[int | None]
    slowdown_anchor: Mapped[datetime | None]
    since: Mapped[datetime]
    until: Mapped[datetime]
    failures: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]


class SweepPass(Base):
    """When each part of the sweep last came to its end."""

    __tablename__ = "sweep_passes"

    part: Mapped[str] = mapped_column(primary_key=True)
    passed_at: Mapped[datetime]
