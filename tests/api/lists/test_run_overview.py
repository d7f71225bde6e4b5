"""What the page of a run shows, for every kind, from rows as the workflows leave them behind."""

import uuid
from dataclasses import replace
from typing import Any

import httpx2
from fastapi import FastAPI

from models.contracts.runs.facts import CampaignFacts, NetworkFacts, PlannedStep, PulseFacts, Routing
from models.contracts.workflows.pulses import CapacityChange, MemberRecord, Ranking, Standing
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus, StepStatus
from models.store.governance import audit
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.api.lists.recorded_runs import START, at, child_run, run_of, scout, step

DONE, FAILED, RUNNING = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.RUNNING
WAITING, PENDING, SKIPPED = StepStatus.WAITING, StepStatus.PENDING, StepStatus.SKIPPED
NOT_STARTED = {RunStatus.QUEUED, RunStatus.SKIPPED, RunStatus.MISSED}


async def overview(client: httpx2.AsyncClient, run: Run | uuid.UUID) -> Any:
    answer = await client.get(f"/api/runs/{run.id if isinstance(run, Run) else run}/overview")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_agents_run(app: FastAPI, client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        usage = {"input": 12, "output": 5, "cacheRead": 8, "cacheWrite": 0, "reasoning": 2}
        called: dict[str, Any] = {"queued_at": at(-4), "called_at": START, "answered_at": at(60), "model": "gpt-5-mini"}
        called["trace_id"] = uuid.UUID("ab" * 16)
        run = await run_of(session, Kind.AGENT, agent, tokens=usage, call_failures=2, unknown_costs=1, **called)
    found = await overview(client, run)
    assert found["sentence"] == "Completed in 1 m 0 s: its 3rd attempt succeeded."
    assert (found["waitedMs"], found["workedMs"]) == (4000, 60_000)
    assert (found["tokens"], found["model"]) == (usage, "gpt-5-mini")
    assert (found["costUsd"], found["cost"]) == (None, {"knownUsd": None, "unknown": 1, "calls": 0})
    assert found["details"] == {
        "kind": "agent",
        "runner": "simulated",
        "calledAt": "2026-03-02T10:00:00Z",
        "callbackUntil": None,
        "failedAttempts": 2,
        "attempts": None,
    }
    assert found["signals"] == []
    assert "input" not in found
    assert "output" not in found
    assert found["traceUrl"] is None
    podium = app.state.podium
    by_trace = {"trace_url": "https://traces.example.com/trace/{trace_id}"}
    app.state.podium = replace(podium, settings=podium.settings.model_copy(update=by_trace))
    assert (await overview(client, run))["traceUrl"] == f"https://traces.example.com/trace/{'ab' * 16}"
    traced = {"trace_url": "https://traces.example.com/{run_id}?from={from_ms}&to={to_ms}"}
    app.state.podium = replace(podium, settings=podium.settings.model_copy(update=traced))
    start = int(START.timestamp() * 1000)
    times = f"from={start - 60_000}&to={start + 120_000}"
    assert (await overview(client, run))["traceUrl"] == f"https://traces.example.com/{run.id}?{times}"


async def test_a_workflows_run_with_conditions_items_retries_and_gates(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    def planned(*needs: str, **given: Any) -> dict[str, Any]:
        return {"facts": PlannedStep(needs=needs, **given).wire()}

    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.WORKFLOW, agent, seconds=None, status=RunStatus.WAITING)
        await child_run(session, run, agent, "read", RunStatus.FAILED, span=(0, 3))
        await step(session, run, "read", "agent", DONE, agent=agent, span=(4, 10), **planned(does="scout"))
        when = planned("read", when="steps.read.output.n > 9")
        await step(session, run, "never", "http", SKIPPED, position=1, detail="`...` does not hold", **when)
        await step(session, run, "each", "map", RUNNING, position=2, **planned("read", does="scout", items=40))
        for number, status in enumerate((DONE, FAILED, RUNNING)):
            await step(session, run, f"each.{number}", "item", status, position=2, agent=agent)
        decided = {"approved": True, "by": "Ada", "byIsClaimed": False, "comment": "fine"}
        await step(
            session, run, "legal", "approval", DONE, position=3, output=decided, detail="Is it legal?", **planned()
        )
        await step(session, run, "budget", "approval", WAITING, position=4, detail="Too much?", **planned(seconds=3600))
        await step(session, run, "nap", "wait", WAITING, position=5, **planned(seconds=90))
        await step(session, run, "tell", "http", PENDING, position=6, **planned("each", does="POST https://x.example"))
    found = await overview(client, run)
    steps = {one["path"]: one for one in found["details"]["steps"]}
    assert list(steps) == ["read", "never", "each", "legal", "budget", "nap", "tell"]
    assert (steps["read"]["tries"], steps["read"]["agent"], steps["read"]["cost"]["knownUsd"]) == (2, "scout", "0.02")
    assert (steps["never"]["when"], steps["never"]["condition"]) == ("steps.read.output.n > 9", False)
    assert (steps["tell"]["needs"], steps["tell"]["does"]) == (["each"], "POST https://x.example")
    assert steps["each"]["items"] == {"total": 40, "byStatus": {"completed": 1, "failed": 1, "running": 1}}
    assert (steps["each"]["tries"], steps["each"]["cost"]["calls"]) == (3, 3)
    assert steps["legal"]["gate"] == {"question": "Is it legal?", "expiresAt": None, "decision": decided}
    assert steps["budget"]["gate"]["expiresAt"] == "2026-03-02T11:00:00Z"
    assert steps["nap"]["until"] == "2026-03-02T10:01:30Z"
    assert found["signals"] == ["approve", "pause", "reject"]
    assert "for a decision about budget" in found["sentence"]
    assert found["childRuns"] == 5


async def test_a_networks_route_with_its_reasons_and_loops(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        why = Routing(router="agent", because="done", reason="all is said")
        run = await run_of(session, Kind.NETWORK, agent, facts=NetworkFacts(max_hops=5, ended=why).wire())
        for number in (1, 2):
            router = await step(
                session, run, f"route-{number}", "router", DONE, key="chooser", agent=agent, position=2 * number
            )
            assert router
            chosen = Routing(router="agent", because="chosen", reason=f"reason {number}", run_id=router.id).wire()
            fields: dict[str, Any] = {"key": "scout", "facts": chosen, "position": 2 * number + 1}
            await step(session, run, f"hop-{number}", "hop", DONE, agent=agent, **fields)
        await step(session, run, "route-3", "router", DONE, key="chooser", agent=agent, position=9)
    found = await overview(client, run)
    hops = found["details"]["hops"]
    assert [(one["number"], one["visit"], one["because"]) for one in hops] == [
        (1, 1, "the router chose it: reason 1"),
        (2, 2, "the router chose it: reason 2"),
    ]
    assert [one["router"]["path"] for one in hops] == ["route-1", "route-2"]
    assert found["details"]["router"]["path"] == "route-3"
    assert found["details"]["endedBecause"] == "the router said that it is done: all is said"
    assert found["sentence"] == "Completed in 1 m 0 s: 2 hops, the router said that it is done: all is said."


async def test_a_campaigns_missions_costs_and_after_action_report(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        facts = CampaignFacts(objective="win", min_success_rate=80).wire()
        failed: dict[str, Any] = {"error_type": "campaign_failed", "error_message": "2 of 4 tasks completed"}
        run = await run_of(session, Kind.CAMPAIGN, agent, status=RunStatus.FAILED, facts=facts, **failed)
        lost = {"error": {"type": "agent_refused", "message": "lost"}}
        for mission, tasks in enumerate(((DONE, FAILED, SKIPPED), (DONE, FAILED))):
            await step(session, run, f"m{mission}", "mission", FAILED, key=f"M{mission}", position=mission)
            for number, status in enumerate(tasks):
                carried: dict[str, Any] = {"agent": agent} if status is not SKIPPED else {}
                given: dict[str, Any] = {
                    "key": f"T{number}",
                    "position": number,
                    "detail": "scout",
                    **(lost if status is FAILED else {}),
                }
                span = (0, 5 + mission)
                await step(session, run, f"m{mission}.t{number}", "task", status, span=span, **carried, **given)
    details = (await overview(client, run))["details"]
    assert (details["objective"], details["requiredRate"], details["planner"]) == ("win", 80, None)
    assert [(one["name"], one["cost"]["knownUsd"], one["byStatus"]) for one in details["missions"]] == [
        ("M0", "0.02", {"completed": 1, "failed": 1, "skipped": 1}),
        ("M1", "0.02", {"completed": 1, "failed": 1}),
    ]
    assert [one["path"] for one in details["missions"][0]["tasks"]] == ["m0.t0", "m0.t1", "m0.t2"]
    assert details["missions"][0]["tasks"][2]["agent"] == "scout"
    assert details["report"] == {
        "tasks": 4,
        "byStatus": {"completed": 2, "failed": 2, "skipped": 1},
        "successRate": 50,
        "isMet": False,
        "failures": [{"error": {"type": "agent_refused", "message": "lost"}, "tasks": 2, "first": "m0.t1"}],
        "slowest": "m1.t1",
        "costliest": "m1",
    }


async def test_a_pulses_rankings_before_and_after_and_its_changes(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    facts = PulseFacts(
        goal="grow",
        since=at(-60),
        until=START,
        open_runs=1,
        members=(
            MemberRecord(agent="late", weight=1, capacity=2, completed=1, failed=3),
            MemberRecord(agent="scout", weight=2, capacity=2, completed=4, failed=0, mean_duration_ms=12.5),
        ),
        before=(Standing(agent="late", place=1, score=100),),
        rankings=(
            Ranking(place=1, agent="scout", score=200, success_rate=100, finished=4, action="promote"),
            Ranking(place=2, agent="late", score=25, success_rate=25, finished=4, action="demote"),
        ),
        changes=(CapacityChange(agent="scout", before=2, after=3, reason="100% of 4 runs completed"),),
    )
    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.PULSE, agent, facts=facts.wire())
        await step(session, run, "collect", "collect", DONE, detail="8 finished runs of 2 members", span=(0, 60))
    found = await overview(client, run)
    report = found["details"]["report"]
    assert (report["finished"], report["successRate"], report["openRuns"]) == (8, 62.5, 1)
    assert report["hasRankingBefore"] is True
    told = [(one["agent"], one["place"], one["placeBefore"], one["action"]) for one in report["members"]]
    assert told == [("scout", 1, None, "promote"), ("late", 2, 1, "demote")]
    first = report["members"][0]
    assert (first["capacity"], first["capacityAfter"], first["reason"]) == (2, 3, "100% of 4 runs completed")
    assert found["sentence"] == "Completed in 1 m 0 s: 2 members ranked by 8 runs, 1 capacity changed."
    assert (found["waitedMs"], found["workedMs"]) == (60_000, 0)


async def test_runs_of_an_older_version_say_what_is_not_recorded(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    only_step = {
        Kind.WORKFLOW: ("a", "agent"),
        Kind.NETWORK: ("hop-1", "hop"),
        Kind.CAMPAIGN: ("m0", "mission"),
        Kind.PULSE: ("collect", "collect"),
    }
    async with transaction(sessions) as session:
        agent = await scout(session)
        runs = {kind: await run_of(session, kind, agent) for kind in Kind}
        for kind, (path, what) in only_step.items():
            child = await step(session, runs[kind], path, what, DONE, agent=agent)
            assert child
            child.step_path = None
    details = {kind: (await overview(client, run))["details"] for kind, run in runs.items()}
    assert details[Kind.AGENT]["attempts"] == []
    assert details[Kind.WORKFLOW]["steps"][0]["needs"] is None
    assert details[Kind.NETWORK]["hops"][0]["why"] is None
    assert (details[Kind.NETWORK]["maxHops"], details[Kind.NETWORK]["ended"]) == (None, None)
    assert (details[Kind.CAMPAIGN]["objective"], details[Kind.CAMPAIGN]["requiredRate"]) == (None, None)
    assert details[Kind.PULSE]["report"] is None
    for known in (details[Kind.WORKFLOW]["steps"][0], details[Kind.NETWORK]["hops"][0]):
        assert (known["agent"], known["tries"]) == ("scout", 1), "the child run is found by its step"


async def test_every_kind_has_an_overview_in_every_state(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    made: list[tuple[Kind, RunStatus, uuid.UUID]] = []
    async with transaction(sessions) as session:
        agent = await scout(session)
        for kind in Kind:
            for status in RunStatus:
                seconds = None if status in OPEN_STATUSES else 60
                started = None if status in NOT_STARTED else START
                made.append(
                    (
                        kind,
                        status,
                        (await run_of(session, kind, agent, seconds=seconds, status=status, started_at=started)).id,
                    )
                )
    for kind, status, run_id in made:
        found = await overview(client, run_id)
        assert (found["details"]["kind"], found["status"]) == (kind, status)
        assert found["sentence"].endswith(".")
        if status is RunStatus.COMPLETED:
            whole = (await client.get(f"/api/runs/{run_id}")).json()
            assert [whole[name] for name in ("details", "sentence", "waitedMs")] == [
                found[name] for name in ("details", "sentence", "waitedMs")
            ]


async def test_a_cancelled_run_says_who_cancelled_it_and_a_late_child_what_it_cost(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await scout(session)
        run = await run_of(session, Kind.WORKFLOW, agent, status=RunStatus.CANCELLED, reason="enough")
        await child_run(session, run, agent, "a", RunStatus.COMPLETED, span=(0, 61))
        await audit.record(session, actor="Ada", action="run.cancel", subject_type="run", subject_id=run.id)
    found = await overview(client, run)
    assert found["sentence"] == "Cancelled by Ada after 1 m 0 s: enough."
    assert found["lateCostUsd"] == "0.01"


async def test_an_unknown_run_is_not_found(client: httpx2.AsyncClient) -> None:
    for path in ("overview", "tree", "values", "input", "output", "steps/a/output"):
        answer = await client.get(f"/api/runs/{uuid.uuid4()}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


async def test_it_says_how_many_others_failed_the_same_way(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    failed: dict[str, Any] = {"status": RunStatus.FAILED, "error_type": "http_error", "error_message": "HTTP 503"}
    async with transaction(sessions) as session:
        agent = await scout(session)
        run, *_ = [await run_of(session, Kind.AGENT, agent, **failed, error_key=7) for _ in range(3)]
        await run_of(session, Kind.AGENT, agent, **failed, error_key=8)
        above = await run_of(session, Kind.WORKFLOW, agent, **failed, error_key=7, caused_by=run.id)
        older = await run_of(session, Kind.AGENT, agent, **failed)
    told = "Failed after 1 m 0 s: HTTP 503; 2 others failed the same way."
    assert (await overview(client, run))["sentence"] == told
    assert (await overview(client, above))["sentence"] == told
    assert "others" not in (await overview(client, older))["sentence"]
