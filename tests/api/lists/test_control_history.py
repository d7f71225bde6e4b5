"""`GET /api/live/control/history`: each hour beside the same hour of the weeks before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2

from models.kinds import Kind
from models.states import RunSource, RunStatus, Source
from models.store.governance.audit import record
from models.store.stats.counting import hour_of
from models.store.tables.stats import KindHour
from runtime.database import Sessions, transaction
from tests.api.bodies import Body
from tests.factories import make_agent, make_automation

HOUR = timedelta(hours=1)


def sums(
    hour: datetime,
    runs: int,
    status: RunStatus = RunStatus.COMPLETED,
    source: RunSource = RunSource.EVENT,
    cost: str = "1.5",
    slot: int = 0,
) -> KindHour:
    row = KindHour(kind=Kind.AGENT, status=status, source=source, hour=hour, slot=slot)
    row.runs = row.occurrences = row.started = runs
    row.own_cost_usd_sum = Decimal(cost)
    return row


async def asked(client: httpx2.AsyncClient, **query: str) -> Body:
    answer = await client.get("/api/live/control/history", params=query)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_an_hour_is_beside_what_is_usual_for_it(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hour = hour_of(datetime.now(UTC)) - 3 * HOUR
    async with transaction(sessions) as session:
        for week, runs in enumerate((40, 10, 12, 14, 500)):
            before = hour - timedelta(weeks=week)
            session.add_all([sums(before, runs), sums(before, 2, slot=1)])
        session.add(sums(hour, 14, RunStatus.FAILED, cost="0"))
        # The runs of children cost, and are no runs of their own.
        session.add(sums(hour, 99, source=RunSource.PARENT, cost="0.25"))
    found = await asked(client)
    assert (len(found["hours"]), found["weeks"]) == (7 * 24, 6)
    one = found["hours"][-4]
    assert datetime.fromisoformat(one["start"]) == hour
    assert (one["runs"], one["completed"], one["failed"], one["failureRate"]) == (56, 42, 14, 25)
    assert one["usualRuns"] == {"low": 13.5, "median": 15, "high": 137.5}
    assert one["usualFailureRate"] == {"low": 0, "median": 0, "high": 0}
    assert (one["costUsd"], one["usualCostUsd"]["median"]) == ("3.25", 3)
    # An hour later four weeks are known, with nothing in them.
    assert found["hours"][-3]["usualRuns"] == {"low": 0, "median": 0, "high": 0}


async def test_without_three_weeks_nothing_is_usual(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hour = hour_of(datetime.now(UTC))
    async with transaction(sessions) as session:
        session.add_all(sums(hour - timedelta(weeks=week), 5) for week in range(3))
    last = (await asked(client, days="1", tz="Asia/Tokyo"))["hours"][-1]
    assert (last["runs"], last["usualRuns"], last["usualFailureRate"], last["usualCostUsd"]) == (5, None, None, None)
    assert last["start"].endswith("+09:00")


async def test_changes_are_marked_and_lead_to_the_activity(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        row = await make_automation(session, await make_agent(session), Source.MANUAL)
        row.name = "Desk"
        for action in ("automation.paused", "automation.fired"):
            await record(session, actor="ann", action=action, subject_type="automation", subject_id=row.id)
    (marker,) = (await asked(client))["markers"]
    assert (marker["changes"], marker["text"]) == (1, "Desk paused")
    assert marker["link"].startswith("/activity?from=20")


async def test_the_answer_is_not_sent_again_and_is_bounded(client: httpx2.AsyncClient) -> None:
    first = await client.get("/api/live/control/history")
    same = await client.get("/api/live/control/history", headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    assert (await client.get("/api/live/control/history", params={"days": "15"})).status_code == 422
