"""Deliveries: what arrived from outside, stored before anything else happens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import Source
from models.store.tables.base import Base, Id, Json, enum_column


class Delivery(Base):
    """One accepted webhook, event, Slack message or manual request."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries_endpoint_sender_key",
            "endpoint",
            text("coalesce(sender_id, '00000000-0000-0000-0000-000000000000')"),
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index("ix_deliveries_received_at", text("received_at DESC"), text("id DESC")),
        Index("ix_deliveries_pending", "received_at", postgresql_where=text("outcome = 'pending'")),
        Index("ix_deliveries_with_content", "received_at", postgresql_where=text("content_deleted_at IS NULL")),
    )

    id: Mapped[Id]
    source: Mapped[Source] = mapped_column(enum_column(Source))
    endpoint: Mapped[str]
    headers: Mapped[dict[str, Any]] = mapped_column(Json, server_default=text("'{}'::jsonb"))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[Any | None] = mapped_column(Json)
    idempotency_key: Mapped[str | None]
    outcome: Mapped[str]
    """pending (its runs follow in a moment), fired, skipped, filtered, filter_error, unmatched, ignored or rejected."""
    note: Mapped[str | None]
    """What was changed to read the body, or why it was ignored or rejected."""
    size: Mapped[int | None]
    """Size of the body in bytes, also where it is not stored."""
    replay_of: Mapped[UUID | None]
    caused_by: Mapped[UUID | None]
    """The run that caused it: a dependency fires at its end, or what it called has sent it."""
    sent_by: Mapped[str | None]
    """The name of the API key; None for webhooks and Slack, which are verified by signature."""
    sender_id: Mapped[UUID | None]
    """The API key; idempotency keys are unique within it."""
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    content_deleted_at: Mapped[datetime | None]
    """When body, payload and headers were deleted for their age; the row stays as long as its runs."""
