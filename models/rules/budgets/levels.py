"""The levels of a budget that people are told of, each once when it is reached."""

from collections.abc import Iterable
from decimal import Decimal

SPENT = 100
"""The level at which a budget is spent, in percent of its limit."""


def level_reached(spent_usd: Decimal, limit_usd: Decimal, warn_at_percent: Iterable[int]) -> int:
    """Return the highest level that has been reached, in percent of the limit; 0 if none has."""
    levels = {*warn_at_percent, SPENT}
    return max((one for one in levels if spent_usd * 100 >= limit_usd * one), default=0)
