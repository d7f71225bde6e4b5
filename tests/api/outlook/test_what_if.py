"""What-ifs over HTTP, on real PostgreSQL: what edits would change, what that rests on, and what is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.states import FireWhen, RunStatus, Source
from models.store.stats.counting import hour_of
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency, make_primitive, queue_run

ASK = "/api/load/what-if"
HOUR = timedelta(hours=1)


async def ask(client: httpx2.AsyncClient, status: int = 200, **body: Any) -> Any:
    answer = await client.post(ASK, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def trigger(
    sessions: Sessions, agent: Primitive, *, per_hour: int = 60, lasts: float = 30, weeks: int = 4, **columns: Any
) -> Automation:
    """Add a trigger with so many deliveries an hour in the past weeks, and ten runs that took so many seconds."""
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        row = await make_automation(session, agent, Source.EVENT, event_name="e", **columns)
        row.created_at = now - timedelta(weeks=weeks)
        session.add(
            AutomationStats(
                automation_id=row.id,
                started=10,
                completed=10,
                duration_ms_sum=10 * round(lasts * 1000),
                duration_count=10,
                cost_usd_sum=Decimal(1),
                cost_count=10,
                recent_costs=[[n, "0.1"] for n in range(10)],
                recent_outcomes="C" * 10,
            )
        )
        for hours in range(weeks * 168):
            at = hour_of(now) - (hours + 1) * HOUR
            session.add(AutomationHour(automation_id=row.id, hour=at, started=per_hour))
        for number in range(10):
            began = now - (number + 1) * HOUR
            ended = began + timedelta(seconds=lasts)
            times = {"queued_at": began, "started_at": began, "finished_at": ended}
            await queue_run(session, agent, row, status=RunStatus.COMPLETED, duration_ms=round(lasts * 1000), **times)
    return row


async def schedule(sessions: Sessions, primitive: Primitive, cron: str, **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        columns = {"overlap": Overlap.ALLOW_ALL, "timezone": "UTC", **columns}
        return await make_automation(session, primitive, Source.SCHEDULE, cron_expr=cron, **columns)


async def agent_of(sessions: Sessions, slug: str = "scout", **spec: Any) -> Primitive:
    async with transaction(sessions) as session:
        return await make_agent(session, slug, **spec)


def adds_up(flow: dict[str, Any]) -> bool:
    dropped = sum(flow["skipped"].values()) + sum(flow["folded"].values())
    went = flow["started"] + flow["missed"] + dropped + flow["stillWaiting"] + flow["cancelled"]
    return bool(flow["arrivals"] + flow["waitingAtStart"] == went)


async def test_a_limit_makes_runs_wait_and_says_what_that_rests_on(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    row = await trigger(sessions, await agent_of(sessions))
    await schedule(sessions, await agent_of(sessions, "other"), "0 * * * *")
    edit = {"automation": row.slug, "flowControl": {"concurrency": {"limit": 1}}}
    found = await ask(client, changes=[edit], hours=12)
    before, after = found["before"], found["after"]
    assert (before["waits"]["longestMs"], before["longest"]) == (0, None)
    assert after["waits"]["p95Ms"] > after["waits"]["p50Ms"] >= 0
    assert after["longest"] == row.name
    assert adds_up(before["flow"])
    assert adds_up(after["flow"])
    assert before["flow"]["arrivals"] == pytest.approx(12 * 60, rel=0.2)
    assert before["flow"]["arrivals"] == after["flow"]["arrivals"], "what an edit does not touch is drawn the same"
    assert len(found["hours"]) == 12
    assert max(one["after"]["waiting"] for one in found["hours"]) > 0
    assert before["peak"]["starts"] == after["peak"]["starts"] == 1, "due times are not moved by a limit"
    (mine,) = found["automations"]
    assert (mine["automation"]["slug"], mine["edited"], found["basis"]["simulated"]) == (row.slug, True, 1)
    basis = mine["basis"]
    assert (basis["durations"], basis["durationRuns"], basis["durationP95Ms"]) == ("measured", 10, 30_000)
    assert (basis["arrivals"], basis["deliveries"]) == ("measured", 4 * 168 * 60)
    assert basis["text"].startswith("A run takes 30 s: its last 10 runs, ")
    assert "40,320 deliveries since " in basis["text"]
    assert found["basis"]["assumed"] == found["basis"]["notes"] == []
    again = await ask(client, changes=[edit], hours=12)
    assert again["after"]["waits"] == after["waits"], "the same question has the same answer"
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        assert (await session.get_one(Automation, row.id)).flow_control is None, "nothing is saved"


async def test_a_cron_moves_the_load_and_a_pause_removes_its_cost(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    agent = await agent_of(sessions, costUsd="0.01")
    nightly = await schedule(sessions, agent, "0 3 * * *")
    await schedule(sessions, agent, "0 3 * * *")
    async with transaction(sessions) as session:
        session.add(AutomationStats(automation_id=nightly.id, started=1, cost_usd_sum=Decimal("0.5"), cost_count=1))
    moved = await ask(client, changes=[{"automation": str(nightly.id), "schedule": {"cronExpr": "0 4 * * *"}}])
    assert (moved["before"]["peak"]["starts"], moved["after"]["peak"]["starts"]) == (2, 1)
    assert moved["before"]["monthUsd"] == moved["after"]["monthUsd"]
    paused = await ask(client, changes=[{"automation": nightly.slug, "isActive": False}])
    assert Decimal(paused["before"]["monthUsd"]) > 10
    assert paused["after"]["monthUsd"] == "0"
    assert paused["automations"][0]["after"]["flow"]["arrivals"] == 0
    assert (paused["before"]["unknown"], paused["after"]["unknown"]) == (1, 1)
    resumed = await ask(client, changes=[{"automation": nightly.slug, "isActive": True}])
    assert resumed["before"] == resumed["after"]


async def test_a_new_automation_is_taken_by_the_runs_of_its_primitive_and_what_is_given(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    agent = await agent_of(sessions, capacity=1)
    row = await trigger(sessions, agent, per_hour=20, lasts=60)
    new = {"name": "Second", "primitive": {"kind": "agent", "slug": "scout"}, "source": "event"}
    found = await ask(client, additions=[{**new, "assume": {"arrivalsPerHour": 30}}], hours=24)
    added, shared = found["automations"]
    assert (added["automation"], added["name"], added["before"]) == (None, "Second", None)
    assert added["basis"]["durations"] == "primitive"
    assert added["after"]["flow"]["arrivals"] == pytest.approx(24 * 30, rel=0.2)
    assert Decimal(added["after"]["monthUsd"]) == Decimal(30 * 720) / 10
    assert found["basis"]["assumed"] == ["Second: 30 deliveries an hour, as given"]
    # They share one place: the other one waits longer for it.
    assert shared["automation"]["slug"] == row.slug
    assert shared["after"]["waits"]["p95Ms"] > shared["before"]["waits"]["p95Ms"] > 0
    (scout,) = found["agents"]
    assert (scout["agent"], scout["before"]["capacity"], scout["after"]["peak"]) == ("scout", 1, 1)
    unknown = await ask(client, additions=[new])
    assert unknown["automations"][0]["after"]["flow"]["arrivals"] == 0
    assert unknown["basis"]["assumed"] == ["Second: no deliveries, because nothing is known of them"]


async def test_the_capacity_of_an_agent_is_shared_by_everything_that_calls_it(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    agent = await agent_of(sessions)
    await trigger(sessions, agent, per_hour=60, lasts=50)
    async with transaction(sessions) as session:
        steps = {"steps": [{"key": "a", "agent": "scout"}, {"key": "b", "agent": "scout", "needs": ["a"]}]}
        digest = await make_primitive(session, Kind.WORKFLOW, steps)
        pipeline = await make_automation(
            session, digest, Source.SCHEDULE, cron_expr="*/10 * * * *", timezone="UTC", overlap=Overlap.ALLOW_ALL
        )
        await schedule_on(session, await make_agent(session, "apart"))
    found = await ask(client, capacities=[{"agent": "scout", "capacity": 1}], hours=6)
    (scout,) = found["agents"]
    assert (scout["before"]["capacity"], scout["after"]["capacity"]) == (None, 1)
    assert scout["before"]["waits"]["waited"] == 0
    assert scout["after"]["waits"]["longestMs"] > 0
    assert scout["before"]["peak"] > scout["after"]["peak"] == 1
    names = {one["name"]: one["basis"]["durations"] for one in found["automations"]}
    assert names[pipeline.name] == "members", "it has never run: its agents' runs stand for it"
    assert len(names) == 2, "what calls other agents is left alone"


async def schedule_on(session: Any, agent: Primitive) -> Automation:
    return await make_automation(session, agent, Source.SCHEDULE, cron_expr="0 * * * *", timezone="UTC")


async def test_keys_are_those_of_the_latest_deliveries(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    agent = await agent_of(sessions)
    row = await trigger(sessions, agent, per_hour=60, lasts=40)
    async with transaction(sessions) as session:
        automation = await session.get_one(Automation, row.id)
        automation.primitive = agent
    for number in range(6):
        answer = await client.post(
            "/api/triggers/event", json={"eventName": "e", "payload": {"customer": f"c{number % 2}"}}
        )
        assert answer.status_code == 202, answer.text
    each = {"concurrency": {"key": "payload.customer", "perKey": 1}}
    found = await ask(client, changes=[{"automation": row.slug, "flowControl": each}], hours=6)
    basis = found["automations"][0]["basis"]
    assert (basis["keys"], basis["keyInputs"]) == ("measured", 6)
    total = await ask(client, changes=[{"automation": row.slug, "flowControl": {"concurrency": {"limit": 1}}}], hours=6)
    assert 0 < found["after"]["waits"]["p95Ms"] < total["after"]["waits"]["p95Ms"], "two customers, two places"
    given = await ask(client, changes=[{"automation": row.slug, "flowControl": each, "assume": {"keys": 50}}], hours=6)
    assert given["after"]["waits"]["p95Ms"] < found["after"]["waits"]["p95Ms"]
    assert given["basis"]["assumed"] == [f"{row.name}: 50 different keys, as given"]


async def test_what_waits_and_runs_now_is_where_the_simulation_starts(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    agent = await agent_of(sessions)
    row = await trigger(sessions, agent, per_hour=0, lasts=3600, flow_control={"concurrency": {"limit": 1}})
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        open_since = {"queued_at": now, "started_at": now, "admitted_at": now, "admission_key": ""}
        await queue_run(session, agent, row, status=RunStatus.RUNNING, **open_since)
        held = {"held_by": "concurrency", "ordered_at": now, "admission_key": "", "throttle_key": ""}
        for _ in range(3):
            await queue_run(session, agent, row, **held)
    wider = {"automation": row.slug, "flowControl": {"concurrency": {"limit": 9}}}
    found = await ask(client, changes=[wider], hours=6)
    (mine,) = found["automations"]
    assert mine["before"]["flow"]["waitingAtStart"] == mine["before"]["flow"]["started"] == 3
    hours = [round(mine[side]["waits"]["longestMs"] / 3_600_000, 1) for side in ("before", "after")]
    assert hours == [3.0, 0.0], "one after the other, each for an hour, or all at once"


async def test_budgets_end_on_another_day_when_fewer_runs_start(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    row = await trigger(sessions, await agent_of(sessions), per_hour=100, budget_usd_month=Decimal(500))
    limit = {"rateLimit": {"limit": 240, "periodSeconds": 86_400}}
    found = await ask(client, changes=[{"automation": row.slug, "flowControl": limit}], hours=48)
    (mine,) = found["automations"]
    before, after = mine["before"]["budget"], mine["after"]["budget"]
    assert (before["limitUsd"], before["spentUsd"]) == ("500", "0")
    ends = datetime.fromisoformat(before["endsAt"]) - datetime.now(UTC)
    # 10 dollars an hour; the month may turn before they are spent.
    assert timedelta(hours=48) < ends <= timedelta(hours=51 + 50)
    assert after["endsAt"] is None or after["endsAt"] > before["endsAt"]
    assert mine["after"]["flow"]["skipped"]["rate_limited"] > 0
    share = Decimal(mine["after"]["flow"]["started"] / mine["before"]["flow"]["started"])
    expected = Decimal(mine["before"]["monthUsd"]) * share
    assert Decimal(mine["after"]["monthUsd"]) == pytest.approx(expected, rel=Decimal("0.001"))


async def test_dependencies_that_fire_come_with_what_fires_them(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    parent = await schedule(sessions, await agent_of(sessions), "*/15 * * * *")
    child = await trigger(sessions, await agent_of(sessions, "second"), per_hour=0, lasts=5)
    async with transaction(sessions) as session:
        await make_dependency(session, child, parent, fire_when=FireWhen.COMPLETED)
    found = await ask(client, changes=[{"automation": parent.slug, "schedule": {"cronExpr": "*/5 * * * *"}}], hours=3)
    sides = {one["name"]: one for one in found["automations"]}
    assert sides[child.name]["edited"] is False
    fired = [sides[child.name][side]["flow"]["arrivals"] for side in ("before", "after")]
    assert fired == [sides[parent.name][side]["flow"]["started"] for side in ("before", "after")]
    assert fired[1] > 2 * fired[0] > 0


async def test_a_plan_of_spreading_can_be_asked_about(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    agent = await agent_of(sessions, capacity=1, durationMs=60_000)
    rows = [await schedule(sessions, agent, "0 * * * *", slack_minutes=20) for _ in range(6)]
    plan = (await client.post("/api/load/spread", json={})).json()
    assert plan["moves"]
    found = await ask(client, spreadPlan=plan["planId"], hours=24)
    assert found["before"]["waits"]["longestMs"] == 5 * 60_000
    assert found["after"]["waits"]["longestMs"] < 5 * 60_000
    assert found["basis"]["assumed"][0].endswith("1 min a run, as its simulated agent is set")
    twice = await ask(client, 422, spreadPlan=plan["planId"], changes=[{"automation": plan["moves"][0]["slug"]}])
    assert (twice["field"], "the plan moves" in twice["detail"]) == ("changes[0].automation", True)
    slug = plan["moves"][0]["slug"]
    assert (await client.patch(f"/api/automations/{slug}", json={"description": "New"})).is_success
    outdated = await ask(client, 409, spreadPlan=plan["planId"])
    assert slug in outdated["detail"]
    assert len(rows) == 6


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "changes"),
    ({"changes": [{"automation": "nobody"}]}, "changes[0].automation"),
    ({"changes": [{"automation": "{slug}"}, {"automation": "{id}"}]}, "changes[1].automation"),
    ({"changes": [{"automation": "{slug}", "schedule": {"cronExpr": "61 * * * *"}}]}, "changes[0].schedule.cronExpr"),
    ({"changes": [{"automation": "{slug}", "schedule": {"timezone": "Mars/Base"}}]}, "changes[0].schedule.timezone"),
    ({"changes": [{"automation": "{slug}", "schedule": {"cron": "0 0 * * *"}}]}, "changes[0].schedule.cron"),
    (
        {"changes": [{"automation": "{slug}", "flowControl": {"throttle": {"limit": 0, "periodSeconds": 1}}}]},
        "changes[0].flowControl.throttle.limit",
    ),
    (
        {"changes": [{"automation": "{slug}", "flowControl": {"debounce": {"periodSeconds": 1}}}]},
        "changes[0].flowControl.debounce",
    ),
    (
        {"changes": [{"automation": "{slug}", "flowControl": {"concurrency": {"key": "payload.(", "perKey": 1}}}]},
        "changes[0].flowControl.concurrency.key",
    ),
    ({"changes": [{"automation": "{slug}", "name": "Other"}]}, "changes[0].name"),
    ({"changes": [{"automation": "{slug}", "isActive": "no"}]}, "changes[0].isActive"),
    (
        {"changes": [{"automation": "{slug}", "primitive": {"kind": "agent", "slug": "nobody"}}]},
        "changes[0].primitive.slug",
    ),
    ({"changes": [{"automation": "{slug}", "assume": {"arrivalsPerHour": 1}}]}, "changes[0].assume.arrivalsPerHour"),
    ({"changes": [{"automation": "{slug}", "assume": {"durationSeconds": -1}}]}, "changes[0].assume.durationSeconds"),
    ({"additions": [{"primitive": {"kind": "agent", "slug": "scout"}, "source": "schedule"}]}, "additions[0].schedule"),
    (
        {"additions": [{"primitive": {"kind": "agent", "slug": "nobody"}, "source": "manual"}]},
        "additions[0].primitive.slug",
    ),
    ({"capacities": [{"agent": "nobody", "capacity": 1}]}, "capacities[0].agent"),
    ({"capacities": [{"agent": "scout", "capacity": 0}]}, "capacities[0].capacity"),
    ({"capacities": [{"agent": "scout", "capacity": 1}] * 2}, "capacities[1].agent"),
    ({"capacities": [{"agent": "scout", "capacity": 1}], "hours": 169}, "hours"),
    ({"capacities": [{"agent": "scout", "capacity": 1}], "tz": "Mars/Base"}, "tz"),
    ({"changes": [{"automation": "{slug}"}] * 1001}, "changes"),
]


async def test_an_edit_that_could_not_be_saved_is_refused_with_its_field(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    row = await schedule(sessions, await agent_of(sessions), "0 * * * *")
    for body, field in REFUSED:
        named = [
            {**one, "automation": one["automation"].format(slug=row.slug, id=row.id)} for one in body.get("changes", ())
        ]
        refused = await ask(client, 422, **{**body, **({"changes": named} if named else {})})
        fields = [refused.get("field"), *(one["field"] for one in refused.get("errors", ()))]
        assert field in fields, (body if len(named) < 5 else "many", refused)
    unknown = await ask(client, 404, spreadPlan=str(row.id))
    assert unknown["code"] == "not_found"


async def test_too_much_at_once_is_refused_and_less_is_cut_short(
    client: httpx2.AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await trigger(sessions, await agent_of(sessions), per_hour=0)
    limit = {"automation": row.slug, "flowControl": {"concurrency": {"limit": 1}}}
    flood = {**limit, "assume": {"arrivalsPerHour": 100_000, "durationSeconds": 1}}
    monkeypatch.setattr("models.rules.what_if.sides.MOST_ARRIVALS", 10)
    refused = await ask(client, 422, changes=[flood], hours=168)
    assert (refused["code"], "in the first hour" in refused["detail"]) == ("limit_exceeded", True)
    monkeypatch.setattr("models.rules.what_if.sides.MOST_ARRIVALS", 500)
    found = await ask(client, changes=[{**limit, "assume": {"arrivalsPerHour": 100}}], hours=12)
    begin, end = (datetime.fromisoformat(found["basis"][name]) for name in ("simulatedFrom", "simulatedTo"))
    assert timedelta(hours=2) < end - begin < timedelta(hours=6)
    assert "there are too many arrivals" in found["basis"]["notes"][0]
    assert [one["after"]["waiting"] is None for one in found["hours"]].count(True) >= 6


async def test_a_large_question_is_answered_by_processes_of_its_own(
    client: httpx2.AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await trigger(sessions, await agent_of(sessions), per_hour=60)
    edit = {"automation": row.slug, "flowControl": {"concurrency": {"limit": 1}}}
    small = await ask(client, changes=[edit], hours=12)
    monkeypatch.setattr("runtime.simulating.IN_A_THREAD", 10)
    assert (await ask(client, changes=[edit], hours=12))["after"] == small["after"]


async def test_young_triggers_are_taken_by_their_days_or_hours(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    agent, now = await agent_of(sessions), datetime.now(UTC)
    async with transaction(sessions) as session:
        days = await make_automation(session, agent, Source.EVENT, event_name="e")
        days.created_at = hour_of(now) - timedelta(days=3)
        for hours in range(72):
            at = hour_of(now) - (hours + 1) * HOUR
            session.add(AutomationHour(automation_id=days.id, hour=at, started=40, skipped=10))
        hours_old = await make_automation(session, agent, Source.EVENT, event_name="f")
        hours_old.created_at = now - timedelta(hours=4)
        session.add(AutomationHour(automation_id=hours_old.id, hour=hour_of(now), started=200))
    found = await ask(client, changes=[{"automation": days.slug}, {"automation": hours_old.slug}], hours=24)
    came = {one["name"]: one["before"]["flow"]["arrivals"] for one in found["automations"]}
    assert came[days.name] == pytest.approx(24 * 50, rel=0.2)
    assert came[hours_old.name] == pytest.approx(24 * 50, rel=0.2)


async def test_asking_needs_the_scope_operate(client: httpx2.AsyncClient) -> None:
    made = await client.post("/api/keys", json={"name": "reader", "scope": "read"})
    answer = await client.post(ASK, json={"capacities": []}, headers={"Authorization": f"Bearer {made.json()['key']}"})
    assert answer.status_code == 403


async def test_no_run_is_touched(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    row = await trigger(sessions, await agent_of(sessions))
    async with transaction(sessions) as session:
        before = (await session.execute(select(func.count(), func.max(Run.queued_at)))).one()
    await ask(client, changes=[{"automation": row.slug, "isActive": False}])
    async with transaction(sessions) as session:
        assert (await session.execute(select(func.count(), func.max(Run.queued_at)))).one() == before
