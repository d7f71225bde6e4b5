"""The tree of a run as a timeline, a part at a time, and the values of runs whatever their size."""

import json
from typing import Any

import httpx2

from models.contracts.runs.facts import PlannedStep
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.tables.runs import Run, RunAttempt, RunStep
from runtime.database import Sessions, transaction
from tests.api.lists.recorded_runs import at, child_run, many_items, run_of, scout, step

DONE, FAILED, RUNNING = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.RUNNING


async def tree(client: httpx2.AsyncClient, run: Run, query: str = "") -> Any:
    answer = await client.get(f"/api/runs/{run.id}/tree?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def spans(node: Any) -> list[tuple[str | None, str, str | None]]:
    return [(one["waitedFor"], one["startedAt"][-9:-1], (one["endedAt"] or "-")[-9:-1]) for one in node["spans"]]


async def test_waits_are_apart_from_work_and_a_retried_step_has_its_attempts(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.WORKFLOW, agent, queued_at=at(-5), admitted_at=at(-1))
        await child_run(session, run, agent, "read", RunStatus.FAILED, span=(1, 4))
        await step(session, run, "read", "agent", DONE, agent=agent, span=(5, 20))
        await step(session, run, "legal", "approval", DONE, position=1, span=(20, 50))
        await step(session, run, "tell", "http", DONE, position=2, span=(50, 60))
        await child_run(session, run, agent, None, RunStatus.COMPLETED, span=(30, 31))
    found = await tree(client, run)
    assert spans(found["run"]) == [
        ("start", "09:59:55", "10:00:00"),
        (None, "10:00:00", "10:00:20"),
        ("decision", "10:00:20", "10:00:50"),
        (None, "10:00:50", "10:01:00"),
    ]
    read, legal, tell, other = found["nodes"]
    assert spans(read) == [
        (None, "10:00:05", "10:00:05"),
        ("retry", "10:00:05", "10:00:06"),
        (None, "10:00:06", "10:00:20"),
    ]
    assert [(one["number"], one["error"] and one["error"]["message"]) for one in read["attempts"]] == [
        (1, "HTTP 503"),
        (2, None),
    ]
    assert (read["cost"]["knownUsd"], read["agent"], read["runKind"]) == ("0.02", "Scout", "agent")
    assert spans(legal) == [("decision", "10:00:20", "10:00:50")]
    assert spans(tell) == [(None, "10:00:50", "10:01:00")]
    assert (other["what"], other["name"], other["runId"]) == ("run", "Scout", other["path"])
    assert (found["total"], found["byStatus"]) == (4, {"completed": 4})


async def test_the_run_of_an_agent_waits_between_its_attempts(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        called: dict[str, Any] = {"called_at": at(1), "answered_at": at(59), "call_failures": 1}
        run = await run_of(session, Kind.AGENT, await scout(session), queued_at=at(1), **called)
        failed = {"started_at": at(1), "ended_at": at(4), "error_type": "agent", "error_message": "HTTP 503"}
        session.add(RunAttempt(run_id=run.id, number=1, **failed))
        session.add(RunAttempt(run_id=run.id, number=2, started_at=at(9), ended_at=at(59)))
    read = (await tree(client, run))["run"]
    assert spans(read) == [
        (None, "10:00:01", "10:00:04"),
        ("retry", "10:00:04", "10:00:09"),
        (None, "10:00:09", "10:01:00"),
    ]
    assert [(one["number"], one["endedAt"][-9:-1]) for one in read["attempts"]] == [(1, "10:00:04"), (2, "10:00:59")]


async def test_five_thousand_items_are_read_a_part_at_a_time_in_their_order(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.WORKFLOW, agent, seconds=None, status=RunStatus.RUNNING)
        await many_items(session, run, agent, 5000)
    (each,) = (await tree(client, run))["nodes"]
    assert (each["below"], each["cost"]["knownUsd"], each["cost"]["calls"]) == (
        {"completed": 4950, "failed": 50},
        "50",
        5000,
    )
    page = await tree(client, run, "under=each&offset=995&limit=10")
    assert [one["path"] for one in page["nodes"]] == [f"each.{number}" for number in range(995, 1005)]
    assert (page["total"], page["byStatus"], page["offset"]) == (5000, {"completed": 4950, "failed": 50}, 995)
    failed = await tree(client, run, "under=each&status=failed&offset=48")
    assert ([one["path"] for one in failed["nodes"]], failed["total"]) == (["each.4800", "each.4900"], 50)
    assert (await tree(client, run, "under=each&offset=5000"))["nodes"] == []


async def test_missions_are_above_their_tasks_which_wait_for_a_slot(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.CAMPAIGN, agent)
        await step(session, run, "m0", "mission", DONE, key="Find")
        await step(session, run, "m0.t0", "task", DONE, agent=agent, detail="scout", span=(0, 5))
        await step(session, run, "m0.t1", "task", FAILED, agent=agent, detail="scout", position=1, span=(5, 9))
    (mission,) = (await tree(client, run))["nodes"]
    assert (mission["name"], mission["below"], mission["cost"]["knownUsd"]) == (
        "Find",
        {"completed": 1, "failed": 1},
        "0.02",
    )
    second = (await tree(client, run, "under=m0"))["nodes"][1]
    assert spans(second)[0] == ("slot", "10:00:00", "10:00:05")


async def test_what_the_tree_does_not_have_is_refused(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        run = await run_of(session, Kind.WORKFLOW, await scout(session))
    for query, status, field in (
        ("under=nope", 404, "under"),
        ("status=odd", 422, "status[0]"),
        ("limit=501", 422, "limit"),
    ):
        answer = await client.get(f"/api/runs/{run.id}/tree?{query}")
        assert (answer.status_code, answer.json()["field"]) == (status, field), query


async def test_a_large_value_is_shown_by_its_beginning_and_downloaded_whole(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    hostile = {"text": "</script><script>alert(1)</script>", "n": 1}
    large = {"items": ["x" * 1000] * 5000}
    async with transaction(sessions) as session:
        run = await run_of(session, Kind.AGENT, await scout(session), input=hostile, output=large)
    found = (await client.get(f"/api/runs/{run.id}/values")).json()
    assert (found["input"]["value"], found["input"]["beginning"]) == (hostile, None)
    assert found["output"]["value"] is None
    assert found["output"]["bytes"] > 5_000_000
    assert len(found["output"]["beginning"]) == 16 * 1024
    whole = await client.get(f"/api/runs/{run.id}/output")
    assert whole.json() == large
    assert whole.headers["content-disposition"] == f'attachment; filename="run-{run.id}-output.json"'
    assert whole.headers["content-type"] == "application/json"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "output" not in (await client.get(f"/api/runs/{run.id}/overview")).json()


async def test_a_steps_own_output_is_downloaded_by_its_path(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        run = await run_of(session, Kind.WORKFLOW, await scout(session))
        await step(session, run, "tell", "http", DONE, output={"ok": True}, facts=PlannedStep().wire())
        session.add(RunStep(run_id=run.id, path="none", key="none", kind="http", position=1, status=DONE))
    assert json.loads((await client.get(f"/api/runs/{run.id}/steps/tell/output")).text) == {"ok": True}
    assert (await client.get(f"/api/runs/{run.id}/steps/none/output")).status_code == 404
