"""Groups of equal errors, and how many runs ended with each by hour."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import ErrorGroupState
from models.store.tables.base import Base, enum_column


class ErrorGroup(Base):
    """Runs that failed in the same way, or were skipped or missed for the same reason. It outlives its runs."""

    __tablename__ = "error_groups"
    __table_args__ = (
        Index("ix_error_groups_last_seen", text("last_seen DESC")),
        Index("ix_error_groups_type", "error_type", "first_seen"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The fingerprint (`models/rules/fingerprint`)."""
    version: Mapped[int] = mapped_column(SmallInteger)
    """Version of the rule that made the key."""
    error_type: Mapped[str]
    """The error's code; `skipped` or `missed` for a reason."""
    template: Mapped[str]
    """The message without what differs from run to run."""
    sample: Mapped[str]
    """The message of the first run."""
    sample_run_id: Mapped[UUID | None]
    """That run, which may have been deleted for its age."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    """Accurate to a minute."""
    state: Mapped[ErrorGroupState] = mapped_column(enum_column(ErrorGroupState), server_default="open")
    state_at: Mapped[datetime | None]
    """When it was resolved, ignored or opened again; below, by whom."""
    state_by: Mapped[str | None]
    ignored_until: Mapped[datetime | None]
    ignored_up_to: Mapped[int | None] = mapped_column(BigInteger)
    """It is open again once more runs than this have ended with it."""


class ErrorHour(Base):
    """Runs of a group by the hour (UTC) in which they ended; what a child's failure caused above it is not counted."""

    __tablename__ = "error_hours"

    key: Mapped[int] = mapped_column(ForeignKey("error_groups.key"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """One of a few rows of the same key, so that closing runs do not wait for each other."""
    runs: Mapped[int] = mapped_column(BigInteger, server_default="0")
