"""Lists of whole numbers as ranges with steps, the form of the fields of Temporal's calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from models.rules.temporal_schedule.day_blocks import Years


@dataclass(frozen=True, slots=True)
class Span:
    """Whole numbers from start to end, both included, in steps."""

    start: int
    end: int
    step: int = 1


# Temporal supports the years 2000 to 2100; 2100 is not a leap year. No span means any year.
YEARS = {
    Years.ALL: (),
    Years.LEAP: (Span(2000, 2096, 4),),
    Years.COMMON: (Span(2001, 2097, 4), Span(2002, 2098, 4), Span(2003, 2099, 4), Span(2100, 2100)),
}


def spans(numbers: Iterable[int]) -> tuple[Span, ...]:
    """Return the fewest obvious spans that hold exactly these numbers."""
    ordered = sorted(numbers)
    steps = {later - earlier for earlier, later in pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1:
        return (Span(ordered[0], ordered[-1], steps.pop()),)
    found: list[Span] = []
    for number in ordered:
        if found and number == found[-1].end + 1:
            found[-1] = Span(found[-1].start, number)
        else:
            found.append(Span(number, number))
    return tuple(found)
