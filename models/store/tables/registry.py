"""Imports every table, so that foreign keys resolve in every process, and `metadata` is whole for Alembic."""

from sqlalchemy.orm import configure_mappers

from models.store.tables import automations, changes, deliveries, governance, primitives, runs, stats
from models.store.tables.base import Base

TABLES = (automations, changes, deliveries, governance, primitives, runs, stats)
metadata = Base.metadata


def configure_tables() -> None:
    """Resolve what tables say of each other now, and not at a process's first flush."""
    configure_mappers()
