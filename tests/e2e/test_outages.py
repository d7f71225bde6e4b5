"""The stack as `make dev` starts it, with parts of it killed: nothing is lost, duplicated or left running."""

import asyncio
import gzip
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from runtime.processes.embedded.postgres import kept_postgres
from tests.support.eventually import assert_eventually
from tests.support.http_server import LocalServer, Reply, Request, serve
from tests.support.real_stack import RealStack, command_line
from tests.support.servers import libpq_url

pytestmark = pytest.mark.timeout(300)
FINISHED = {"completed", "failed", "cancelled", "skipped", "missed"}


@pytest.fixture(scope="module")
async def collector() -> AsyncIterator[LocalServer]:
    """Run a collector that stores the OTLP (protobuf) traces it receives."""

    async def accept(_: Request) -> Reply:
        return Reply(body=b"", headers={"content-type": "application/x-protobuf"})

    async with serve(accept) as server:
        yield server


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: LocalServer) -> Iterator[RealStack]:
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    stack = RealStack(tmp_path_factory.mktemp("stack") / "home", **traced)
    yield stack
    if stack.process.poll() is None:
        stack.stop()


@pytest.fixture
async def api(stack: RealStack) -> AsyncIterator[httpx2.AsyncClient]:
    async with stack.client() as client:
        yield client


@pytest.fixture
async def agent_server() -> AsyncIterator[LocalServer]:
    """Run an agent's endpoint that counts its calls; the path is its duration in milliseconds."""

    async def answer(request: Request) -> Reply:
        await asyncio.sleep(int(request.path.strip("/")) / 1000)
        return Reply(body={"output": {"said": "done"}, "costUsd": "0.05"})

    async with serve(answer) as server:
        yield server


async def make(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def http_agent(api: httpx2.AsyncClient, slug: str, url: str) -> None:
    runner = {"type": "http", "url": url}
    spec = {"runner": runner, "retry": {"maxAttempts": 5, "initialSeconds": 0.2}}
    await make(api, "/api/primitives", {"kind": "agent", "slug": slug, "name": slug, "spec": spec})


async def simulated_agent(api: httpx2.AsyncClient, slug: str, **runner: Any) -> None:
    spec = {"runner": {"type": "simulated", "durationMs": 10, "costUsd": "0.01", **runner}}
    await make(api, "/api/primitives", {"kind": "agent", "slug": slug, "name": slug, "spec": spec})


async def finished(api: httpx2.AsyncClient, run_id: str) -> dict[str, Any]:
    async def check() -> dict[str, Any]:
        run: dict[str, Any] = (await api.get(f"/api/runs/{run_id}")).json()
        assert run["status"] in FINISHED, run["status"]
        return run

    return await assert_eventually(check, timeout=90, interval=0.2)


@pytest.mark.long
async def test_one_trace_spans_the_request_and_the_agent_call(api: httpx2.AsyncClient, collector: LocalServer) -> None:
    await simulated_agent(api, "traced")
    await finished(api, (await api.post("/api/agents/traced/execute", json={})).json()["runs"][0]["runId"])

    async def told() -> None:
        found = traces(collector).values()
        whole = {"StartWorkflow:agent-run", "RunWorkflow:agent-run", "RunActivity:run-agent", "invoke_agent traced"}
        assert any(whole < names and any("execute" in name for name in names) for names in found), list(found)

    await assert_eventually(told, timeout=15, interval=0.2)


def traces(collector: LocalServer) -> dict[bytes, set[str]]:
    """Return the names of the spans received, by trace."""
    found: dict[bytes, set[str]] = {}
    for request in collector.requests:
        if not request.path.endswith("/v1/traces"):
            continue
        body = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    found.setdefault(span.trace_id, set()).add(span.name)
    return found


@pytest.mark.long
async def test_a_killed_worker_loses_nothing_and_calls_no_agent_twice(
    stack: RealStack, api: httpx2.AsyncClient, agent_server: LocalServer
) -> None:
    await http_agent(api, "first", f"{agent_server.url}/1")
    await http_agent(api, "second", f"{agent_server.url}/4000")
    steps = [{"key": "one", "agent": "first"}, {"key": "two", "agent": "second", "needs": ["one"]}]
    await make(
        api, "/api/primitives", {"kind": "workflow", "slug": "two-steps", "name": "Two", "spec": {"steps": steps}}
    )
    fired = (await api.post("/api/workflows/two-steps/execute", json={})).json()

    async def second_is_called() -> None:
        assert len([request for request in agent_server.requests if request.path == "/4000"]) == 1

    await assert_eventually(second_is_called, timeout=20)
    stack.kill("cli worker")
    run = await finished(api, fired["runs"][0]["runId"])
    assert run["status"] == "completed", run
    assert [child["status"] for child in run["children"]] == ["completed", "completed"]
    assert len([request for request in agent_server.requests if request.path == "/1"]) == 1
    assert run["costUsd"] == "0.1"
    assert "worker" in stack.log.read_text()


async def test_runs_accepted_while_temporal_is_down_start_once_it_is_back(
    stack: RealStack, api: httpx2.AsyncClient
) -> None:
    await simulated_agent(api, "patient")
    stack.kill("server start-dev")
    answer = await api.post("/api/agents/patient/execute", json={"idempotencyKey": "while-down"})
    assert answer.status_code == 202, answer.text
    run_id = answer.json()["runs"][0]["runId"]
    run = await finished(api, run_id)
    assert run["status"] == "completed"
    again = await api.post("/api/agents/patient/execute", json={"idempotencyKey": "while-down"})
    assert (again.json()["duplicate"], again.json()["runs"][0]["runId"]) == (True, run_id)


async def test_a_killed_postgres_causes_503_and_is_restarted(stack: RealStack, api: httpx2.AsyncClient) -> None:
    await simulated_agent(api, "survivor", durationMs=3000)
    fired = (await api.post("/api/agents/survivor/execute", json={})).json()
    await asyncio.sleep(0.5)
    stack.kill("postgres")
    answer = await api.get("/api/runs")
    if answer.status_code != 200:
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]

    async def back() -> None:
        assert (await api.get("/readyz")).status_code == 200

    await assert_eventually(back, timeout=60, interval=0.2)
    run = await finished(api, fired["runs"][0]["runId"])
    assert run["status"] == "completed", run


@pytest.mark.long
async def test_postgres_that_is_away_for_15_s_costs_no_call_and_no_answer(
    stack: RealStack, api: httpx2.AsyncClient, agent_server: LocalServer
) -> None:
    await http_agent(api, "eight-times", f"{agent_server.url}/5000")
    fired = [(await api.post("/api/agents/eight-times/execute", json={})).json()["runs"][0]["runId"] for _ in range(8)]

    async def all_are_called() -> None:
        assert len(agent_server.requests) == 8

    await assert_eventually(all_are_called, timeout=60)
    with stack.hanging("postgres"):
        await asyncio.sleep(15)
    runs = [await finished(api, run_id) for run_id in fired]
    assert [run["status"] for run in runs] == ["completed"] * 8, runs
    assert {run["costUsd"] for run in runs} == {"0.05"}
    assert {str(run["output"]) for run in runs} == {"{'said': 'done'}"}
    assert len(agent_server.requests) == 8


@pytest.mark.long
async def test_a_worker_that_is_killed_after_an_answer_was_recorded_completes_the_run_without_a_call(
    stack: RealStack, api: httpx2.AsyncClient, agent_server: LocalServer
) -> None:
    await http_agent(api, "answered-once", f"{agent_server.url}/2000")
    run_id = (await api.post("/api/agents/answered-once/execute", json={})).json()["runs"][0]["runId"]

    async def is_called() -> None:
        assert len(agent_server.requests) == 1

    await assert_eventually(is_called, timeout=60)
    server = kept_postgres(stack.home / "postgres")
    assert server
    with stack.hanging("server start-dev"), psycopg.connect(libpq_url(server.url("podium")), autocommit=True) as rows:

        async def is_recorded() -> None:
            found = rows.execute("SELECT answered_at FROM runs WHERE id = %s", [run_id]).fetchone()
            assert found
            assert found[0]

        await assert_eventually(is_recorded, timeout=60)
        stack.kill("cli worker")
        # An API that is killed now comes back although Temporal hangs, and the stack stays up.
        stack.kill("cli api")

        async def api_is_back() -> None:
            try:
                status = (await api.get(f"/api/runs/{run_id}")).status_code
            except httpx2.TransportError as error:
                raise AssertionError("it does not answer") from error
            assert status == 200

        await assert_eventually(api_is_back, timeout=90, interval=0.5)
    run = await finished(api, run_id)
    assert (run["status"], run["costUsd"], run["output"]) == ("completed", "0.05", {"said": "done"})
    assert len(agent_server.requests) == 1
    assert stack.process.poll() is None


@pytest.mark.long
async def test_a_schedule_fires_and_stops_with_its_row(stack: RealStack, api: httpx2.AsyncClient) -> None:
    await simulated_agent(api, "minutely")
    body = {
        "slug": "every-minute",
        "name": "Every minute",
        "primitive": {"kind": "agent", "slug": "minutely"},
        "source": "schedule",
        "schedule": {"cronExpr": "* * * * *", "timezone": "Europe/Paris"},
    }
    automation = await make(api, "/api/automations", body)

    async def ran() -> list[dict[str, Any]]:
        runs = (await api.get("/api/runs", params={"automation": automation["id"]})).json()["items"]
        assert runs
        assert runs[-1]["status"] == "completed"
        return list(runs)

    (run, *_) = await assert_eventually(ran, timeout=90, interval=0.5)
    assert run["dueAt"].endswith(":00Z")
    assert (await api.delete("/api/automations/every-minute")).status_code == 204

    async def gone() -> None:
        assert automation["id"] not in await temporal(stack, "schedule", "list")

    await assert_eventually(gone, timeout=20, interval=0.5)


async def test_signals_go_through_the_temporal_command(stack: RealStack, api: httpx2.AsyncClient) -> None:
    spec = {"steps": [{"key": "sign-off", "approval": {"message": "Ship it?"}}]}
    await make(api, "/api/primitives", {"kind": "workflow", "slug": "approval", "name": "Approval", "spec": spec})
    run_id = (await api.post("/api/workflows/approval/execute", json={})).json()["runs"][0]["runId"]

    async def waits() -> None:
        assert (await api.get(f"/api/runs/{run_id}")).json()["status"] == "waiting"

    await assert_eventually(waits, timeout=20)
    await temporal(stack, "workflow", "signal", "--workflow-id", f"run:{run_id}", "--name", "approve")
    assert (await finished(api, run_id))["status"] == "completed"


def run_command(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


async def temporal(stack: RealStack, *words: str) -> str:
    command = [str(Path(sys.executable).with_name("temporal")), *words, "--address", stack.temporal_address]
    done = await asyncio.to_thread(run_command, command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
async def test_sigterm_stops_everything_and_the_next_start_has_the_state(
    stack: RealStack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pids = stack.pids()
    assert await asyncio.to_thread(stack.stop) == 0

    async def all_gone() -> None:
        assert not [pid for pid in pids if command_line(pid)]

    await assert_eventually(all_gone)
    again = await asyncio.to_thread(RealStack, stack.home)
    try:
        async with again.client() as api:
            runs = (await api.get("/api/runs", params={"limit": 100})).json()["items"]
            assert len(runs) >= 5
            assert {run["status"] for run in runs} <= FINISHED
    finally:
        await asyncio.to_thread(again.stop)
