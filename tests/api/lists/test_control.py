"""`GET /api/live/control`: the verdict rests on what the database, the board and Temporal say now."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
from sqlalchemy import update

from models.kinds import Kind
from models.names import QUEUES
from models.states import RunStatus, StepStatus
from models.store.runs.closing import finish
from models.store.stats.counting import hour_of
from models.store.stats.folding import fold_opened, make_stats
from models.store.sweep.passes import note_pass
from models.store.tables.automations import Automation
from models.store.tables.runs import RunStep
from runtime.database import Sessions, transaction
from tests.api.bodies import Body
from tests.factories import make_agent, make_automation, make_primitive, queue_run
from tests.support.eventually import assert_eventually

NOW = {"Cache-Control": "no-cache"}


async def asked(client: httpx2.AsyncClient, tz: str = "UTC") -> Body:
    answer = await client.get("/api/live/control", params={"tz": tz}, headers=NOW)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def told(found: Body) -> dict[str, str]:
    """Return the reasons beside that tests of the API have no worker."""
    return {one["code"]: one["text"] for one in found["reasons"] if one["code"] not in ("no_worker", "temporal_away")}


async def swept(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await note_pass(session, "runs")


async def automation_with(sessions: Sessions, name: str, *outcomes: RunStatus, cost: str = "0.10") -> Automation:
    """Make an automation of an agent whose runs have ended so within the last hour."""
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        row = await make_automation(session, agent)
        row.name, row.slug = name, name.lower()
        await make_stats(session, row.id)
        for place, outcome in enumerate(outcomes):
            at = now - timedelta(minutes=30) + timedelta(seconds=place)
            run = await queue_run(session, agent, row, queued_at=at, source="event")
            run.status, run.started_at, run.cost_usd = RunStatus.RUNNING, at + timedelta(seconds=1), Decimal(cost)
            await session.flush()
            await fold_opened(session, run)
            await finish(session, run, outcome, at=at + timedelta(seconds=2))
    return row


async def test_without_workers_nothing_is_healthy(client: httpx2.AsyncClient) -> None:
    async def temporal_answers() -> Body:
        found = await asked(client)
        assert found["engine"]["temporal"] == "ok"
        return found

    found = await assert_eventually(temporal_answers, timeout=60)
    queues = found["engine"]["queues"]
    assert {one["name"] for one in queues} == set(QUEUES.values())
    sweep = "The sweep has never passed: missed due times and lost runs are not known."
    # Temporal remembers the pollers of workers that earlier tests have stopped.
    unserved = [one["name"] for one in queues if not one["pollers"]]
    if len(unserved) == len(queues):
        assert (found["verdict"], found["sentence"]) == (
            "unhealthy",
            f"Nothing runs: no worker polls any task queue. {sweep}",
        )
    elif unserved:
        assert found["verdict"] == "unhealthy"
        assert found["sentence"].endswith(f": what belongs there waits. {sweep}")
    else:
        assert (found["verdict"], found["sentence"]) == ("unknown", sweep)
    assert (found["kinds"][0]["verdict"], found["needsYou"], found["loadAhead"]) == ("idle", [], None)


async def test_kinds_have_the_runs_of_the_last_day(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await swept(sessions)
    await automation_with(sessions, "Desk", *[RunStatus.COMPLETED] * 3)
    found = await asked(client)
    assert told(found) == {}
    (agents,) = [one for one in found["kinds"] if one["kind"] == "agent"]
    assert (agents["verdict"], agents["completed"], agents["successRate"]) == ("healthy", 3, 100)
    # The bound of the bucket that one second is in.
    assert agents["waitP95Ms"] == 1024
    assert found["since"] == hour_of(datetime.now(UTC) - timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    assert len(found["hoursAhead"]) == 24
    assert (found["automations"], found["costUsd"], found["unknownCosts"]) == (1, "0.3", 0)


async def test_what_fails_and_what_waits_for_a_decision_needs_somebody(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await swept(sessions)
    await automation_with(sessions, "Desk", RunStatus.COMPLETED, *[RunStatus.FAILED] * 4)
    async with transaction(sessions) as session:
        board = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "legal", "approval": {}}]})
        board.name = "Editorial board"
        run = await queue_run(session, board, status=RunStatus.WAITING, started_at=datetime.now(UTC))
        for path, state in (("legal", StepStatus.WAITING), ("earlier", StepStatus.COMPLETED)):
            step = RunStep(run_id=run.id, path=path, key=path, kind="approval", position=1, status=state)
            step.started_at = datetime.now(UTC)
            session.add(step)
    found = await asked(client)
    assert told(found) == {"failing": "1 of 1 automation fails; worst: Desk, 20% of its last 5 completed"}
    assert found["reasons"][-1]["link"] == "/?severity=failing"
    assert [(one["code"], one["text"], one["link"]) for one in found["needsYou"]] == [
        ("approval", "Editorial board waits for a decision at legal", f"/runs/{run.id}"),
        ("failing", "Desk fails: 20% of its last 5 runs completed", "/?open=desk"),
    ]
    assert found["engine"]["waitingRuns"] == 1
    # What is paused fails no more, and is no reason for anything.
    async with transaction(sessions) as session:
        await session.execute(update(Automation).values(is_active=False))
        await session.execute(update(RunStep).values(status=StepStatus.COMPLETED))
    found = await asked(client)
    assert (told(found), found["paused"], found["needsYou"]) == ({}, 1, [])


async def test_a_spent_budget_is_told_in_the_zone_that_is_asked_for(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await swept(sessions)
    await automation_with(sessions, "Desk", RunStatus.COMPLETED, cost="5")
    limit = {"scope": "all", "limitUsdMonth": "4", "timezone": "UTC"}
    assert (await client.post("/api/budgets", json=limit)).status_code == 201
    found = await asked(client)
    assert told(found)["budget_spent"].startswith("The budget of all runs is spent until 1 ")
    assert [(one["name"], one["spent"], one["percent"]) for one in found["budgets"]] == [
        ("the budget of all runs", True, 125)
    ]
    assert [one["code"] for one in found["needsYou"]] == ["budget_spent"]
    assert told(found) != told(await asked(client, "America/New_York"))
    refused = await client.get("/api/live/control", params={"tz": "Mars/Base"})
    assert refused.status_code == 422


async def test_a_spent_budget_that_only_warns_stops_nothing(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await swept(sessions)
    await automation_with(sessions, "Desk", RunStatus.COMPLETED, cost="5")
    limit = {"scope": "all", "limitUsdMonth": "4", "timezone": "UTC", "action": "warn"}
    assert (await client.post("/api/budgets", json=limit)).status_code == 201
    found = await asked(client)
    assert (told(found), found["needsYou"]) == ({}, [])
    assert [(one["spent"], one["stops"], one["percent"]) for one in found["budgets"]] == [(True, False, 125)]


async def test_decisions_beyond_those_listed_are_counted(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await swept(sessions)
    async with transaction(sessions) as session:
        board = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "legal", "approval": {}}]})
        for _ in range(14):
            run = await queue_run(session, board, status=RunStatus.WAITING, started_at=datetime.now(UTC))
            step = RunStep(run_id=run.id, path="legal", key="legal", kind="approval", position=1)
            step.status, step.started_at = StepStatus.WAITING, datetime.now(UTC)
            session.add(step)
    found = await asked(client)
    assert (len(found["needsYou"]), found["needsYouLeftOut"]) == (10, 4)


async def test_what_has_not_changed_is_not_sent_again(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await swept(sessions)
    await automation_with(sessions, "Desk", RunStatus.COMPLETED)
    first = await client.get("/api/live/control")
    same = await client.get("/api/live/control", headers=NOW | {"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await automation_with(sessions, "Other", RunStatus.COMPLETED)
    other = await client.get("/api/live/control", headers=NOW | {"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
