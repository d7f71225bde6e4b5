"""The columns of a schedule, read for the projection in one way."""

from datetime import datetime

from models.errors import Invalid
from models.rules.cron.expression import parse
from models.rules.cron.slowdown import Slowdown
from models.rules.cron.zone_transitions import clock
from models.rules.projection.plan import Row
from models.states import Source


def schedule_of(
    source: Source, cron_expr: str | None, timezone: str, slowdown: int | None, slowdown_anchor: datetime | None
) -> Row | None:
    """Give the schedule; None for a trigger, and where a newer zone database no longer knows its zone."""
    if source is not Source.SCHEDULE or cron_expr is None:
        return None
    try:
        parse(cron_expr)
        clock(timezone)
    except Invalid:
        # Its sync says so on the row; it must not take everybody else's list or projection away.
        return None
    slowed = Slowdown(slowdown, slowdown_anchor) if slowdown and slowdown_anchor else None
    return Row(cron_expr, timezone, slowdown=slowed)
