"""What flow control remembers by key: rates that are used, values that were seen, windows that gather deliveries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base, enum_column


class KeyPurpose(StrEnum):
    """What a key is remembered for."""

    THROTTLE = "throttle"
    RATE_LIMIT = "rate_limit"
    IDEMPOTENCY = "idempotency"
    WINDOW = "window"
    """The open window of a debounce or batch. It counts only while its run still waits."""


class AdmissionKey(Base):
    """One key of one automation. Read and written under the automation's lock; deleted some time after it expires."""

    __tablename__ = "admission_keys"
    __table_args__ = (Index("ix_admission_keys_expires_at", "expires_at"),)

    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), primary_key=True)
    purpose: Mapped[KeyPurpose] = mapped_column(enum_column(KeyPurpose), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    used_until: Mapped[datetime | None]
    """Of a rate: the instant that is its whole state (`models/rules/admission/gcra.py`)."""
    run_id: Mapped[UUID | None]
    """The run that was first, or that stands for the window."""
    since: Mapped[datetime | None]
    """When the first delivery of a window came."""
    deliveries: Mapped[int] = mapped_column(server_default="1")
    """How many deliveries a window has."""
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Size of their inputs together."""
    expires_at: Mapped[datetime]
