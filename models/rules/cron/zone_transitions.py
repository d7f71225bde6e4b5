"""A zone's transitions as plain numbers: when its UTC offset changes, and by how much.

All times are whole seconds since 1970: *instants* in UTC, *wall* seconds in local time (wall = instant + offset). The
times of transitions come from the zone's TZif file, because `ZoneInfo` does not expose them; every offset comes from
`ZoneInfo`, so that the file is interpreted in one way.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.rules.cron.zones import zone, zone_bytes

FIRST_YEAR, LAST_YEAR = 1850, 2149
EARLIEST = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
LATEST = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600
DAY = 86_400
WEEK = 7 * DAY


class Transition(NamedTuple):
    """One transition: its instant, and the UTC offsets before and after it in seconds."""

    at: int
    before: int
    after: int

    @property
    def is_gap(self) -> bool:
        """Whether clocks go forward, so that wall times are skipped."""
        return self.after > self.before


class Piece(NamedTuple):
    """A stretch of instants [start, end) in which wall time is instant + offset."""

    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class ZoneTransitions:
    """Every transition of a zone between 1850 and 2150, oldest first."""

    name: str
    first_offset: int
    changes: tuple[Transition, ...]
    times: tuple[int, ...]

    def offset_at(self, instant: int) -> int:
        index = bisect_right(self.times, instant)
        return self.changes[index - 1].after if index else self.first_offset

    def between(self, start: int, end: int) -> tuple[Transition, ...]:
        """Return the transitions at instants in [start, end)."""
        return self.changes[bisect_right(self.times, start - 1) : bisect_right(self.times, end - 1)]

    def pieces(self, start: int, end: int, *, once: bool) -> Iterator[Piece]:
        """Cut the instants [start, end) at the transitions.

        With `once`, the second pass through a repeated hour is left out, so that each wall time occurs at most once.
        """
        changes = self.changes[max(bisect_right(self.times, start) - 1, 0) : bisect_right(self.times, end - 1)]
        starts = [(EARLIEST, self.offset_at(start))] if not changes or changes[0].at > start else []
        for change in changes:
            repeated = max(change.before - change.after, 0) if once else 0
            starts.append((change.at + repeated, change.after))
        ends = [change.at for change in changes if change.at > start] + [end]
        for (piece_start, offset), piece_end in zip(starts, ends, strict=True):
            if max(piece_start, start) < min(piece_end, end):
                yield Piece(max(piece_start, start), min(piece_end, end), offset)


class TransitionDay(NamedTuple):
    """The local date of a transition, its instant in UTC, and by how many minutes clocks move."""

    day: date
    at: datetime
    shift_minutes: int


def transition_days(tz: ZoneInfo, start: datetime, end: datetime) -> list[TransitionDay]:
    """Return the zone's transitions in (start, end] with their local dates."""
    changes = zone_transitions(tz.key).between(int(start.timestamp()) + 1, int(end.timestamp()) + 1)
    return [
        # At midnight only the lower offset gives the date of the skipped or repeated hour.
        TransitionDay(
            day=_utc(change.at + min(change.before, change.after)).date(),
            at=_utc(change.at),
            shift_minutes=(change.after - change.before) // 60,
        )
        for change in changes
    ]


@cache
def zone_transitions(name: str) -> ZoneTransitions:
    """Return the transitions of the zone of that name, or raise UnknownTimezone."""
    tz = zone(name)
    listed, footer = _read_tzif(zone_bytes(name))
    times = [time for time in listed if EARLIEST < time < LATEST]
    if "," in footer:  # a rule for all times after the last listed transition
        times += _changes_by_rule(tz, max([*times, EARLIEST]) + 1)
    first_offset = _offset(tz, EARLIEST)
    changes: list[Transition] = []
    for time in times:
        before = changes[-1].after if changes else first_offset
        if (after := _offset(tz, time)) != before:
            changes.append(Transition(time, before, after))
    return ZoneTransitions(name, first_offset, tuple(changes), tuple(change.at for change in changes))


def _offset(tz: ZoneInfo, instant: int) -> int:
    offset = _utc(instant).astimezone(tz).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _utc(instant: int) -> datetime:
    return EPOCH + timedelta(seconds=instant)


def _read_tzif(data: bytes) -> tuple[list[int], str]:
    """Return the listed transition times and the footer's rule of a TZif file (RFC 9636, version 2 and later)."""
    header = struct.Struct(">4s c 15x 6l")
    _, _, utc_flags, std_flags, leaps, times, types, letters = header.unpack_from(data)
    second = header.size + times * 5 + types * 6 + letters + leaps * 8 + std_flags + utc_flags
    _, _, utc_flags, std_flags, leaps, times, types, letters = header.unpack_from(data, second)
    body = second + header.size
    footer = body + times * 9 + types * 6 + letters + leaps * 12 + std_flags + utc_flags
    return list(struct.unpack_from(f">{times}q", data, body)), data[footer:].decode("ascii").strip()


def _changes_by_rule(tz: ZoneInfo, start: int) -> list[int]:
    """Find the transitions after the listed ones: a rule's are months apart, so weekly steps miss none."""
    found = []
    for week in range(start, LATEST, WEEK):
        low, high = week, min(week + WEEK, LATEST)
        if (offset := _offset(tz, low)) == _offset(tz, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(tz, middle) == offset else (low, middle)
        found.append(high)
    return found
