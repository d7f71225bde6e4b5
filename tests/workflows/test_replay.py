"""Recorded histories replay against today's code; `--record-histories` records them again."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from models import limits, names
from models.contracts.workflows.signals import CancelAccepted
from models.kinds import Kind
from models.states import RunStatus, Source
from runtime.settings import Settings
from runtime.temporal.connection import data_converter
from runtime.temporal.starting import request_sync
from tests.support.eventually import assert_eventually
from tests.support.world import World
from worker import WORKFLOWS, sandbox

HISTORIES = Path(__file__).with_name("histories")


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.json")), ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=WORKFLOWS, data_converter=data_converter(Settings()), workflow_runner=sandbox())
    await replayer.replay_workflow(recorded(path))


def recorded(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def write(name: str, history: WorkflowHistory) -> None:
    """Write a history without stack traces, which contain paths of the recording machine."""
    HISTORIES.mkdir(exist_ok=True)
    kept = re.sub(r'"stackTrace": "(?:[^"\\]|\\.)*"', '"stackTrace": ""', history.to_json())
    (HISTORIES / f"{name}.json").write_text(kept + "\n")


def test_every_temporal_workflow_type_has_a_recorded_history() -> None:
    recorded = "".join(path.read_text() for path in HISTORIES.glob("*.json"))
    types = [getattr(workflow, "__temporal_workflow_definition").name for workflow in WORKFLOWS]
    assert [name for name in types if f'"name": "{name}"' not in recorded and name != "sweep"] == []


async def test_record_histories(world: World, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.config.getoption("record_histories"):
        return
    batched = await batch(world, monkeypatch)
    write("map-batch", await world.client.get_workflow_handle(batched).fetch_history())
    for name, temporal_workflow_id in (await scenarios(world)).items():
        write(name, await world.client.get_workflow_handle(temporal_workflow_id).fetch_history())


async def batch(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a small map in batches; return the Temporal workflow id of the first batch."""
    with monkeypatch.context() as patched:
        patched.setattr(limits, "MAP_BATCH_ITEMS", 3)
        agent = await world.agent(output="seen", capacity=2)
        steps = [{"key": "each", "agent": agent.slug, "map": "input", "input": "{'n': item}"}]
        run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}), input=[1, 2, 3, 4])
    return names.map_batch_temporal_workflow_id(run.id, "each", 0)


async def scenarios(world: World) -> dict[str, str]:
    """Execute one run of every shape; return each Temporal workflow id by name."""
    agent, bad = await world.agent(output={"items": [1, 2]}), await world.agent(successRate=0)
    steps = [
        {"key": "read", "agent": agent.slug},
        {"key": "ask", "approval": {"message": "Go?"}, "needs": ["read"]},
        {"key": "each", "agent": agent.slug, "map": "steps.read.output.items", "needs": ["ask"]},
        {"key": "nap", "wait": {"seconds": 0.1}, "needs": ["ask"]},
        {"key": "try", "agent": bad.slug, "onError": "continue", "retry": {"maxAttempts": 2, "initialSeconds": 0.1}},
        {"key": "skipped", "agent": agent.slug, "when": "input == 'never'"},
    ]
    pipeline = await world.primitive(Kind.WORKFLOW, {"steps": steps})
    failing = await world.primitive(Kind.WORKFLOW, {"steps": [{"key": "one", "agent": bad.slug}]})
    network = await world.primitive(Kind.NETWORK, {"members": [agent.slug, (await world.agent()).slug]})
    tasks = [{"name": "a", "agent": agent.slug}, {"name": "b", "agent": agent.slug}]
    campaign = await world.primitive(Kind.CAMPAIGN, {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]})
    pulse = await world.primitive(Kind.PULSE, {"goal": "g", "members": [{"agent": agent.slug}], "minRuns": 1})
    waiting = await world.start(pipeline)

    async def waits() -> None:
        assert (await world.row(waiting)).status is RunStatus.WAITING

    await assert_eventually(waits)
    await world.signal(waiting, "approve")
    slow = await world.agent(durationMs=60_000)
    tasks = [{"name": "a", "agent": slow.slug}]
    doomed = await world.start(
        await world.primitive(Kind.CAMPAIGN, {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]})
    )

    async def below() -> None:
        assert await world.children(doomed)

    await assert_eventually(below)
    await world.handle(doomed).execute_update("cancel", result_type=CancelAccepted)
    automation = await world.automation(agent, is_active=False)
    ids = {
        "agent": (await world.run(agent)).id,
        "agent-failed": (await world.run(bad)).id,
        "agent-skipped": (await world.run(agent, automation)).id,
        "pipeline": (await world.closed(waiting)).id,
        "pipeline-failed": (await world.run(failing)).id,
        "network": (await world.run(network)).id,
        "campaign": (await world.run(campaign)).id,
        "campaign-cancelled": (await world.closed(doomed)).id,
        "pulse": (await world.run(pulse)).id,
    }
    schedule = await world.automation(agent, Source.SCHEDULE, cron_expr="0 4 * * *", accounted_until=datetime.now(UTC))
    await request_sync(world.client, schedule.id)
    sync = names.sync_temporal_workflow_id(schedule.id)
    await world.client.get_workflow_handle(sync).result()
    await asyncio.sleep(1)
    return {name: names.run_temporal_workflow_id(run_id) for name, run_id in ids.items()} | {"schedule-sync": sync}
