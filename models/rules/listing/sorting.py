"""The orders of the live list, and the keys that cursors resume from.

Every order is total (ties are broken by id), and automations without a value come last in both directions.
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
Position: TypeAlias = tuple[Key, int]
After: TypeAlias = tuple[Key | None, int]

BADNESS = {band: index for index, band in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Sorting:
    """One sort order.

    Attributes:
        key: Returns the sort key; None if the automation has no value.
        first: The default direction.
        shape: The types of a key's parts.
    """

    key: Callable[[Entry, Window], Key | None]
    first: Order
    shape: tuple[type, ...]

    def read(self, text: str) -> Key | None:
        """Parse a key from JSON, or raise ValueError."""
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
    # Descending: the worst first, and among equals the busiest.
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
    """The ids of automations in one order, updated one automation at a time."""

    def __init__(self, sort: SortBy, window: Window, rows: Iterable[Entry]) -> None:
        self._key, self._window = SORTINGS[sort].key, window
        self._known: list[Position] = []
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
        key = self._key(one, self._window)
        if key is None:
            insort(self._unknown, one.id.int)
        else:
            insort(self._known, (key, one.id.int))

    def remove(self, one: Entry) -> None:
        """Remove an automation; it must have the same key as when it was added."""
        key = self._key(one, self._window)
        if key is None:
            del self._unknown[bisect_left(self._unknown, one.id.int)]
        else:
            del self._known[bisect_left(self._known, (key, one.id.int))]

    def position(self, one: Entry) -> After:
        """Return the position of an automation, from which `read` resumes."""
        return self._key(one, self._window), one.id.int

    def read(self, order: Order, after: After | None = None) -> Iterator[int]:
        """Yield ids as numbers, from the start or from after a position, whose automation may be gone."""
        key, number = after or (None, None)
        if key is not None and number is not None:
            yield from (one for _, one in self._after(order, (key, number)))
        elif number is None:
            yield from (one for _, one in self._after(order, None))
        start = bisect_right(self._unknown, number) if key is None and number is not None else 0
        yield from self._unknown[start:]

    def _after(self, order: Order, position: Position | None) -> Iterable[Position]:
        if order is Order.ASC:
            return self._known[bisect_right(self._known, position) :] if position else self._known
        return reversed(self._known[: bisect_left(self._known, position)] if position else self._known)
