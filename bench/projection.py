"""Projection of ten thousand automations, compared with libraries that list every due time of the same crons.

Run by `make bench`. The libraries take minutes, so they expand a sample, and their time is scaled to all occurrences.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from random import Random
from uuid import UUID

import numpy as np
from croniter import croniter
from cronsim import CronSim

from bench.crons import CronInZone, schedules
from bench.figures import Figure, measured, show
from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.rules.arrays import Counts
from models.rules.cron.expression import parse
from models.rules.cron.other_readings import other_readings
from models.rules.cron.zones import zone
from models.rules.projection.concurrency import peak_concurrency, run_spans
from models.rules.projection.counts import slot_counts
from models.rules.projection.hours import hour_edges, start_counts
from models.rules.projection.next_fire import next_fires
from models.rules.projection.plan import make_plan
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, fires_until
from models.rules.projection.starts import list_starts, make_timetable
from models.rules.schedule import Schedule
from models.states import Source

AUTOMATIONS = 10_000
SAMPLE = 60
START = datetime(2026, 10, 15, 9, tzinfo=UTC)
END = datetime(2026, 11, 15, 9, tzinfo=UTC)
HOURS = int((END - START) / timedelta(hours=1))
DAY_END = START + timedelta(hours=24)
DAY_STARTS, MONTH_STARTS, MONTH_HOURS = (
    "24 hours: starts by hour", "month: occurrences of each", "month: starts by hour",
)  # fmt: skip
TICK = timedelta(microseconds=1)


def main() -> None:
    rows = schedules(AUTOMATIONS)
    ours = _ours(rows)
    show(f"Projection of {AUTOMATIONS:,} different crons over 30 zones", ours)
    taken = {figure.name: figure.milliseconds for figure in ours}
    for end, name in ((DAY_END, DAY_STARTS), (END, MONTH_STARTS)):
        total = int(_due_counts(_parsed(rows), end).sum())
        peers = [_peer(peer, expand, rows, end, total, taken[name]) for peer, expand in PEERS.items()]
        show(f"{name}: all {total:,} listed, from a sample of {SAMPLE} scaled to all", peers)


def _ours(rows: Sequence[CronInZone]) -> list[Figure]:
    parse.cache_clear()
    begun = time.perf_counter()
    plan = make_plan(_parsed(rows))
    cold = (time.perf_counter() - begun) * 1000
    timetable = make_timetable(plan)
    edges = hour_edges(START, zone("UTC"), 24)
    parsed = _parsed(rows)
    portfolio = _portfolio(parsed)
    unknown = _nothing_known(len(rows))
    month_edges = hour_edges(START, zone("UTC"), HOURS)
    run_ms = np.random.default_rng(1).integers(1_000, 600_000, size=len(rows))

    def concurrency_by_hour() -> list[int]:
        parts = list_starts(timetable, int(edges[0]) - 600, int(edges[-1]), {})
        return peak_concurrency(run_spans(parts, run_ms), edges * 1000)

    counts = _due_counts(parsed, END)
    hourly = start_counts(portfolio, {}, month_edges).sum(axis=1)
    if not np.array_equal(hourly, counts):
        sys.exit("the hours of a month do not add up to the month")
    figures = [
        Figure("reading and laying out the crons, cold", cold, note="once per change of an automation"),
        measured("the same, warm", lambda: make_plan(_parsed(rows)), rounds=3),
        measured("next run of each", lambda: next_fires(plan, START)),
        measured(DAY_STARTS, lambda: start_counts(portfolio, {}, edges), aim_ms=15),
        _limit(start_counts(portfolio, {}, edges)),
        measured("24 hours: the most at once by hour, exactly", concurrency_by_hour),
        measured("7 days: starts by hour", lambda: start_counts(portfolio, {}, hour_edges(START, zone("UTC"), 168))),
        measured(MONTH_STARTS, lambda: fires_until(portfolio, unknown, START, [END]), aim_ms=15),
        _limit(counts),
        measured(MONTH_HOURS, lambda: start_counts(portfolio, {}, month_edges), aim_ms=200),
        _limit(start_counts(portfolio, {}, month_edges)),
    ]
    return figures


def _parsed(rows: Sequence[CronInZone]) -> list[Schedule]:
    return [Schedule.parse(*row) for row in rows]


def _due_counts(schedules: Sequence[Schedule], end: datetime) -> Counts:
    edges = np.array([START.timestamp(), end.timestamp()], dtype=np.int64)
    return slot_counts(make_plan(schedules), edges)[:, 0]


def _limit(answer: Counts) -> Figure:
    """Measure the lower bound: copy the finished counts once, and sum them."""
    return measured(f"  (c) writing and adding up its {answer.size:,} counts", lambda: answer.copy().sum(), rounds=15)


def _portfolio(schedules: Sequence[Schedule]) -> Portfolio:
    """Return the portfolio that the endpoints project."""
    return Portfolio(
        tuple(
            ProjectedAutomation(
                id=UUID(int=number),
                slug=str(number),
                name=str(number),
                kind=Kind.AGENT,
                source=Source.SCHEDULE,
                primitive_id=UUID(int=0),
                primitive_slug="it",
                schedule=schedule,
                overlap=Overlap.SKIP,
                active=True,
                members=0,
            )
            for number, schedule in enumerate(schedules)
        )
    )


def _nothing_known(size: int) -> RunAverages:
    zeros = np.zeros(size, dtype=np.int64)
    return RunAverages(zeros, np.ones(size), zeros, [None] * size, [0] * size)


def _peer(
    name: str,
    expand: Callable[[CronInZone], Iterator[datetime]],
    rows: Sequence[CronInZone],
    end: datetime,
    total: int,
    ours: float,
) -> Figure:
    """Measure a library on a sample of crons that it reads as we do; its counts should equal ours."""
    shuffled = Random(2).sample(rows, len(rows))
    sample = list(islice((row for row in shuffled if not other_readings(parse(row.cron_expr))), SAMPLE))
    begun = time.perf_counter()
    listed = [sum(1 for _ in takewhile(lambda moment: moment < end, expand(row))) for row in sample]
    taken = (time.perf_counter() - begun) * 1000
    counted = _due_counts(_parsed(sample), end).tolist()
    alike = sum(one == other for one, other in zip(listed, counted, strict=True))
    scaled = taken / sum(listed) * total
    return Figure(name, scaled, note=f"{scaled / ours:,.0f} times ours; {alike} of {SAMPLE} counts are the same")


def _croniter(row: CronInZone) -> Iterator[datetime]:
    begin = (START - TICK).astimezone(zone(row.timezone))
    fires: Iterator[datetime] = croniter(row.cron_expr, begin).all_next(datetime)
    return fires


def _cronsim(row: CronInZone) -> Iterator[datetime]:
    return CronSim(row.cron_expr, (START - timedelta(seconds=1)).astimezone(zone(row.timezone)))


PEERS: dict[str, Callable[[CronInZone], Iterator[datetime]]] = {"croniter": _croniter, "cronsim": _cronsim}


if __name__ == "__main__":
    main()
