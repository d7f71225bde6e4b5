"""In which order automations are listed, and the words that name a place in it.

The rule kept here: every order is total (ties go by id) and what has no value comes last, whichever way it is read.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from models.rules.listing.filters import Entry
from models.rules.listing.search import folded
from models.states import Order, Severity, SortBy, Window

Key: TypeAlias = tuple[int | float | str, ...]
Place: TypeAlias = tuple[Key, int]
After: TypeAlias = tuple[Key | None, int]

BADNESS = {band: place for place, band in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Sorting:
    """One way to sort.

    Attributes:
        key: Gives what is compared; None where an automation has no such thing.
        first: Which way it is read unless somebody says otherwise.
        shape: What a key is made of.
    """

    key: Callable[[Entry, Window], Key | None]
    first: Order
    shape: tuple[type, ...]

    def read(self, text: str) -> Key | None:
        """Read a key that was written as JSON; raise ValueError for anything else."""
        found = json.loads(text)
        if found is None:
            return None
        if not isinstance(found, list) or tuple(type(part) for part in found) != self.shape:
            raise ValueError("no key of this order")
        return tuple(found)


def _instant(at: datetime | None) -> Key | None:
    return None if at is None else (round(at.timestamp() * 1_000_000),)


def _rate(one: Entry, window: Window) -> Key | None:
    rate = one.judged[window].rate
    return None if rate is None else (rate,)


SORTINGS: Mapping[SortBy, Sorting] = {
    # Read from the end: the worst first, and of equals the busiest.
    SortBy.SEVERITY: Sorting(
        lambda one, window: (BADNESS[one.judged[window].severity], one.started), Order.DESC, (int, int)
    ),
    SortBy.NAME: Sorting(lambda one, _: (folded(one.name), one.name), Order.ASC, (str, str)),
    SortBy.RUNS: Sorting(lambda one, _: (one.started,), Order.DESC, (int,)),
    SortBy.SUCCESS: Sorting(_rate, Order.ASC, (float,)),
    SortBy.LAST_RUN: Sorting(lambda one, _: _instant(one.last_run_at), Order.DESC, (int,)),
    SortBy.NEXT_RUN: Sorting(lambda one, _: _instant(one.next_run_at), Order.ASC, (int,)),
    SortBy.COST: Sorting(
        lambda one, _: None if one.month_usd is None else (float(one.month_usd),), Order.DESC, (float,)
    ),
}


class Ordered:
    """The ids of automations in one order, kept up one automation at a time."""

    def __init__(self, sort: SortBy, window: Window, rows: Iterable[Entry]) -> None:
        """Sort rows."""
        self._key, self._window = SORTINGS[sort].key, window
        self._known: list[Place] = []
        self._unknown: list[int] = []
        for row in rows:
            key = self._key(row, window)
            if key is None:
                self._unknown.append(row.id.int)
            else:
                self._known.append((key, row.id.int))
        self._known.sort()
        self._unknown.sort()

    def add(self, one: Entry) -> None:
        """Put an automation in its place."""
        key = self._key(one, self._window)
        if key is None:
            insort(self._unknown, one.id.int)
        else:
            insort(self._known, (key, one.id.int))

    def remove(self, one: Entry) -> None:
        """Take an automation, as it was when it was added, out of its place."""
        key = self._key(one, self._window)
        if key is None:
            del self._unknown[bisect_left(self._unknown, one.id.int)]
        else:
            del self._known[bisect_left(self._known, (key, one.id.int))]

    def place(self, one: Entry) -> After:
        """Give the place of an automation, as `read` goes on behind it."""
        return self._key(one, self._window), one.id.int

    def read(self, order: Order, after: After | None = None) -> Iterator[int]:
        """Go through the ids as numbers, from the beginning or from behind a place that may be empty by now."""
        key, number = after or (None, None)
        if key is not None and number is not None:
            yield from (one for _, one in self._behind(order, (key, number)))
        elif number is None:
            yield from (one for _, one in self._behind(order, None))
        start = bisect_right(self._unknown, number) if key is None and number is not None else 0
        yield from self._unknown[start:]

    def _behind(self, order: Order, place: Place | None) -> Iterable[Place]:
        if order is Order.ASC:
            return self._known[bisect_right(self._known, place) :] if place else self._known
        return reversed(self._known[: bisect_left(self._known, place)] if place else self._known)
