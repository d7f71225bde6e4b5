"""Deliveries: what arrived from outside, stored before anything else happens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import Source
from models.store.tables.base import Base, Id, Json, enum_column

_NEWEST = (text("received_at DESC"), text("id DESC"))


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
        Index("ix_deliveries_received_at", *_NEWEST),
        Index("ix_deliveries_source", "source", "outcome", *_NEWEST),
        Index("ix_deliveries_endpoint", "endpoint", "outcome", *_NEWEST),
        Index("ix_deliveries_dead", *_NEWEST, postgresql_where=text("dead_reason IS NOT NULL")),
        Index("ix_deliveries_replay_of", "replay_of", postgresql_where=text("replay_of IS NOT NULL")),
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
    dead_reason: Mapped[str | None]
    """Why it is a dead letter, accepted but not carried out: a `DeadReason`, or the `SkipReason` of its run.

    The trigger `judge_delivery` keeps it as its runs end. NULL: it is none.
    """
    note: Mapped[str | None]
    """What was changed to read the body, or why it was ignored or rejected."""
    size: Mapped[int | None]
    """Size of the body in bytes, also where it is not stored."""
    replay_of: Mapped[UUID | None]
    caused_by: Mapped[UUID | None]
    """The run that caused it: a dependency fires at its end, or what it called has sent it."""
    replay_id: Mapped[UUID | None]
    """The replay of many deliveries that it is part of."""
    sent_by: Mapped[str | None]
    """The name of the API key; None for webhooks and Slack, which are verified by signature."""
    sender_id: Mapped[UUID | None]
    """The API key; idempotency keys are unique within it."""
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    content_deleted_at: Mapped[datetime | None]
    """When body, payload and headers were deleted for their age; the row stays as long as its runs."""
