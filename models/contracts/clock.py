"""What the sync and the sweep tell Temporal of their work."""

import uuid

from models.contracts.base import Stored


class SyncResult(Stored):
    """What one sync found and did: unchanged, created, updated or deleted."""

    automation_id: uuid.UUID
    revision: int
    action: str


class SweepInput(Stored):
    """How often the sweep passes, and how many passes until the clock's two sides are compared whole."""

    interval_seconds: float
    passes_per_comparison: int = 2


class SweepReport(Stored):
    """What one pass of the sweep did."""

    started: int = 0
    closed: int = 0
    missed: int = 0
    synced: int = 0
    drifted: int = 0
