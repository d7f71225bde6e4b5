"""Recorded histories replay against the code of today.

`--record-histories` records every scenario into a new folder named by the time. Earlier folders stay: runs that older
versions started must replay too.
"""

import asyncio
import dataclasses
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.converter import ExternalStorage
from temporalio.worker import Replayer

from models.limits import STORED_FROM_BYTES
from models.store.payloads import get_payloads
from runtime.database import transaction
from runtime.settings import Settings
from runtime.temporal.connection import data_converter
from tests.support.backend import Backend
from tests.workflows.versions.recording import agents, others, pipelines, waiting
from tests.workflows.versions.recording.files import (
    HISTORIES,
    StoredValues,
    claims,
    read_history,
    recorded_paths,
    write_history,
    write_stored_values,
)
from worker import WORKFLOWS, sandbox
from workflows.runs.expressions import PATCH
from workflows.runs.signal_guard import SignalGuard

SCENARIOS = {
    "agent": agents.agent,
    "agent-failed": agents.failed,
    "agent-skipped": agents.skipped,
    "agent-cancelled": agents.cancelled,
    "agent-touched": agents.touched,
    "agent-called-back": agents.called_back,
    "agent-lost-after-its-answer": agents.lost_after_its_answer,
    "pipeline": pipelines.pipeline,
    "pipeline-failed": pipelines.failing,
    "pipeline-expressions": pipelines.expressions,
    "pipeline-decided-by-update": pipelines.decided_by_update,
    "pipeline-decided-through-the-api": pipelines.decided_through_the_api,
    "pipeline-refused-signals": pipelines.decided_by_refused_signals,
    "pipeline-approval-timed-out": pipelines.approval_timed_out,
    "pipeline-paused": pipelines.paused,
    "pipeline-child-cancelled": pipelines.child_cancelled,
    "pipeline-cancelled": pipelines.cancelled_while_waiting,
    "pipeline-large-values": pipelines.large_values,
    "pipeline-http-steps": agents.http_steps,
    "pipeline-map-in-batches": pipelines.map_in_batches,
    "map-batch": pipelines.map_batch,
    "network": others.network,
    "network-by-rules": others.network_by_rules,
    "network-by-agent": others.network_by_agent,
    "campaign": others.campaign,
    "campaign-planned": others.campaign_planned,
    "campaign-changed": others.campaign_changed,
    "campaign-cancelled": others.campaign_cancelled,
    "pulse": others.pulse,
    "pulse-hurried": others.pulse_hurried,
    "schedule-sync": others.schedule_sync,
    "sweep": others.sweep,
    "agent-waited": waiting.agent,
    "pipeline-waited": waiting.pipeline,
    "admission": waiting.admission,
    "send-notices": others.send_notices,
    "replay-deliveries": others.replay_deliveries,
}


@pytest.mark.parametrize("path", recorded_paths(), ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recorded_history_replays(path: Path) -> None:
    await replayed(path.parent, read_history(path))


async def replayed(folder: Path, history: WorkflowHistory) -> None:
    converter = dataclasses.replace(
        data_converter(Settings()),
        external_storage=ExternalStorage(drivers=[StoredValues(folder)], payload_size_threshold=STORED_FROM_BYTES),
    )
    replayer = Replayer(
        workflows=WORKFLOWS, data_converter=converter, workflow_runner=sandbox(), interceptors=[SignalGuard()]
    )
    await replayer.replay_workflow(history)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("pipeline", {"comment": "a\0b"}),
        ("pipeline-paused", {"reason": "a\0b"}),
        ("pipeline-cancelled", {"reson": "x", "reason": "a\0b" * 1000}),
    ],
)
async def test_arguments_that_were_accepted_before_they_had_to_be_storable_replay(
    name: str, argument: dict[str, str]
) -> None:
    path = HISTORIES / "2026-11-30T0003" / f"{name}.json"
    history = read_history(path)
    signalled = [event for event in history.events if event.HasField("workflow_execution_signaled_event_attributes")]
    updated = [
        event for event in history.events if event.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    given = [event.workflow_execution_signaled_event_attributes.input for event in signalled]
    given += [
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.args for event in updated
    ]
    assert given
    for arguments in given:
        del arguments.payloads[:]
        arguments.payloads.add(metadata={"encoding": b"json/plain"}, data=json.dumps(argument).encode())
    await replayed(path.parent, history)


def test_every_temporal_workflow_type_has_a_recorded_history() -> None:
    recorded = "".join(path.read_text() for path in recorded_paths())
    types = [getattr(workflow, "__temporal_workflow_definition").name for workflow in WORKFLOWS]
    assert [name for name in types if f'"name": "{name}"' not in recorded] == []


def test_the_newest_recording_has_every_scenario() -> None:
    newest = max(path.parent for path in recorded_paths())
    assert {path.stem for path in newest.glob("*.json")} >= set(SCENARIOS)


def test_every_patch_is_in_a_recorded_history() -> None:
    source = "".join(path.read_text() for path in sorted(Path("workflows").rglob("*.py")))
    # The id of a patch that is asked for once a step ends in the step's key.
    patches = {PATCH, *re.findall(r'workflow\.patched\(f?"([^"{]+)', source)}
    assert source.count("workflow.patched(") == len(re.findall(r'workflow\.patched\((f?"|PATCH\))', source))
    found = {one for path in recorded_paths() for one in markers(path)}
    assert [patch for patch in patches if not any(one.startswith(patch) for one in found)] == []


def markers(path: Path) -> set[str]:
    """Return the ids of the patches that a history has markers of."""
    found = set()
    for event in read_history(path).events:
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == "core_patch":
                found.add(json.loads(marker.details["patch-data"].payloads[0].data)["id"])
    return found


@pytest.mark.timeout(600)
async def test_record_histories(backend: Backend, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("record_histories"):
        return
    ids = {name: await scenario(backend) for name, scenario in SCENARIOS.items()}
    # The rows close before the workflows do.
    await asyncio.sleep(1)
    folder = HISTORIES / f"{datetime.now(UTC):%Y-%m-%dT%H%M}"
    digests: set[bytes] = set()
    for name, temporal_workflow_id in ids.items():
        history = await backend.client.get_workflow_handle(temporal_workflow_id).fetch_history()
        write_history(folder, name, history)
        digests |= claims(history)
    async with transaction(backend.sessions) as session:
        write_stored_values(folder, await get_payloads(session, sorted(digests)))
