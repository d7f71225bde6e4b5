"""Imports every table, so that `metadata` is whole for Alembic and for tests."""

from models.store.tables import automations, deliveries, governance, primitives, runs, stats
from models.store.tables.base import Base

TABLES = (automations, deliveries, governance, primitives, runs, stats)
metadata = Base.metadata
