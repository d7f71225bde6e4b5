"""Which automations a delivery was offered to, and the result for each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base


class DeliveryMatch(Base):
    """The result of a delivery for one automation."""

    __tablename__ = "delivery_matches"
    __table_args__ = (
        Index(
            "ix_delivery_matches_automation",
            *("automation_id", "outcome", text("at DESC"), text("delivery_id DESC")),
        ),
    )

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id", ondelete="CASCADE"), primary_key=True)
    outcome: Mapped[str]
    """matched, paused, filtered or filter_error."""
    code: Mapped[str | None]
    """The kind of filter error."""
    reason: Mapped[str | None]
    revision: Mapped[int | None]
    """The revision of the automation that was judged; NULL: an older version has stored it."""
    at: Mapped[datetime]
    """When the delivery was received."""
