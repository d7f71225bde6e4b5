"""Who is next in the simulation, against the choice that PostgreSQL's runs are admitted by."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models.rules.admission.choice import UNLIMITED, Limits, Waiting, choose
from models.rules.admission.gcra import Rate
from models.rules.simulation.lines import Lines, as_datetime, as_micros
from models.rules.simulation.runs import SimulatedRun
from models.rules.simulation.world import SECOND
from tests.rules.properties import examples

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
some = st.one_of(st.just(UNLIMITED), st.integers(1, 5))


@given(some, some, st.one_of(st.none(), st.integers(0, 3)), st.randoms())
@examples(300)
def test_the_next_run_is_the_one_that_admission_chooses(
    total: int, per_key: int, burst: int | None, rng: random.Random
) -> None:
    limits, rate = Limits(total, per_key), None if burst is None else Rate(timedelta(seconds=3), burst)
    lines, open_runs, used = Lines(limits, rate, {}), dict[str, int](), dict[str, datetime]()
    waiting: dict[int, Waiting] = {}
    now = as_micros(START)
    for number in range(40):
        now += rng.choice([0, 0, SECOND, 2 * SECOND])
        if waiting and rng.random() < 0.15:
            gone = waiting.pop(rng.choice(list(waiting)))
            lines.remove(run_of(gone), open_runs.get(gone.key, 0))
        if open_runs and rng.random() < 0.4:
            key = rng.choice(list(open_runs))
            open_runs[key] -= 1
            open_runs = {name: count for name, count in open_runs.items() if count}
            lines.slots_changed(key, open_runs.get(key, 0))
        at = as_datetime(now - rng.choice([0, 5, 5]) * SECOND)
        new = Waiting(UUID(int=number), rng.choice("abc"), rng.choice("xy") if rate else "", at)
        waiting[number] = new
        lines.add(run_of(new), open_runs.get(new.key, 0))

        tokens = {key: rate.tokens(used.get(key), as_datetime(now)) for key in "xy"} if rate else None
        in_order = sorted(waiting.values(), key=lambda one: (one.ordered_at, one.run_id))
        expected = [one.run_id.int for one in choose(in_order, limits, open_runs, tokens, UNLIMITED)]
        taken = []
        while sum(open_runs.values()) < total and (found := lines.take(now, open_runs)) is not None:
            key = waiting.pop(found).key
            open_runs[key] = open_runs.get(key, 0) + 1
            lines.slots_changed(key, open_runs[key])
            taken.append(found)
        assert taken == expected
        for one in in_order:
            if rate and one.run_id.int in taken:
                used[one.throttle_key] = rate.after_taking(used.get(one.throttle_key), as_datetime(now), 1)


def run_of(waiting: Waiting) -> SimulatedRun:
    run = SimulatedRun(waiting.run_id.int, 0, as_micros(waiting.ordered_at))
    run.key, run.throttle_key = waiting.key, waiting.throttle_key
    return run
