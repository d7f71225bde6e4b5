"""An hour is judged once, against six weeks of sums; what is unusual opens, goes on and closes."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from activities.sweep.anomalies import judge_last_hour
from models.kinds import Kind
from models.states import AnomalyMetric, RunSource, RunStatus
from models.store.anomalies.judging import hour_to_judge
from models.store.ids import fresh_id
from models.store.tables.anomalies import Anomaly
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.stats import KindHour, PrimitiveHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, queue_run

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 16, 12, 6, tzinfo=UTC)
JUDGED = datetime(2026, 3, 16, 11, tzinfo=UTC)
USUAL = {"starts": 40, "failed": 1, "duration_ms": 1000.0, "cost": 2000.0}


class Platform:
    """An agent with six weeks of hours, and what a test says of the last ones."""

    def __init__(self, sessions: Sessions, agent: Primitive) -> None:
        self.sessions, self.agent = sessions, agent
        self.chance = random.Random(7)

    async def hours(self, first: datetime, last: datetime, **changed: float) -> None:
        count = int((last - first) / HOUR) + 1
        rows = [row for place in range(count) for row in self.rows(first + place * HOUR, {**USUAL, **changed})]
        async with transaction(self.sessions) as session:
            await session.execute(insert(PrimitiveHour), [{"primitive_id": self.agent.id, **row} for row in rows])
            await session.execute(insert(KindHour), [{"kind": Kind.AGENT, "slot": 0, **row} for row in rows])

    def rows(self, hour: datetime, facts: Mapping[str, float]) -> list[dict[str, Any]]:
        starts = max(round(self.chance.gauss(facts["starts"], math.sqrt(facts["starts"]))), 0)
        failed = min(round(facts["failed"]), starts)
        found: list[dict[str, Any]] = []
        for status, runs in ((RunStatus.COMPLETED, starts - failed), (RunStatus.FAILED, failed)):
            log_ms, log_cost = math.log(facts["duration_ms"]), math.log(facts["cost"])
            sums = {
                "runs": runs,
                "occurrences": runs,
                "started": runs,
                "duration_log_sum": round(1000 * runs * log_ms),
                "duration_log_squares": round(1000 * runs * (log_ms**2 + 0.05)),
                "own_cost_count": runs,
                "own_cost_log_sum": round(1000 * runs * log_cost),
                "own_cost_log_squares": round(1000 * runs * (log_cost**2 + 0.05)),
                "wait_histogram": [0, 0, runs, *[0] * 13],
            }
            found.append({"hour": hour, "source": RunSource.WEBHOOK, "status": status, **sums})
        return found

    async def judge(self, now: datetime = NOW) -> list[Anomaly]:
        await judge_last_hour(self.sessions, now)
        async with transaction(self.sessions) as session:
            return [*await session.scalars(select(Anomaly).order_by(Anomaly.metric, Anomaly.id))]


@pytest.fixture
async def platform(sessions: Sessions) -> Platform:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
    found = Platform(sessions, agent)
    await found.hours(JUDGED - timedelta(days=45), JUDGED - HOUR)
    return found


async def test_hours_as_usual_are_nothing(platform: Platform) -> None:
    await platform.hours(JUDGED, JUDGED)
    assert await platform.judge() == []


async def test_three_times_the_starts_open_an_anomaly_once_that_goes_on_and_closes(platform: Platform) -> None:
    await platform.hours(JUDGED, JUDGED, starts=130)
    found = await platform.judge()
    assert {(one.metric, one.is_low, one.primitive_id) for one in found} == {
        (AnomalyMetric.STARTS, False, None),
        (AnomalyMetric.STARTS, False, platform.agent.id),
    }
    (own,) = (one for one in found if one.primitive_id)
    assert (own.first_hour, own.last_hour, own.hours, own.closed_at) == (JUDGED, JUDGED, 1, None)
    assert own.value > 100
    assert own.usual == pytest.approx(40, abs=8)
    assert own.low < own.usual < own.high
    # The same hour is not judged again.
    assert len(await platform.judge(NOW + timedelta(minutes=20))) == 2
    await platform.hours(JUDGED + HOUR, JUDGED + HOUR, starts=125)
    (own,) = (one for one in await platform.judge(NOW + HOUR) if one.primitive_id)
    assert (own.first_hour, own.last_hour, own.closed_at) == (JUDGED, JUDGED + HOUR, None)
    await platform.hours(JUDGED + 2 * HOUR, JUDGED + 5 * HOUR)
    for later in (2, 3, 4):
        found = await platform.judge(NOW + later * HOUR)
        assert [one.closed_at is None for one in found] == [later < 4] * 2


@pytest.mark.parametrize(
    ("changed", "metric", "is_low"),
    [
        ({"starts": 4.0}, AnomalyMetric.STARTS, True),
        ({"failed": 16.0}, AnomalyMetric.FAILURES, False),
        ({"duration_ms": 2600.0}, AnomalyMetric.DURATION, False),
        ({"cost": 5200.0}, AnomalyMetric.COST_PER_RUN, False),
    ],
)
async def test_each_metric_is_judged(
    platform: Platform, changed: dict[str, float], metric: AnomalyMetric, is_low: bool
) -> None:
    await platform.hours(JUDGED, JUDGED, **changed)
    found = await platform.judge()
    assert {(one.metric, one.is_low) for one in found} == {(metric, is_low)}
    assert {one.primitive_id for one in found} == {None, platform.agent.id}


async def test_runs_that_are_still_open_count_as_started(platform: Platform, sessions: Sessions) -> None:
    await platform.hours(JUDGED, JUDGED, starts=10)
    async with transaction(sessions) as session:
        for _ in range(30):
            await queue_run(session, platform.agent, source=RunSource.WEBHOOK, queued_at=JUDGED + timedelta(minutes=30))
    assert await platform.judge() == []


async def test_what_is_too_new_is_not_judged(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
    young = Platform(sessions, agent)
    await young.hours(JUDGED - timedelta(days=14), JUDGED - HOUR)
    await young.hours(JUDGED, JUDGED, starts=500, failed=200)
    assert await young.judge() == []


async def test_a_change_shortly_before_explains_it(platform: Platform, sessions: Sessions) -> None:
    changed = {"action": "primitive.changed", "subject_type": "primitive", "subject_id": platform.agent.id}
    async with transaction(sessions) as session:
        for minutes, actor in ((300, "Bob"), (30, "Ada")):
            at = JUDGED - timedelta(minutes=minutes)
            session.add(AuditEntry(id=fresh_id(), at=at, actor=actor, after={"name": "Scout"}, **changed))
    await platform.hours(JUDGED, JUDGED, starts=140)
    found = await platform.judge()
    assert [one.explained for one in found if one.primitive_id] == ["Ada changed Scout at 10:30 UTC"]


def test_an_hour_is_judged_five_minutes_after_its_end() -> None:
    assert hour_to_judge(NOW) == JUDGED
    assert hour_to_judge(NOW - timedelta(minutes=2)) == JUDGED - HOUR
