"""From when on the runs of each automation are kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base


class RunRetention(Base):
    """How far the old runs of an automation have been deleted."""

    __tablename__ = "run_retention"
    __table_args__ = (Index("ix_run_retention_checked_at", "checked_at"),)

    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), primary_key=True)
    kept_from: Mapped[datetime | None]
    """Start of the first hour whose runs are all kept. `automation_hours` before it is all that is left, so a recount
    takes it as it is."""
    checked_at: Mapped[datetime]
    """When its runs were last looked at."""
