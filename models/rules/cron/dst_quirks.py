"""The few zone transitions around which a wildcard cron fires when CronSim says so.

A wildcard cron fires at each instant whose wall time matches. CronSim, whose instants are ours, steps hour by hour
and from midnight to midnight. At a transition that is not of whole hours on the hour (Lord Howe, Chatham), or that
skips or repeats a midnight (Cairo, Santiago), it steps over times or lands on the end of the gap. So for three days
after such a transition its list is used. It is asked with a run-up, so that its answer does not depend on the
window's start, and with a limit on its steps: it can loop for ever when clocks go back (`27 */3 * * *` in Chatham).
From there on the plain rule holds again.
"""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from cronsim import CronSim

from models.rules.arrays import Instants
from models.rules.cron.days import matching_days
from models.rules.cron.expression import Cron
from models.rules.cron.zone_transitions import DAY, HOUR, Transition, ZoneTransitions
from models.rules.cron.zones import zone

BEFORE, AFTER = DAY, 3 * DAY
RUN_UP = 2 * DAY
# Between two fires CronSim takes some hundred steps; one that takes more is lost.
PATIENCE = 5000


def may_be_odd(transitions: ZoneTransitions, start: int, end: int) -> bool:
    """Return whether any cron at all could have odd spans there: a cheap check before `odd_spans`."""
    return any(
        _is_odd_for_all(change) or skips_midnight(change)
        for change in transitions.between(start - 2 * AFTER, end + 2 * AFTER)
    )


def odd_spans(cron: Cron, transitions: ZoneTransitions, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans [from, to) that touch [start, end) and in which CronSim's instants are used."""
    if cron.is_fixed_time:
        return []
    spans: list[tuple[int, int]] = []
    # A change before the window may belong to a chain of spans that reaches into it.
    for change in transitions.between(start - 2 * AFTER, end + 2 * AFTER):
        if not _is_odd(cron, change):
            continue
        span = (change.at - BEFORE, change.at + AFTER)
        if spans and span[0] - RUN_UP < spans[-1][1]:
            span = (spans.pop()[0], span[1])
        spans.append(span)
    return [span for span in spans if span[0] < end and span[1] > start]


class _Lost(Exception):
    """CronSim loops."""


class _Walk(CronSim):
    """CronSim that gives up instead of looping for ever."""

    steps_left = PATIENCE

    def tick(self, seconds: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise _Lost
        super().tick(seconds)

    def __next__(self) -> datetime:
        self.steps_left = PATIENCE
        return super().__next__()


@lru_cache(maxsize=16_384)
def simulated(cron: Cron, zone_name: str, start: int, end: int) -> tuple[Instants, int]:
    """Return CronSim's instants in [start, end), and up to when they are valid: `end`, unless it loops earlier."""
    found: list[int] = []
    if not matching_days(cron.days, start // DAY - 1, end // DAY + 2).any():
        return np.array(found, dtype=np.int64), end
    begin = datetime.fromtimestamp(start - RUN_UP, UTC).astimezone(zone(zone_name))
    last = start - RUN_UP
    try:
        for moment in _Walk(" ".join(cron.fields), begin):
            instant = int(moment.timestamp())
            if instant <= last:
                raise _Lost
            if instant >= end:
                break
            found.append(instant)
            last = instant
    except _Lost:
        end = max(last + 1, start)
    instants = np.array(found, dtype=np.int64)
    return instants[instants >= start], end


def _is_odd(cron: Cron, change: Transition) -> bool:
    return _is_odd_for_all(change) or (skips_midnight(change) and not cron.days.is_every_day)


def _is_odd_for_all(change: Transition) -> bool:
    wall_before, wall_after = change.at + change.before, change.at + change.after
    back_to_yesterday = wall_after // DAY < (wall_before - 1) // DAY
    return bool(wall_before % HOUR or wall_after % HOUR or back_to_yesterday)


def skips_midnight(change: Transition) -> bool:
    """Return whether the transition skips a midnight."""
    return -(-(change.at + change.before) // DAY) * DAY < change.at + change.after
