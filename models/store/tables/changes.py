"""Changes by transaction: written by triggers, read by boards and event streams.

A row is visible exactly when its transaction is, so the changes since a snapshot are the rows that are visible now and
were not visible in it. This is exact whatever the order of commits, and writers need no lock.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base


class Change(Base):
    """An automation or run that a transaction has changed; one row per transaction."""

    __tablename__ = "changes"

    xid: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, server_default=text("(pg_current_xact_id()::text)::bigint")
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    """`automation` or `run`."""
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
