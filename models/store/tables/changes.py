"""What has changed, by the transaction that changed it; written by triggers, read by boards and event streams.

A row is visible exactly when its transaction is, so "what has changed since a snapshot" is what is visible now and
was not visible in it: exact whatever the order of commits, and nobody waits for anybody to write it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base


class Change(Base):
    """An automation or a run that a transaction has touched; once per transaction."""

    __tablename__ = "changes"

    xid: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, server_default=text("(pg_current_xact_id()::text)::bigint")
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    """`automation` or `run`."""
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
