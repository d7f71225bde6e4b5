"""Imports every table, so that foreign keys resolve and Alembic sees the complete `metadata`."""

from sqlalchemy.orm import configure_mappers

from models.store.tables import (
    admission,
    anomalies,
    automations,
    backfills,
    budgets,
    changes,
    deliveries,
    delivery_matches,
    errors,
    governance,
    notices,
    payloads,
    primitives,
    processes,
    replays,
    retention,
    runs,
    spread,
    stats,
    sweep,
)
from models.store.tables.base import Base

TABLES = (
    admission,
    anomalies,
    automations,
    backfills,
    budgets,
    changes,
    deliveries,
    delivery_matches,
    errors,
    governance,
    notices,
    payloads,
    primitives,
    processes,
    replays,
    retention,
    runs,
    spread,
    stats,
    sweep,
)
metadata = Base.metadata


def configure_tables() -> None:
    """Resolve relationships now instead of at the first flush."""
    configure_mappers()
