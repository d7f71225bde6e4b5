"""Spreading of a thousand and of ten thousand schedules: the peaks before and after, beside the lower bound.

The peer is what schedulers offer instead: a random delay within the same minutes, which moves everything. Run by
`make bench`.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import numpy as np

from models.rules.cron.expression import parse
from models.rules.cron.instants import fire_instants
from models.rules.cron.zone_transitions import WEEK, zone_transitions
from models.rules.schedule import shortest_interval
from models.rules.spread.grid import Targets
from models.rules.spread.planner import plan_spread, sums_of
from models.rules.spread.shifts import possible_shifts
from models.rules.spread.week import UNIT, WeekLoad

SIZES = {1_000: 3, 10_000: 40}
"""How many schedules, and in how many seconds they should be planned."""
MOST_MINUTE, MOST_HOUR = 1.25, 1.05
"""The peaks that are aimed at, as multiples of their bounds."""
START = int(datetime(2026, 11, 30, tzinfo=UTC).timestamp())
PEAK_HOURS = (0, 9, 22)
SLACKS = (5, 10, 15, 30, 60, 120, 180)


def main() -> None:
    for count, aim_seconds in SIZES.items():
        begun = time.perf_counter()
        loads = week(count)
        laid_out = time.perf_counter() - begun
        begun = time.perf_counter()
        plan = plan_spread(loads)
        seconds = time.perf_counter() - begun
        random = np.random.default_rng(1)
        shuffled = np.array([random.choice(load.shifts) for load in loads])
        fires = sum(load.fires.size for load in loads)
        _say(f"\nSpreading {count:,} schedules ({fires:,} fires a week), in agent runs")
        _say(f"  {'':22}{'busiest hour':>14}{'busiest minute':>16}{'moved':>9}{'minutes in all':>16}")
        _row("before", plan.before.peaks)
        _row("no plan is below", Targets(plan.bounds.hour, plan.bounds.minute))
        _row("planned", plan.after.peaks, plan.shifts.tolist())
        _row("random within slack", sums_of(loads, shuffled).peaks, shuffled.tolist())
        hour, minute = plan.after.peaks.hour / plan.bounds.hour, plan.after.peaks.minute / plan.bounds.minute
        _say(f"  of the bound: hour {hour:.3f} (aim {MOST_HOUR}), minute {minute:.3f} (aim {MOST_MINUTE})")
        _say(f"  laid out in {laid_out:.1f} s, planned in {seconds:.1f} s (aim {aim_seconds})")


def week(count: int, seed: int = 1) -> list[WeekLoad]:
    """Draw a platform on which many automations start at the full hour; the same one every time.

    Half are daily, a sixth on weekdays, an eighth hourly, a tenth weekly, the rest several times a day or every 10 to
    30 minutes. More than half start at minute 0, most of all at 0, 9 and 22 h. A fire causes 1 to 10 agent runs; a
    fifth of them may not move.
    """
    random = Random(seed)
    return [_load(random) for _ in range(count)]


def _load(random: Random) -> WeekLoad:
    cron = parse(_cron(random))
    weight, lasts = random.randint(1, 10), random.choice((1, 1, 1, 2, 3, 5, 10))
    slack = 0 if random.random() < 0.18 else random.choice(SLACKS)
    fires = (fire_instants(cron, zone_transitions("UTC"), START, START + WEEK) - START) // 60
    shifts = np.array(possible_shifts(cron, "UTC", slack, START), dtype=np.int64)
    return WeekLoad(fires, float(weight * UNIT), min(lasts, shortest_interval(cron) // 60), shifts)


def _cron(random: Random) -> str:
    minute = 0 if random.random() < 0.55 else random.choice((random.randrange(60), random.choice((5, 10, 15, 30, 45))))
    hour = random.choice(PEAK_HOURS) if random.random() < 0.5 else random.randrange(24)
    hours = ",".join(map(str, sorted(random.sample(range(24), random.randrange(2, 5)))))
    shapes = {
        f"{minute} {hour} * * *": 48,
        f"{minute} {hour} * * 1-5": 17,
        f"{minute} * * * *": 12,
        f"{minute} {hour} * * {random.randrange(7)}": 10,
        f"{minute} {hours} * * *": 8,
        f"*/{random.choice((10, 15, 20, 30))} * * * *": 5,
    }
    return random.choices([*shapes], [*shapes.values()])[0]


def _row(name: str, peaks: Targets, shifts: Sequence[int] = ()) -> None:
    moved, minutes = sum(shift != 0 for shift in shifts), sum(map(abs, shifts))
    told = f"{moved:>9,}{minutes:>16,}" if shifts else ""
    _say(f"  {name:22}{peaks.hour / UNIT:>14,.0f}{peaks.minute / UNIT:>16,.0f}{told}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
