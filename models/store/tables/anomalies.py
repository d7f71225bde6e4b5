"""What was unusual, and which hours have been judged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.kinds import Kind
from models.states import AnomalyMetric
from models.store.tables.base import Base, Id, enum_column


class Anomaly(Base):
    """Something of a kind or a primitive that is unusual, or was. There is one open row for each."""

    __tablename__ = "anomalies"
    __table_args__ = (
        Index(
            "uq_anomalies_open",
            *("kind", "metric", "is_low", text("coalesce(primitive_id, '00000000-0000-0000-0000-000000000000'::uuid)")),
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_anomalies_last_hour", text("last_hour DESC"), text("id DESC")),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    primitive_id: Mapped[UUID | None] = mapped_column(ForeignKey("primitives.id"))
    """None: all of the kind."""
    metric: Mapped[AnomalyMetric] = mapped_column(enum_column(AnomalyMetric))
    is_low: Mapped[bool]
    first_hour: Mapped[datetime]
    """The first hour in which it was unusual; below, the last one, which the figures are of."""
    last_hour: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """When it had been as usual for three hours."""
    value: Mapped[float]
    usual: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    score: Mapped[float]
    runs: Mapped[int]
    hours: Mapped[int] = mapped_column(SmallInteger)
    """How many hours up to the last one the figures are of."""
    explained: Mapped[str | None]
    """The change that it follows, in words."""


class JudgedHour(Base):
    """An hour that has been judged, once."""

    __tablename__ = "judged_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    judged_at: Mapped[datetime]
