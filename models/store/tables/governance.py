"""API keys, sessions, sign-in tokens, the audit log, dependencies and rejected deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.states import FireWhen, Scope
from models.store.tables.base import Base, Id, Json, enum_column


class ApiKey(Base):
    """An API key, stored as its SHA-256."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[Scope] = mapped_column(enum_column(Scope))
    is_administrator: Mapped[bool] = mapped_column(server_default="false")
    """Whether it is, or was, the administrator's key. Names do not tell: anybody may choose one."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    """Set where another administrator's key took its place; unlike a revoked one it may be configured again."""


class UsedToken(Base):
    """A one-time sign-in token that has been used."""

    __tablename__ = "used_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BrowserSession(Base):
    """A signed-in browser; its cookie is stored as its SHA-256."""

    __tablename__ = "sessions"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_keys.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Who changed what: the fields before and after, and the reason."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at", text("at DESC"), text("id DESC")),
        Index("ix_audit_log_actor", "actor", text("at DESC"), text("id DESC")),
        Index("ix_audit_log_action", "action", text("at DESC"), text("id DESC")),
        Index("ix_audit_log_subject", "subject_id", text("at DESC"), text("id DESC")),
    )

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    automation_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    reason: Mapped[str | None]


class Dependency(Base):
    """An automation's dependency on another; the graph is acyclic."""

    __tablename__ = "dependencies"
    __table_args__ = (
        UniqueConstraint("automation_id", "depends_on_id"),
        CheckConstraint("automation_id <> depends_on_id", name="not_itself"),
    )

    id: Mapped[Id]
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"))
    depends_on_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id"), index=True)
    note: Mapped[str] = mapped_column(server_default="")
    fire_when: Mapped[FireWhen | None] = mapped_column(enum_column(FireWhen))
    """Which ends of the other's runs start a run. NULL: none; the dependency is only known."""
    pass_payload: Mapped[bool] = mapped_column(server_default="false")
    """Whether the output of the other's run is the input of the run that it starts."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str | None]


class RejectedDelivery(Base):
    """How many requests an endpoint rejected for their signature; nothing else of them is stored."""

    __tablename__ = "rejected_deliveries"

    endpoint: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default="0")
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
