"""The waiting runs of an automation in their lines, one for each pair of keys, and who is next.

Who is next is the choice of `models/rules/admission/choice.py`: the key with the fewest open runs first, then the
oldest. It is kept up to date here, because a simulation asks it at each end and each arrival; a property test holds
the two equal.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from models.rules.admission.choice import UNLIMITED, Limits
from models.rules.admission.gcra import Rate
from models.rules.simulation.runs import SimulatedRun

Pair = tuple[str, str]
Place = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def as_datetime(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def as_micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


class Lines:
    """Waiting runs that may be admitted once there is room."""

    def __init__(self, limits: Limits, throttle: Rate | None, used: Mapping[str, datetime]) -> None:
        self._throttle, self._used = throttle, dict(used)
        self._per_key, self._fairly = limits.per_key, limits.per_key < UNLIMITED
        self._lines: dict[Pair, list[Place]] = {}
        self._of_key: dict[str, dict[Pair, None]] = {}
        self._heads: list[tuple[int, int, int, Pair]] = []
        """The first run of each line, ranked; some are out of date, which is noticed when they come up."""
        self._starved: list[tuple[int, str]] = []
        """Keys of the throttle without a token, by when the next one comes."""
        self._starving: dict[str, dict[Pair, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def next_token_at(self) -> int | None:
        return self._starved[0][0] if self._starved else None

    def add(self, run: SimulatedRun, slots: int) -> None:
        """Add a run; `slots` is the number of open runs of its key."""
        pair, place = (run.key, run.throttle_key), (run.ordered_at, run.number)
        line = self._lines.get(pair)
        if line is None:
            self._lines[pair] = [place]
            self._of_key.setdefault(run.key, {})[pair] = None
            self._rank(pair, slots)
            return
        insort(line, place)
        if line[0] is place:
            self._rank(pair, slots)

    def remove(self, run: SimulatedRun, slots: int) -> None:
        """Take out a run, if it is in a line."""
        pair, place = (run.key, run.throttle_key), (run.ordered_at, run.number)
        line = self._lines.get(pair)
        if line is None:
            return
        index = bisect_left(line, place)
        if index == len(line) or line[index] != place:
            return
        del line[index]
        if not line:
            self._forget(pair)
        elif index == 0:
            self._rank(pair, slots)

    def slots_changed(self, key: str, slots: int) -> None:
        """Rank the lines of a key anew after one of its runs was admitted or has closed."""
        if self._fairly:
            for pair in self._of_key.get(key, ()):
                self._rank(pair, slots)

    def take(self, now: int, open_runs: Mapping[str, int]) -> int | None:
        """Take out the run that is next, by its number; None if no line may go on."""
        self._feed(now, open_runs)
        while self._heads:
            slots, ordered_at, number, pair = heappop(self._heads)
            line = self._lines.get(pair)
            if line is None or line[0] != (ordered_at, number):
                continue
            key, throttle_key = pair
            if self._fairly and (slots != open_runs.get(key, 0) or slots >= self._per_key):
                # It is ranked anew where that changes.
                continue
            if self._throttle is not None and not self._takes_token(pair, throttle_key, now):
                continue
            del line[0]
            if not line:
                self._forget(pair)
            elif not self._fairly:
                # Else `slots_changed` follows, which ranks it.
                self._rank(pair, slots)
            return number
        return None

    def _rank(self, pair: Pair, slots: int) -> None:
        ordered_at, number = self._lines[pair][0]
        heappush(self._heads, (slots if self._fairly else 0, ordered_at, number, pair))

    def _forget(self, pair: Pair) -> None:
        del self._lines[pair]
        pairs = self._of_key[pair[0]]
        del pairs[pair]
        if not pairs:
            del self._of_key[pair[0]]

    def _takes_token(self, pair: Pair, key: str, now: int) -> bool:
        assert self._throttle is not None
        at, used = as_datetime(now), self._used.get(key)
        if self._throttle.tokens(used, at):
            self._used[key] = self._throttle.after_taking(used, at, 1)
            return True
        if key not in self._starving:
            heappush(self._starved, (as_micros(self._throttle.next_token_at(used, at)), key))
        self._starving.setdefault(key, {})[pair] = None
        return False

    def _feed(self, now: int, open_runs: Mapping[str, int]) -> None:
        """Put back the lines whose throttle has a token again."""
        while self._starved and self._starved[0][0] <= now:
            _, key = heappop(self._starved)
            for pair in self._starving.pop(key):
                if pair in self._lines:
                    self._rank(pair, open_runs.get(pair[0], 0))
