from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from models.contracts.automations.drafts import Overlap
from models.rules.schedule import Schedule
from models.states import RunStatus, Source
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.stats.folding import fold_opened
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
TODAY = datetime.combine(datetime.now(UTC).date(), time(), UTC)
TOMORROW = TODAY + DAY


async def schedule(sessions: Sessions, cron: str, timezone: str = "UTC", **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        agent = await make_agent(session, columns.pop("agent", None))
        name = columns.pop("name", "It")
        row = await make_automation(
            session, agent, Source.SCHEDULE, cron_expr=cron, timezone=timezone, overlap=Overlap.ALLOW_ALL, **columns
        )
        row.name = name
        return row


async def ran(sessions: Sessions, automation: Automation, at: datetime, status: RunStatus, minutes: int = 10) -> str:
    """Open and close a run of a due time, or of a trigger."""
    async with transaction(sessions) as session:
        primitive = await session.get_one(Primitive, automation.primitive_id)
        due_at = at if automation.source is Source.SCHEDULE else None
        run = await queue_run(session, primitive, automation, queued_at=at, due_at=due_at)
        run.status, run.started_at = RunStatus.RUNNING, at
        await session.flush()
        await fold_opened(session, run)
        await finish(session, await lock_run(session, run.id), status, at=at + timedelta(minutes=minutes))
        return str(run.id)


async def read(client: httpx2.AsyncClient, start: datetime, end: datetime, **params: Any) -> Any:
    window = {"from": start.isoformat(), "to": end.isoformat()}
    answer = await client.get("/api/live/calendar", params={**window, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def instants(found: Any) -> list[datetime]:
    return [datetime.fromisoformat(entry["at"]) for entry in found["entries"]]


async def test_frequent_automations_are_one_entry_a_day_unless_expanded(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    often = await schedule(sessions, "*/30 * * * *", name="Devil's Advocate", agent="devil")
    nightly = await schedule(sessions, "0 22 * * *", name="Nightly")
    found = await read(client, TOMORROW, TOMORROW + 7 * DAY)
    collapsed = [entry for entry in found["entries"] if entry["automationId"] == str(often.id)]
    assert [entry["count"] for entry in collapsed] == [48] * 7
    assert {entry["cadence"] for entry in collapsed} == {"Every 30 min, 48 a day"}
    assert [datetime.fromisoformat(entry["at"]) for entry in collapsed] == [TOMORROW + DAY * day for day in range(7)]
    first = collapsed[0]
    assert (first["name"], first["primitiveType"], first["agent"]) == ("Devil's Advocate", "agent", "devil")
    assert (first["severity"], first["runId"], first["status"]) == ("healthy", None, None)
    single = [entry for entry in found["entries"] if entry["automationId"] == str(nightly.id)]
    assert [(entry["count"], entry["cadence"]) for entry in single] == [(1, None)] * 7
    alone = await read(client, TOMORROW, TOMORROW + DAY, automation=often.slug)
    assert instants(alone) == [TOMORROW + timedelta(minutes=30 * number) for number in range(48)]
    again = await read(client, TOMORROW, TOMORROW + DAY, automation=str(often.id), compress=True)
    assert [entry["count"] for entry in again["entries"]] == [48]
    everything = await read(client, TOMORROW, TOMORROW + DAY, compress=False)
    assert len(everything["entries"]) == 49


async def test_days_follow_the_requested_zone_and_zone_transitions_are_marked(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    await schedule(sessions, "*/30 * * * *", "UTC")
    year = datetime.now(UTC).year + 1
    last_sunday = max(day for day in range(25, 32) if datetime(year, 3, day, tzinfo=UTC).weekday() == 6)
    start = datetime(year, 3, last_sunday - 1, tzinfo=berlin)
    answer = await client.get(
        "/api/live/calendar",
        params={"from": f"{start:%Y-%m-%d}", "to": f"{start + 3 * DAY:%Y-%m-%d}", "tz": "Europe/Berlin"},
    )
    found = answer.json()
    assert [entry["count"] for entry in found["entries"]] == [48, 46, 48]
    assert [datetime.fromisoformat(entry["at"]).utcoffset() for entry in found["entries"]] == [
        timedelta(hours=1), timedelta(hours=1), timedelta(hours=2),
    ]  # fmt: skip
    assert [(one["day"], one["shiftMinutes"]) for one in found["clockChanges"]] == [(f"{start + DAY:%Y-%m-%d}", 60)]
    assert len(found["hours"]) == 71


async def test_past_runs_and_coming_fires_are_listed_together(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    daily = await schedule(sessions, "15 3 * * *")
    async with transaction(sessions) as session:
        hook = await make_automation(session, await make_agent(session), Source.WEBHOOK, webhook_path="in")
    failed = await ran(sessions, daily, TODAY - DAY + timedelta(hours=3, minutes=15), RunStatus.FAILED)
    done = await ran(sessions, daily, TODAY - 2 * DAY + timedelta(hours=3, minutes=15), RunStatus.COMPLETED)
    pushed = await ran(sessions, hook, TODAY - DAY + timedelta(hours=3, minutes=20), RunStatus.COMPLETED)
    found = await read(client, TODAY - 2 * DAY, TODAY + 3 * DAY)
    past = [entry for entry in found["entries"] if entry["runId"]]
    assert [(entry["runId"], entry["status"]) for entry in past] == [
        (done, "completed"), (failed, "failed"), (pushed, "completed"),
    ]  # fmt: skip
    coming = [datetime.fromisoformat(entry["at"]) for entry in found["entries"] if not entry["runId"]]
    now = datetime.now(UTC)
    assert coming == Schedule.parse("15 3 * * *", "UTC").due_between(now, TODAY + 3 * DAY - TICK)
    hours = {datetime.fromisoformat(hour["start"]): hour for hour in found["hours"]}
    assert len(hours) == 5 * 24
    busy = hours[TODAY - DAY + timedelta(hours=3)]
    assert (busy["concurrency"], busy["band"]) == (2, "low")
    assert hours[TODAY - DAY + timedelta(hours=5)]["band"] == "none"
    assert hours[TOMORROW + timedelta(hours=3)]["concurrency"] == 1
    assert past[0]["severity"] == "failing", "one of two has failed"


async def test_runs_of_archived_automations_show_on_request_and_severity_uses_the_window(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    gone = await schedule(sessions, "0 3 * * *")
    await schedule(sessions, "0 4 * * *")
    run = await ran(sessions, gone, TODAY - DAY + timedelta(hours=3), RunStatus.FAILED)
    async with transaction(sessions) as session:
        (await session.get_one(Automation, gone.id)).archived_at = datetime.now(UTC)
        (await session.get_one(AutomationStats, gone.id)).completed = 99
    assert not [entry for entry in (await read(client, TODAY - DAY, TOMORROW))["entries"] if entry["runId"]]
    (entry,) = (await read(client, TODAY - DAY, TOMORROW + 3 * DAY, archived=True))["entries"]
    assert (entry["runId"], entry["severity"]) == (run, "failing")
    named = {"archived": True, "window": "all", "automation": gone.slug}
    (entry,) = (await read(client, TODAY - DAY, TOMORROW + 3 * DAY, **named))["entries"]
    assert (entry["runId"], entry["severity"]) == (run, "healthy")


async def test_today_counts_past_runs_and_remaining_fires(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    now = datetime.now(UTC)
    often = await schedule(sessions, "*/30 * * * *")
    due = Schedule.parse("*/30 * * * *", "UTC").due_between(TODAY - DAY - TICK, now)
    for moment in due:
        await ran(sessions, often, moment, RunStatus.FAILED if moment < TODAY else RunStatus.COMPLETED)
    found = await read(client, TODAY - DAY, TOMORROW)
    assert [(entry["count"], entry["failed"]) for entry in found["entries"]] == [(48, 48), (48, 0)]
    assert instants(found) == [TODAY - DAY, TODAY]
    single = await read(client, TODAY - DAY, TOMORROW, automation=often.slug)
    assert instants(single) == [TODAY - DAY + timedelta(minutes=30 * number) for number in range(96)]
    assert sum(entry["runId"] is not None for entry in single["entries"]) == len(due)


async def test_a_frequent_trigger_is_one_entry_a_day(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        hook = await make_automation(session, await make_agent(session), Source.WEBHOOK, webhook_path="in")
    for minute in range(12):
        await ran(sessions, hook, TODAY - DAY + timedelta(hours=9, minutes=minute), RunStatus.COMPLETED)
    (entry,) = (await read(client, TODAY - DAY, TODAY))["entries"]
    assert (entry["count"], entry["cadence"]) == (12, "12 runs")
    assert datetime.fromisoformat(entry["at"]) == TODAY - DAY + timedelta(hours=9)


async def test_automations_that_will_not_fire_are_left_out(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await schedule(sessions, "0 * * * *", is_active=False)
    slow = await schedule(sessions, "0 * * * *", slowdown=2, slowdown_anchor=TODAY - 10 * DAY)
    held = await schedule(sessions, "0 */4 * * *")
    async with transaction(sessions) as session:
        (await session.get_one(Automation, held.id)).overlap = Overlap.SKIP
        session.add(
            AutomationStats(
                automation_id=held.id, started=1, completed=1, duration_count=1, duration_ms_sum=5 * 3_600_000
            )
        )
    found = await read(client, TOMORROW, TOMORROW + DAY)
    slowed = [entry for entry in found["entries"] if entry["automationId"] == str(slow.id)]
    assert [(entry["count"], entry["cadence"]) for entry in slowed] == [(12, "Every hour, each 2nd of them, 12 a day")]
    assert len(found["entries"]) - len(slowed) == 3


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2026-01-01", "to": "2026-03-05"}, "to"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2200-01-01"}, "from"),
        ({"from": "1850-01-01", "tz": "Asia/Kolkata"}, "from"),
        ({"from": "0001-01-01", "tz": "Asia/Tokyo"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"from": "9999-12-30"}, "from"),
        ({"to": "9999-12-31T23:59:59", "tz": "America/New_York"}, "to"),
        ({"tz": "Mars/Olympus"}, "tz"),
    ],
)
async def test_invalid_windows_are_refused(client: httpx2.AsyncClient, params: dict[str, str], field: str) -> None:
    answer = await client.get("/api/live/calendar", params=params)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize("start", ["1970-01-01", "2099-12-31"])
async def test_the_longest_allowed_windows_are_shown(
    client: httpx2.AsyncClient, sessions: Sessions, start: str
) -> None:
    await schedule(sessions, "0 12 * * *")
    answer = await client.get("/api/live/calendar", params={"from": start, "tz": "Pacific/Kiritimati"})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["entries"]) == (7 if start > "2000" else 0)


async def test_entries_stay_in_order_when_clocks_go_back(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await schedule(sessions, "*/30 * * * *", name="often")
    year = datetime.now(UTC).year + 1
    day = max(day for day in range(25, 32) if datetime(year, 10, day, tzinfo=UTC).weekday() == 6)
    params: dict[str, str | bool] = {
        "from": f"{year}-10-{day}T01:00",
        "to": f"{year}-10-{day}T04:00",
        "tz": "Europe/Berlin",
        "compress": False,
    }
    found = instants((await client.get("/api/live/calendar", params=params)).json())
    assert found == [datetime(year, 10, day - 1, 23, tzinfo=UTC) + timedelta(minutes=30 * place) for place in range(8)]


async def test_with_too_many_entries_only_the_hours_are_returned(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    minutely = await schedule(sessions, "* * * * *")
    window = {"from": TODAY.isoformat(), "to": (TODAY + 30 * DAY).isoformat(), "automation": minutely.slug}
    answer = await client.get("/api/live/calendar", params=window)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["entries"] == []
    assert found["entriesLeftOut"] > 20_000
    tomorrow = found["hours"][24]
    assert (tomorrow["fires"], tomorrow["byPrimitive"]["agent"], tomorrow["failed"]) == (60, 60, 0)
    assert (await client.get("/api/live/calendar", params={**window, "limit": 0})).status_code == 422
    assert (await client.get("/api/live/calendar", params={**window, "automation": "nobody"})).status_code == 404


async def test_hours_count_past_runs_and_coming_fires(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    often = await schedule(sessions, "*/20 * * * *")
    yesterday = TODAY - DAY
    async with transaction(sessions) as session:
        hours = AutomationHour(automation_id=often.id, hour=yesterday + 5 * HOUR, started=3, failed=1, skipped=1)
        session.add(hours)
    window: dict[str, str | int] = {"from": yesterday.isoformat(), "to": (TODAY + 2 * DAY).isoformat(), "limit": 1}
    found = (await client.get("/api/live/calendar", params=window)).json()
    assert found["entries"] == []
    assert found["entriesLeftOut"] >= 2
    by_start = {datetime.fromisoformat(hour["start"]): hour for hour in found["hours"]}
    past, ahead = by_start[yesterday + 5 * HOUR], by_start[TODAY + DAY + 5 * HOUR]
    assert (past["fires"], past["failed"], past["byPrimitive"]["agent"]) == (4, 1, 4)
    assert (ahead["fires"], ahead["failed"], ahead["byPrimitive"]["agent"]) == (3, 0, 3)
    assert by_start[yesterday + 6 * HOUR]["fires"] == 0


async def test_a_trigger_is_collapsed_by_its_fires_per_day_whatever_the_window(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        trigger = await make_automation(session, await make_agent(session), Source.EVENT, event_name="x")
    busy, calm = TODAY - 2 * DAY, TODAY - DAY
    for place in range(12):
        await ran(sessions, trigger, busy + place * HOUR, RunStatus.COMPLETED, minutes=1)
    for place in range(3):
        await ran(sessions, trigger, calm + place * HOUR, RunStatus.COMPLETED, minutes=1)
    both = {"from": busy.isoformat(), "to": TODAY.isoformat()}
    found = (await client.get("/api/live/calendar", params=both)).json()["entries"]
    assert [(entry["count"], entry["cadence"], entry["scheduled"]) for entry in found] == [
        (12, "12 runs", False),
        *[(1, None, False)] * 3,
    ]
    alone = (await client.get("/api/live/calendar", params={"from": calm.isoformat(), "to": TODAY.isoformat()})).json()
    assert alone["entries"] == found[1:]
