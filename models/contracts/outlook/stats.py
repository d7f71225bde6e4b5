"""Verification of statistics against the runs."""

import uuid

from models.contracts.base import Contract, Instant


class StatsVerification(Contract):
    """A request to verify statistics."""

    repair: bool = False
    """Correct what differs."""
    automation: str | None = None
    """Id or slug of one automation. null: all."""


class StatsDifference(Contract):
    """A stored number that differs from a recount of the runs."""

    automation_id: uuid.UUID
    slug: str
    hour: Instant | None
    """The hour. null: the totals."""
    column: str
    stored: str | None
    counted: str | None


class StatsReport(Contract):
    """Result of a verification."""

    checked: int
    differences: tuple[StatsDifference, ...]
    repaired: bool
