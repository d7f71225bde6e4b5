"""Money, percentages and durations as text, by the same rules as on the page (web/src/lib/text/format.ts)."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import floor

CENT = Decimal("0.01")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
LEAST_IN_CENTS = Decimal("0.0995")
"""Smaller amounts have two significant digits, so that a run that costs a fraction of a cent is not $0.00."""


def money(amount: Decimal | str | None) -> str:
    """Format US dollars: "$0.0037", "$0.10", "$12.40", "$1,204". None is "unknown", not zero."""
    if amount is None:
        return "unknown"
    value = Decimal(amount)
    sign, size = "-" if value < 0 else "", abs(value)
    if size >= 1000:
        text = f"{_rounded(size, Decimal(1)):,}"
    elif 0 < size < LEAST_IN_CENTS:
        text = f"{_rounded(size, Decimal(1).scaleb(size.adjusted() - 1)).normalize():f}"
    else:
        text = f"{_rounded(size, CENT):,}"
    return f"{sign}${text}"


def percent(rate: float) -> str:
    """Format a percentage: "32%". Between 99 and 100 it is cut to one decimal, so that 99.97 never reads as 100%."""
    cut = floor(rate * 10) / 10 if 99 <= rate < 100 else floor(rate + 0.5)
    return f"{cut:g}%"


def duration(milliseconds: float) -> str:
    """Format a duration in its largest useful unit: "0.3 s", "12 s", "4 min", "3 h", "5 d"."""
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for unit, size in (("min", 60), ("h", 3600)):
        if seconds < size * (60 if unit == "min" else 48):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def exact_duration(length: timedelta) -> str:
    """Format a duration in two units, as the page does: "940 ms", "4.2 s", "38 s", "1 m 35 s", "2 h 1 m"."""
    milliseconds = round(length / timedelta(milliseconds=1))
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 9950:
        return f"{floor(milliseconds / 100 + 0.5) / 10:.1f} s"
    seconds = floor(milliseconds / 1000 + 0.5)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} m {seconds % 60} s"
    minutes = floor(seconds / 60 + 0.5)
    return f"{minutes // 60} h {minutes % 60} m"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Format a count: "1 task", "1,204 tasks"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def ordinal(number: int) -> str:
    """Format the number of a small slowdown: "2nd", "4th", "8th"."""
    return f"{number}{_ENDINGS.get(number, 'th')}"


def _rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_UP)
