"""The processes of an installation, and what they have to agree on."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from models.store.tables.base import Base, Id, Json


class WorkerProcess(Base):
    """A worker process that reported within the last minute."""

    __tablename__ = "worker_processes"

    id: Mapped[Id]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    slots: Mapped[dict[str, Any]] = mapped_column(Json)
    """The activity slots of each task queue that it serves."""
    used: Mapped[dict[str, Any]] = mapped_column(Json)
    """How many of them held an activity when it reported."""


class InstallationFact(Base):
    """One fact that every process must share, such as the fingerprint of the secret key."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())
