"""Builds runs and their details as rules and pages see them; keywords say what is special about each."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from models.contracts.primitives.views import EntityView
from models.contracts.runs.details import (
    AfterActionReport,
    AgentDetails,
    CampaignDetails,
    Gate,
    Hop,
    ItemCounts,
    MemberView,
    MissionView,
    NetworkDetails,
    PulseDetails,
    PulseReport,
    TaskFailures,
    TaskView,
    WorkflowDetails,
    WorkflowStep,
)
from models.contracts.runs.facts import Routing
from models.contracts.runs.parts import CostView, PartView
from models.contracts.runs.views import RunError, RunRow
from models.kinds import Kind
from models.states import RunStatus, StepStatus

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
FREE = CostView(known_usd=None, unknown=0, calls=0)
DONE, FAILED, RUNNING = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.RUNNING
WAITING, PENDING, SKIPPED = StepStatus.WAITING, StepStatus.PENDING, StepStatus.SKIPPED
RUN_ID = uuid.UUID(int=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(status: RunStatus, **given: Any) -> RunRow:
    nothing = dict.fromkeys(RunRow.model_fields)
    started = None if status in {RunStatus.QUEUED, RunStatus.SKIPPED, RunStatus.MISSED} else START
    fields = {
        "id": RUN_ID,
        "root_run_id": RUN_ID,
        "kind": Kind.AGENT,
        "status": status,
        "primitive": EntityView(id=RUN_ID, slug="it", name="It"),
        "probe": False,
        "simulated": False,
        "occurrences": 1,
        "interventions": 0,
        "forced": False,
        "rescued": False,
        "queued_at": START,
        "started_at": started,
    }
    return RunRow.model_validate(nothing | fields | given)


def failed(message: str, seconds: float = 41, **given: Any) -> RunRow:
    error = RunError(type="http_error", message=message)
    return run(RunStatus.FAILED, error=error, duration_ms=int(seconds * 1000), **given)


def agent(**given: Any) -> AgentDetails:
    fields = {"runner": "http", "called_at": None, "callback_until": None, "failed_attempts": 0, "attempts": None}
    return AgentDetails.model_validate(fields | given)


def part_fields(path: str, status: StepStatus, **given: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(PartView.model_fields)
    began = None if status in {PENDING, SKIPPED} else START
    return (
        nothing | {"path": path, "name": path, "status": status, "tries": 0, "cost": FREE, "started_at": began} | given
    )


def step(key: str, status: StepStatus, **given: Any) -> WorkflowStep:
    fields = {
        "action": "agent",
        "does": "scout",
        "needs": (),
        "when": None,
        "condition": None,
        "continues": False,
        "until": None,
        "items": None,
        "gate": None,
    }
    return WorkflowStep.model_validate(part_fields(key, status) | fields | given)


def gate(key: str, seconds: float = 0) -> WorkflowStep:
    asked = Gate(question="", expires_at=None, decision=None)
    return step(key, WAITING, action="approval", gate=asked, started_at=at(seconds))


def mapped(key: str, total: int, **counts: int) -> WorkflowStep:
    return step(
        key,
        RUNNING,
        action="map",
        items=ItemCounts(total=total, by_status={StepStatus(name): number for name, number in counts.items()}),
    )


def workflow(*steps: WorkflowStep) -> WorkflowDetails:
    return WorkflowDetails(steps=steps)


def hop(number: int, name: str, status: StepStatus, **given: Any) -> Hop:
    fields = {"number": number, "visit": 1, "why": None, "because": None, "router": None}
    return Hop.model_validate(part_fields(f"hop-{number}", status, name=name, agent=name) | fields | given)


def router(status: StepStatus, **given: Any) -> PartView:
    return PartView.model_validate(part_fields("route-1", status, name="chooser", agent="chooser") | given)


def network(*hops: Hop, ended: Routing | None = None, router: PartView | None = None) -> NetworkDetails:
    return NetworkDetails(hops=hops, max_hops=8, ended=ended, ended_because=None, router=router)


def campaign(
    statuses: str,
    *,
    planner: PartView | None = None,
    mission: StepStatus = RUNNING,
    failures: Mapping[str, int] = MappingProxyType({}),
) -> CampaignDetails:
    """Build a campaign of one mission whose tasks have these statuses, by their first letter."""
    by_letter = {status.value[0]: status for status in (DONE, FAILED, RUNNING, PENDING, SKIPPED)}
    tasks = tuple(
        TaskView.model_validate(part_fields(f"m0.t{number}", by_letter[letter]))
        for number, letter in enumerate(statuses)
    )
    counts = {status: statuses.count(letter) for letter, status in by_letter.items() if letter in statuses}
    missions = MissionView(
        path="m0",
        name="Find",
        status=mission,
        started_at=START,
        finished_at=None,
        cost=FREE,
        by_status=counts,
        tasks=tasks,
    )
    report = AfterActionReport(
        tasks=len(statuses) - statuses.count("s"),
        by_status=counts,
        success_rate=None,
        is_met=None,
        failures=tuple(
            TaskFailures(error=RunError(type="agent", message=message), tasks=number, first="m0.t0")
            for message, number in failures.items()
        ),
        slowest=None,
        costliest=None,
    )
    return CampaignDetails(
        objective="win",
        required_rate=100,
        planner=planner,
        missions=(missions,) if tasks else (),
        report=report if tasks else None,
    )


def pulse(*changes: int) -> PulseDetails:
    """Build an evaluation whose members' capacities change by these numbers."""
    members = tuple(
        MemberView.model_validate(
            dict.fromkeys(MemberView.model_fields)
            | {
                "agent": f"a{number}",
                "weight": 1,
                "completed": 2,
                "failed": 0,
                "capacity": 2,
                "capacity_after": 2 + change,
            }
        )
        for number, change in enumerate(changes)
    )
    report = PulseReport(
        goal="grow",
        since=None,
        until=START,
        finished=2 * len(members),
        success_rate=100,
        open_runs=0,
        has_ranking_before=False,
        members=members,
    )
    return PulseDetails(collecting=None, report=report if members else None)
