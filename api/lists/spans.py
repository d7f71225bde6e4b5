"""The longest span that a query may ask for."""

from datetime import datetime, timedelta

from models.errors import Invalid

MAX_SPAN = timedelta(days=31)


def check_span(since: datetime, until: datetime, *, start: str, end: str) -> None:
    """Raise `Invalid` for an empty or too long span; `start` and `end` are the names of the parameters."""
    if not timedelta(0) < until - since <= MAX_SPAN:
        raise Invalid(f"`{end}` must be after `{start}`, by at most {MAX_SPAN.days} days", field=end)
