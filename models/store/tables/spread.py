"""Plans of spreading, kept so that what is applied or undone is the very plan that somebody looked at."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base, Id, Json


class StoredSpread(Base):
    """A plan: its answer on the wire, and what it does to each row."""

    __tablename__ = "spread_plans"

    id: Mapped[Id]
    """Hash of everything that it was made from: the same platform and the same question give the same plan."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    created_by: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    steps: Mapped[list[Any]] = mapped_column(Json)
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
