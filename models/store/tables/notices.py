"""Notices, and where they were sent: the outbox of messages to people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from models.contracts.governance.notices import NoticeSeverity
from models.store.tables.base import Base, Id, Json, enum_column


class Notice(Base):
    """Something that people are told; written in the transaction of what it is about."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_at", sql("at DESC"), sql("id DESC")),
        Index("ix_notices_unseen", "id", postgresql_where=sql("seen_at IS NULL")),
        Index("ix_notices_send_at", "send_at", postgresql_where=sql("send_at IS NOT NULL")),
        Index("ix_notices_automation", "automation_id", sql("at DESC")),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    kind: Mapped[str]
    severity: Mapped[NoticeSeverity] = mapped_column(enum_column(NoticeSeverity))
    automation_id: Mapped[UUID | None] = mapped_column(ForeignKey("automations.id", ondelete="CASCADE"))
    title: Mapped[str]
    text: Mapped[str]
    repeats: Mapped[int] = mapped_column(server_default="0")
    """How many similar notices followed and were not written, because there were too many."""
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None]
    send_at: Mapped[datetime | None]
    """When it is sent, or sent again to the channels that are left; NULL: nothing is left to do."""
    deliveries: Mapped[dict[str, Any]] = mapped_column(Json, server_default=sql("'{}'::jsonb"))
    """By channel: `{"channel", "sent_at", "attempts", "error"}`; the key is a digest of its address."""
