"""Replays of many deliveries, one after another at a rate."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import ReplayStatus
from models.store.tables.base import Base, Id, Json, enum_column


class Replay(Base):
    """One replay. Its deliveries were selected and frozen when it was started."""

    __tablename__ = "replays"
    __table_args__ = (
        Index("ix_replays_created_at", text("created_at DESC"), text("id DESC")),
        Index("ix_replays_next_at", "next_at", postgresql_where=text("status = 'running'")),
    )

    id: Mapped[Id]
    status: Mapped[ReplayStatus] = mapped_column(enum_column(ReplayStatus))
    token: Mapped[str] = mapped_column(unique=True)
    """Of the preview that it was started from: a repeated start finds the first one."""
    selection: Mapped[dict[str, Any]] = mapped_column(Json)
    """The filter that selected its deliveries."""
    only_automation_id: Mapped[UUID | None] = mapped_column(ForeignKey("automations.id", ondelete="CASCADE"))
    """It fires no other automation. NULL: all that listen."""
    again: Mapped[bool]
    """Whether deliveries are among them that were replayed before, or are under way."""
    rate_per_minute: Mapped[int]
    next_at: Mapped[datetime]
    """When the next delivery has its turn."""
    total: Mapped[int]
    """How many deliveries it has."""
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    sender_id: Mapped[UUID | None]
    """The API key that started it, which is the sender of its deliveries."""
    reason: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]
    paused_reason: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class ReplayItem(Base):
    """A delivery of a replay. It is replayed at most once: its row is locked and marked with what it stores."""

    __tablename__ = "replay_items"
    __table_args__ = (
        Index("ix_replay_items_pending", "replay_id", "position", postgresql_where=text("outcome IS NULL")),
        Index("ix_replay_items_outcome", "replay_id", "outcome", "position"),
    )

    replay_id: Mapped[UUID] = mapped_column(ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """Its place in the order of arrival, from 1."""
    delivery_id: Mapped[UUID]
    """The delivery, which may have been deleted for its age."""
    outcome: Mapped[str | None]
    """A `DeliveryOutcome` or `ReplayResult`. NULL: its turn has not come."""
    replayed_as: Mapped[UUID | None]
    """The delivery that replays it."""
    reason: Mapped[str | None]
    """Why it could not be replayed."""
    done_at: Mapped[datetime | None]
