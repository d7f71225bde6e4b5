"""Small random weeks, and the best plans of them, found by trying everything."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from hypothesis import strategies as st

from models.rules.arrays import Instants
from models.rules.spread.grid import Targets
from models.rules.spread.week import HOURS, MINUTES, UNIT, WeekLoad

DAY = 1440
TIMES = (0, 0, 0, 9 * 60, 9 * 60, 9 * 60 + 30, 22 * 60)


def load(
    fires: Sequence[int], *, weight: float = 1, lasts: int = 1, slack: int = 0, step: int = 1, wanted: int = 0
) -> WeekLoad:
    shifts = np.arange(-slack, slack + 1, step) if slack else np.zeros(1, dtype=np.int64)
    return WeekLoad(np.array(fires, dtype=np.int64), weight * UNIT, lasts, shifts, wanted)


def daily(minute: int) -> list[int]:
    return [day * DAY + minute for day in range(7)]


@st.composite
def loads(draw: st.DrawFn, most: int = 12) -> list[WeekLoad]:
    """Draw loads of which many start together, some at the ends of the week and of the hour."""
    return draw(st.lists(_one_load(), min_size=1, max_size=most))


@st.composite
def _one_load(draw: st.DrawFn) -> WeekLoad:
    minute = draw(st.sampled_from(TIMES) | st.integers(0, DAY - 1))
    fires = draw(
        st.sampled_from(
            [daily(minute), daily(minute)[:5], [minute], [MINUTES - 1 - minute], [*range(minute % 60, MINUTES, 60)]]
        )
    )
    shifts = draw(st.sets(st.integers(-90, 90), max_size=8).map(lambda some: sorted({0, *some})))
    wanted = draw(st.sampled_from([0, 0, 0, *shifts]))
    return WeekLoad(
        np.array(fires, dtype=np.int64),
        float(draw(st.integers(1, 10)) * UNIT),
        draw(st.sampled_from([1, 1, 2, 7, 50])),
        np.array(shifts, dtype=np.int64),
        wanted,
    )


def all_plans(some: Sequence[WeekLoad]) -> list[Instants]:
    return [np.array(shifts, dtype=np.int64) for shifts in product(*(one.shifts.tolist() for one in some))]


def distance(some: Sequence[WeekLoad], shifts: Instants) -> int:
    """Return how far all loads together are from where they are wanted."""
    return int(sum(abs(int(shift) - one.wanted) for one, shift in zip(some, shifts, strict=True)))


def least_distance(some: Sequence[WeekLoad], targets: Targets) -> int | None:
    """Return the least distance of any plan that keeps the targets, None if there is none: a branch and bound.

    Loads only add up, so a branch ends where an hour or a minute is above its target, or its distance is no better.
    """
    best: list[int] = []
    hours, minutes = np.zeros(HOURS), np.zeros(MINUTES)

    def place(index: int, so_far: int) -> None:
        if best and so_far >= best[0]:
            return
        if index == len(some):
            best[:] = [so_far]
            return
        one = some[index]
        for shift in sorted(one.shifts.tolist(), key=lambda shift: abs(shift - one.wanted)):
            starts = (one.fires + shift) % MINUTES
            going = (starts[:, None] + np.arange(one.lasts)).ravel() % MINUTES
            np.add.at(hours, starts // 60, one.weight)
            np.add.at(minutes, going, one.weight)
            if hours[starts // 60].max() <= targets.hour and minutes[going].max() <= targets.minute:
                place(index + 1, so_far + abs(shift - one.wanted))
            np.add.at(hours, starts // 60, -one.weight)
            np.add.at(minutes, going, -one.weight)

    place(0, 0)
    return min(best, default=None)
