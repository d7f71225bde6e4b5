"""Large values of Temporal's workflows; Temporal itself has only references to them."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base


class TemporalPayload(Base):
    """One payload, named by the SHA-256 of its bytes."""

    __tablename__ = "temporal_payloads"
    __table_args__ = (Index("ix_temporal_payloads_stored_at", "stored_at"),)

    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    """The serialised payload, as Temporal's data converter (and the encryption codec) made it."""
    size: Mapped[int] = mapped_column(Integer)
    stored_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    """When it was last stored; storing it again refreshes this."""
