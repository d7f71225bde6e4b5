"""The steps of docs/runbook-restore.md, with a real dump: what comes back, what is repaired, and what is lost."""

import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from models.names import run_temporal_workflow_id
from runtime.processes.embedded.postgres import binaries, kept_postgres
from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.support.servers import libpq_url, running_postgres

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
EVENT = {"eventName": "order.created", "payload": {"n": 1}, "idempotencyKey": "order-1"}


async def made(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def first_run(api: httpx2.AsyncClient, fired: dict[str, Any], status: str) -> str:
    run_id: str = fired["runs"][0]["runId"]

    async def reached() -> None:
        assert (await api.get(f"/api/runs/{run_id}")).json()["status"] == status

    await assert_eventually(reached, timeout=30)
    return run_id


async def completed_due_times(api: httpx2.AsyncClient) -> set[str]:
    query = {"automation": "every-minute", "status": "completed"}
    found = (await api.get("/api/runs", params=query)).json()["items"]
    return {run["dueAt"] for run in found}


def tool(name: str, *arguments: str) -> None:
    done = subprocess.run(
        (str(binaries() / name), *arguments), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


async def test_a_backup_is_restored_as_the_runbook_says(tmp_path: Path) -> None:
    home, dump = tmp_path / "home", str(tmp_path / "backup.dump")
    before = RealStack(home)
    try:
        async with before.client() as api:
            agent = {"runner": {"type": "simulated", "durationMs": 10, "output": "done", "costUsd": "0.01"}}
            await made(api, "/api/primitives", {"kind": "agent", "slug": "a", "name": "A", "spec": agent})
            gate = {"steps": [{"key": "ask", "approval": {}}]}
            await made(api, "/api/primitives", {"kind": "workflow", "slug": "gate", "name": "Gate", "spec": gate})
            on = {"primitive": {"kind": "agent", "slug": "a"}}
            schedule = {"source": "schedule", "schedule": {"cronExpr": "* * * * *", "timezone": "UTC"}}
            event = {"source": "event", "event": {"name": "order.created"}}
            await made(api, "/api/automations", {"slug": "every-minute", "name": "Every minute", **on, **schedule})
            await made(api, "/api/automations", {"slug": "orders", "name": "Orders", **on, **event})
            key = await made(api, "/api/keys", {"name": "sender", "scope": "operate"})
            kept = await first_run(api, await made(api, "/api/agents/a/execute", {}), "completed")
            server = kept_postgres(home / "postgres")
            assert server is not None
            tool("pg_dump", "--format=custom", "--file", dump, libpq_url(server.url("podium")))

            (await api.delete(f"/api/keys/{key['id']}")).raise_for_status()
            lost = await first_run(api, await made(api, "/api/triggers/event", EVENT), "completed")
            open_then = await first_run(api, await made(api, "/api/workflows/gate/execute", {}), "waiting")

            async def fired_since() -> set[str]:
                found = await completed_due_times(api)
                assert found
                return found

            due = await assert_eventually(fired_since, timeout=90)
    finally:
        before.stop()

    with running_postgres(home / "postgres", durable=True) as restored:
        with psycopg.connect(libpq_url(restored.url()), autocommit=True) as connection:
            connection.execute("DROP DATABASE podium")
            connection.execute("CREATE DATABASE podium")
        tool("pg_restore", "--no-owner", "--exit-on-error", "--dbname", libpq_url(restored.url("podium")), dump)

    after = RealStack(home)
    try:
        temporal = await Client.connect(after.temporal_address)
        async with after.client() as api:
            assert (await api.get(f"/api/runs/{kept}")).json()["status"] == "completed"

            async def repaired() -> None:
                found = await completed_due_times(api)
                assert found >= due, "due times since the backup come back from Temporal"
                handle = temporal.get_workflow_handle(run_temporal_workflow_id(UUID(open_then)))
                assert (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING
                states = (await api.get("/api/live/automations")).json()["automations"]
                assert not [one for one in states if one["state"] in {"drifted", "overdue"}]

            # A due time is accounted for once its catch-up window is over.
            await assert_eventually(repaired, timeout=240)
            for run_id in (lost, open_then):
                assert (await api.get(f"/api/runs/{run_id}")).status_code == 404
            again = await made(api, "/api/triggers/event", EVENT)
            assert again["duplicate"] is False
            await first_run(api, again, "completed")
            headers = {"Authorization": f"Bearer {key['key']}"}
            assert (await api.get("/api/automations", headers=headers)).status_code == 200, "revoked after the backup"
            verified = await made(api, "/api/stats/verify", {})
            assert verified["differences"] == []
    finally:
        after.stop()
