"""Judges the last hour of a kind or a primitive: starts by events, failures, durations, costs and waits."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import NormalDist, median

from models.rules.anomalies.counts import (
    LEAST_HOURLY,
    LEAST_WEEKS,
    Judged,
    dispersion,
    is_high,
    is_low,
    judge_count,
    lasts,
    residuals,
    shrunk,
)
from models.rules.anomalies.means import LogSums, is_longer, judge_mean
from models.rules.anomalies.shares import failing_by_chance, fails_more
from models.rules.runs.waits import wait_percentile
from models.states import AnomalyMetric

WEEKS = 6
FAILURE_WEEKS = 4
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
HOURS_BACK = WEEKS * 7 * 24
DAY = 24
WINDOWS = (1, 3, 6)
"""Hours over which failures are accumulated; a few in each hour are found that way."""
LEAST_WAITS = 20
LEAST_WAIT_MS = 2000
WAIT_FACTOR = 3
NOTHING = LogSums(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class HourFacts:
    """What is known of an hour's runs, by their arrival."""

    starts: int = 0
    """Runs that webhooks, events and Slack have started. When schedules start runs is known exactly."""
    completed: int = 0
    failed: int = 0
    durations: LogSums = NOTHING
    costs: LogSums = NOTHING
    waits: tuple[int, ...] = ()


QUIET = HourFacts()


@dataclass(frozen=True)
class Series:
    """A kind's or a primitive's hours.

    Attributes:
        hours: Those in which something happened.
        since: The first hour that is known of it.
        left_out: Hours of an earlier anomaly, by metric, from which nothing is learned.
        of_kind: The dispersion of its kind's starts.
    """

    hours: Mapping[datetime, HourFacts]
    since: datetime
    left_out: Mapping[AnomalyMetric, Collection[datetime]] = field(default_factory=dict)
    of_kind: float = 1.0

    def at(self, hour: datetime) -> HourFacts:
        return self.hours.get(hour, QUIET)

    def past(self, hour: datetime, metric: AnomalyMetric, weeks: int = WEEKS) -> list[datetime]:
        """Return the same hour of the weeks before, as far as something can be learned from them."""
        left_out = self.left_out.get(metric, ())
        same = (hour - week * WEEK for week in range(1, weeks + 1))
        return [one for one in same if one >= self.since and one not in left_out]

    def spread_of_starts(self, hour: datetime) -> float:
        """Return the dispersion of the starts within the weeks before an hour."""
        found: list[float] = []
        known = 0
        for slot in range(1, 7 * 24 + 1):
            same = [hour - slot * HOUR - week * WEEK for week in range(WEEKS)]
            counts = [float(self.at(one).starts) for one in same if one >= self.since]
            known += len(counts)
            found += residuals(counts)
        return shrunk(dispersion(found), known, self.of_kind)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unusual.

    Attributes:
        is_new: Whether it is enough to say so for the first time; otherwise only what is open already goes on.
        hours: How many hours up to the one that was judged it is about.
        runs: Runs it is about.
    """

    metric: AnomalyMetric
    is_low: bool
    judged: Judged
    is_new: bool
    hours: int = 1
    runs: int = 0


def findings(series: Series, hour: datetime, limit: float) -> Iterator[Finding]:
    """Yield what is unusual in an hour that is over.

    Args:
        series: Hours up to that one, and of the six weeks before.
        hour: Its beginning.
        limit: The score from which on something is unusual.
    """
    yield from _starts(series, hour, limit)
    yield from _failures(series, hour, 1 - NormalDist().cdf(limit))
    yield from _mean(series, hour, limit, AnomalyMetric.DURATION, lambda one: one.durations)
    yield from _mean(series, hour, limit, AnomalyMetric.COST_PER_RUN, lambda one: one.costs)
    yield from _waits(series, hour)


def _starts(series: Series, hour: datetime, limit: float) -> Iterator[Finding]:
    metric = AnomalyMetric.STARTS
    past = series.past(hour, metric)
    if len(past) < LEAST_WEEKS:
        return
    usual = median(series.at(one).starts for one in past)
    # Where little is usual an hour says nothing; the day may.
    width = DAY if usual < LEAST_HOURLY else 1
    value, before = _sum(series, hour, width), [_sum(series, one, width) for one in past]
    if not (value >= 1.5 * median(before) or value < median(before)):
        return
    spread = series.spread_of_starts(hour)
    judged = [_judged_starts(series, hour - back * HOUR, width, spread) for back in range(3)]
    for low, is_unusual in ((False, is_high), (True, is_low)):
        scores = [abs(one.score) if one and is_unusual(one, limit) else 0.0 for one in judged]
        if judged[0] and scores[0]:
            yield Finding(metric, low, judged[0], lasts(scores, limit), width, round(judged[0].value))


def _judged_starts(series: Series, hour: datetime, width: int, spread: float) -> Judged | None:
    past = [_sum(series, one, width) for one in series.past(hour, AnomalyMetric.STARTS)]
    return judge_count(_sum(series, hour, width), past, spread)


def _sum(series: Series, hour: datetime, width: int) -> float:
    return float(sum(series.at(hour - back * HOUR).starts for back in range(width)))


def _failures(series: Series, hour: datetime, chance: float) -> Iterator[Finding]:
    metric = AnomalyMetric.FAILURES
    past = series.past(hour, metric, FAILURE_WEEKS)
    if len(past) < LEAST_WEEKS:
        return
    best: tuple[float, Finding] | None = None
    for width in WINDOWS:
        failed, finished = _ended(series, [hour], width)
        past_failed, past_finished = _ended(series, past, width)
        if not fails_more(failed, finished, past_failed, past_finished, chance):
            continue
        probability = failing_by_chance(failed, finished, past_failed, past_finished)
        usual = 100 * past_failed / past_finished if past_finished else 0.0
        judged = Judged(value=100 * failed / finished, usual=usual, low=0.0, high=usual, score=float(failed))
        if best is None or probability < best[0]:
            best = probability, Finding(metric, False, judged, True, width, finished)
    if best:
        yield best[1]


def _ended(series: Series, hours: Collection[datetime], width: int) -> tuple[int, int]:
    facts = [series.at(one - back * HOUR) for one in hours for back in range(width)]
    failed = sum(one.failed for one in facts)
    return failed, failed + sum(one.completed for one in facts)


def _mean(
    series: Series, hour: datetime, limit: float, metric: AnomalyMetric, of: Callable[[HourFacts], LogSums]
) -> Iterator[Finding]:
    history = [of(facts) for at, facts in series.hours.items() if at < hour]

    def judged_at(at: datetime) -> Judged | None:
        return judge_mean(of(series.at(at)), [of(series.at(one)) for one in series.past(at, metric)], history)

    now = judged_at(hour)
    if now is None or not is_longer(now, limit):
        return
    before = [judged_at(hour - back * HOUR) for back in (1, 2)]
    scores = [now.score, *(one.score if one and is_longer(one, limit) else 0.0 for one in before)]
    yield Finding(metric, False, now, lasts(scores, limit), 1, of(series.at(hour)).runs)


def _waits(series: Series, hour: datetime) -> Iterator[Finding]:
    metric = AnomalyMetric.WAIT
    waits = series.at(hour).waits
    if sum(waits) < LEAST_WAITS:
        return
    past = [wait_percentile(series.at(one).waits, 95) for one in series.past(hour, metric)]
    known = [float(one) for one in past if one is not None]
    now = float(wait_percentile(waits, 95) or 0)
    if len(known) < LEAST_WEEKS or now <= max(WAIT_FACTOR * median(known), LEAST_WAIT_MS):
        return
    usual = median(known)
    yield Finding(metric, False, Judged(now, usual, min(known), max(known), now / max(usual, 1.0)), True, 1, sum(waits))
