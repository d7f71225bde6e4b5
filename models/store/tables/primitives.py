"""Primitives, and the agents that they use."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from models.kinds import Kind
from models.store.tables.base import Base, Id, Json, enum_column


class Primitive(Base):
    """An agent, workflow, network, campaign template or pulse; `revision` counts edits."""

    __tablename__ = "primitives"
    __table_args__ = (
        Index("uq_primitives_kind_slug", "kind", "slug", unique=True, postgresql_where=text("archived_at IS NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    spec: Mapped[dict[str, Any]] = mapped_column(Json)
    is_active: Mapped[bool] = mapped_column(server_default="true")
    capacity: Mapped[int | None]
    simulated: Mapped[bool] = mapped_column(server_default="false")
    managed_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]

    @hybrid_property
    def can_run(self) -> bool:
        """Whether its runs start; otherwise every fire of its automations is skipped."""
        return self.is_active and self.archived_at is None

    @can_run.inplace.expression
    @classmethod
    def _can_run(cls) -> ColumnElement[bool]:
        return and_(cls.is_active, cls.archived_at.is_(None))

    @hybrid_property
    def runner(self) -> str | None:
        """Of an agent: the type of its runner."""
        found: str | None = self.spec.get("runner", {}).get("type")
        return found

    @runner.inplace.expression
    @classmethod
    def _runner(cls) -> ColumnElement[str | None]:
        found: ColumnElement[str | None] = cls.spec["runner"]["type"].astext
        return found


class PrimitiveMember(Base):
    """An agent that a primitive's spec uses, updated on every save."""

    __tablename__ = "primitive_members"
    __table_args__ = (Index(None, "agent_id"),)

    primitive_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id"), primary_key=True)
    weight: Mapped[float] = mapped_column(server_default="1")
    position: Mapped[int] = mapped_column(server_default="0")
