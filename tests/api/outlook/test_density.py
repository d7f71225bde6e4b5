from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive

HOUR = timedelta(hours=1)


async def schedule(sessions: Sessions, cron: str, timezone: str = "UTC", **columns: Any) -> Automation:
    """Add a schedule of a new agent."""
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        return await make_automation(session, agent, Source.SCHEDULE, cron_expr=cron, timezone=timezone, **columns)


async def learn(sessions: Sessions, automation: Automation, **columns: Any) -> None:
    async with transaction(sessions) as session:
        session.add(AutomationStats(automation_id=automation.id, **columns))


async def read(client: httpx2.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/api/live/density", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def at(slots: list[dict[str, Any]], start: datetime) -> dict[str, Any]:
    (found,) = [slot for slot in slots if datetime.fromisoformat(slot["start"]) == start]
    return found


async def test_the_peak_is_the_busiest_hour_with_its_starts_by_kind(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    for _ in range(8):
        await schedule(sessions, "0 22 * * *")
    async with transaction(sessions) as session:
        await make_agent(session, "scout")
        pulse = await make_primitive(session, Kind.PULSE, {"goal": "grow", "members": [{"agent": "scout"}]})
        tasks = [{"name": str(number), "agent": "scout"} for number in range(4)]
        spec = {"objective": "grow", "missions": [{"name": "m", "tasks": tasks}]}
        campaign = await make_primitive(session, Kind.CAMPAIGN, spec)
        for primitive in (pulse, campaign):
            await make_automation(session, primitive, Source.SCHEDULE, cron_expr="30 22 * * *")
    await schedule(sessions, "0 22 * * *", is_active=False)
    await schedule(sessions, "0 22 * * *", archived_at=datetime.now(UTC))
    found = await read(client)
    assert len(found["slots"]) == 24
    assert found["peak"]["text"] == "10 at 22:00 (8 agents, 1 campaign, 1 pulse)"
    slot = at(found["slots"], datetime.fromisoformat(found["peak"]["start"]))
    assert slot["starts"] == 10
    assert slot["byPrimitive"] == {"agent": 8, "workflow": 0, "network": 0, "campaign": 1, "pulse": 1}
    assert slot["weightedStarts"] == 8 + 4 + 1, "a campaign without history weighs its tasks, a pulse itself"
    assert [one["count"] for one in slot["automations"]] == [1] * 10
    assert slot["peakConcurrency"] == 8
    assert found["peak"]["band"] == "high"
    assert sum(slot["starts"] for slot in found["slots"]) == 10


async def test_the_first_slot_is_the_current_hour_in_the_requested_zone(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await schedule(sessions, "*/30 * * * *")
    found = await read(client, tz="Asia/Kolkata", hours=3)
    starts = [datetime.fromisoformat(slot["start"]) for slot in found["slots"]]
    assert starts[0] <= datetime.now(UTC) < starts[0] + HOUR
    assert [start.minute for start in starts] == [0, 0, 0]
    assert starts[0].utcoffset() == timedelta(hours=5, minutes=30)
    assert [slot["starts"] for slot in found["slots"]] == [2, 2, 2]
    assert found["timezone"] == "Asia/Kolkata"


async def test_past_runs_determine_weight_and_duration(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hourly = await schedule(sessions, "0 * * * *")
    ninety_minutes = 90 * 60_000
    await learn(
        sessions, hourly, started=4, completed=3, failed=1, agent_runs_sum=14, duration_count=4,
        duration_ms_sum=4 * ninety_minutes,
    )  # fmt: skip
    async with transaction(sessions) as session:
        (await session.get_one(Automation, hourly.id)).overlap = Overlap.ALLOW_ALL
    found = await read(client)
    assert {slot["weightedStarts"] for slot in found["slots"]} == {3.5}
    assert {slot["peakConcurrency"] for slot in found["slots"]} == {2}, "those before the first hour are under way"


async def test_fires_that_an_earlier_run_holds_back_are_not_shown(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    hourly = await schedule(sessions, "0 * * * *")
    await learn(
        sessions, hourly, started=1, completed=1, duration_count=1, duration_ms_sum=90 * 60_000, agent_runs_sum=1
    )
    found = await read(client)
    assert sum(slot["starts"] for slot in found["slots"]) == 12
    assert {slot["peakConcurrency"] for slot in found["slots"]} == {1}


async def test_expected_trigger_fires_come_from_past_weeks_and_are_counted_separately(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        hook = await make_automation(session, agent, Source.WEBHOOK, webhook_path="in")
        paused = await make_automation(session, agent, Source.WEBHOOK, webhook_path="no", is_active=False)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        for week, started in ((1, 6), (2, 2), (5, 90)):
            hour = now + HOUR * 2 - timedelta(weeks=week)
            session.add(AutomationHour(automation_id=hook.id, hour=hour, started=started))
            session.add(AutomationHour(automation_id=paused.id, hour=hour, started=started))
    found = await read(client)
    assert at(found["slots"], now + HOUR * 2)["expectedArrivals"] == 2.0
    assert sum(slot["expectedArrivals"] for slot in found["slots"]) == 2.0
    assert sum(slot["starts"] for slot in found["slots"]) == 0
    assert found["peak"] is None
    half = await read(client, tz="Asia/Kolkata")
    assert sum(slot["expectedArrivals"] for slot in half["slots"]) == 2.0
    assert {slot["expectedArrivals"] for slot in half["slots"]} == {0.0, 1.0}


async def test_a_change_is_seen_at_once(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    one = await schedule(sessions, "0 * * * *")
    assert (await read(client, hours=1))["slots"][0]["starts"] == 1
    async with transaction(sessions) as session:
        row = await session.get_one(Automation, one.id)
        row.is_active, row.revision = False, row.revision + 1
    assert (await read(client, hours=1))["slots"][0]["starts"] == 0
    two = await schedule(sessions, "0 * * * *", slowdown=2, slowdown_anchor=datetime.now(UTC))
    assert sum(slot["starts"] for slot in (await read(client, hours=9))["slots"][1:]) == 4
    assert (await read(client, hours=9, search=two.slug))["slots"][0]["starts"] == 1


@pytest.mark.parametrize("params", [{"hours": 0}, {"hours": 169}, {"tz": "Mars/Olympus"}])
async def test_invalid_parameters_are_refused(client: httpx2.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get("/api/live/density", params=params)
    assert answer.status_code == 422
    assert answer.json()["field"] == next(iter(params))


async def test_the_live_list_can_be_filtered_by_a_slot(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    for cron in ("5 22 * * *", "*/20 * * * *", "30 23 * * *"):
        await schedule(sessions, cron)
    long = await schedule(sessions, "0 * * * *", overlap=Overlap.SKIP)
    await learn(sessions, long, duration_ms_sum=9_000_000, duration_count=1)
    for slot in (await read(client, hours=48))["slots"]:
        start = datetime.fromisoformat(slot["start"])
        params = {"startsFrom": start.isoformat(), "startsTo": (start + HOUR).isoformat()}
        page = (await client.get("/api/live/automations", params=params)).json()
        assert {one["name"] for one in page["automations"]} == {one["name"] for one in slot["automations"]}
        assert page["summary"]["total"] == len(slot["automations"])


@pytest.mark.parametrize("hours", [0, -1, 24 * 32])
async def test_an_empty_or_incomplete_span_is_refused(client: httpx2.AsyncClient, hours: int) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    params = {"startsFrom": start.isoformat(), "startsTo": (start + hours * HOUR).isoformat()}
    answer = await client.get("/api/live/automations", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, "startsTo")
