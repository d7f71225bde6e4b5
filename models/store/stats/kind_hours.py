"""Which rows of `kind_hours` a query reads."""

from datetime import datetime

from sqlalchemy import ColumnElement

from models.kinds import Kind
from models.states import RunSource, RunStatus
from models.store.tables.stats import KindHour


def of_hours(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for rows of `kind_hours` since that hour.

    It names every value of the key's columns before the hour: the index then reads those hours, not the whole table.
    """
    return (
        KindHour.kind.in_(Kind),
        KindHour.status.in_(RunStatus),
        KindHour.source.in_(RunSource),
        KindHour.hour >= since,
    )
