"""What a verification of the stats says."""

import uuid

from models.contracts.base import Contract, Instant


class StatsVerification(Contract):
    """What to do about differences, and of which automation; null is all."""

    repair: bool = False
    automation: str | None = None


class StatsDifference(Contract):
    """A column that is not what a recount of the runs gives."""

    automation_id: uuid.UUID
    slug: str
    hour: Instant | None
    """Of which hour; null is the whole life."""
    column: str
    stored: str | None
    counted: str | None


class StatsReport(Contract):
    """How many automations were recounted and what differed."""

    checked: int
    differences: tuple[StatsDifference, ...]
    repaired: bool
