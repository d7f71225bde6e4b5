"""The ids and names used in Temporal. They must not change: running workflows and schedules carry them."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models.kinds import Kind

TASK_QUEUE = "podium"
"""Of workflow tasks, and of the activities of runs that were opened before agents had queues of their own."""
CONTROL_QUEUE = "podium-control"
"""Of schedule sync and sweep, workflow tasks included."""
MODELS_QUEUE = "podium-models"
HTTP_QUEUE = "podium-http"
PYTHON_QUEUE = "podium-python"
SIMULATED_QUEUE = "podium-simulated"

QUEUES: Mapping[str, str] = {
    "workflows": TASK_QUEUE,
    "control": CONTROL_QUEUE,
    "models": MODELS_QUEUE,
    "http": HTTP_QUEUE,
    "python": PYTHON_QUEUE,
    "simulated": SIMULATED_QUEUE,
}
"""Task queues by the name that operators use (`podium worker --queues`)."""

RUNNER_QUEUES: Mapping[str, str] = {
    "model": MODELS_QUEUE,
    "http": HTTP_QUEUE,
    "python": PYTHON_QUEUE,
    "simulated": SIMULATED_QUEUE,
}
"""The queue of an agent's calls, by its runner's type."""

SWEEP_TEMPORAL_TYPE = "sweep"
SYNC_TEMPORAL_TYPE = "schedule-sync"
NOTICES_TEMPORAL_TYPE = "send-notices"
MAP_BATCH_TEMPORAL_TYPE = "map-batch"
SWEEP_WORKFLOW_ID = "podium-sweep"
ADMISSION_TEMPORAL_TYPE = "admission"
ADMISSION_WORKFLOW_ID = "podium-admission"
ADMITTED_SIGNAL = "admitted"
"""Tells a workflow whose run waits that something has been decided; the row says what."""
NOTICES_WORKFLOW_ID = "podium-notices"
REPLAYS_TEMPORAL_TYPE = "replay-deliveries"
REPLAYS_WORKFLOW_ID = "podium-replays"
PROOF_HEADER = "podium-proof"
"""The header of a message in which the API proves that it has sent it (`runtime/security/senders.py`)."""
CALLED_BACK_SIGNAL = "called_back"
"""Tells an agent run's workflow that the agent has called back."""

KIND_ATTRIBUTE = SearchAttributeKey.for_keyword("PodiumKind")
AUTOMATION_ATTRIBUTE = SearchAttributeKey.for_keyword("PodiumAutomation")
PRIMITIVE_ATTRIBUTE = SearchAttributeKey.for_keyword("PodiumPrimitive")
ROOT_RUN_ATTRIBUTE = SearchAttributeKey.for_keyword("PodiumRootRun")
SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[str], ...] = (
    KIND_ATTRIBUTE,
    AUTOMATION_ATTRIBUTE,
    PRIMITIVE_ATTRIBUTE,
    ROOT_RUN_ATTRIBUTE,
)

# Temporal sets it on what a schedule starts: the time that it was due.
NOMINAL_TIME_ATTRIBUTE = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")

SCHEDULE_PREFIX = "automation:"


def run_temporal_workflow_id(run_id: uuid.UUID) -> str:
    """Name the Temporal workflow of a run that we start ourselves."""
    return f"run:{run_id}"


def map_batch_temporal_workflow_id(run_id: uuid.UUID, step: str, first: int) -> str:
    """Name the Temporal workflow of a batch of a run's map step, by the index of its first item."""
    return f"map:{run_id}:{step}:{first}"


def is_map_batch(temporal_workflow_id: str) -> bool:
    return temporal_workflow_id.startswith("map:")


def scheduled_temporal_workflow_id(automation_id: uuid.UUID) -> str:
    """Name the Temporal workflows that a schedule starts; Temporal appends the nominal time to it."""
    return f"due:{automation_id}"


def due_temporal_workflow_id(automation_id: uuid.UUID, due_at: datetime) -> str:
    """Name the Temporal workflow of one due time, as Temporal's scheduler does: one per (automation, due time)."""
    return f"{scheduled_temporal_workflow_id(automation_id)}-{due_at.strftime('%Y-%m-%dT%H:%M:%SZ')}"


def run_of_workflow(temporal_workflow_id: str) -> uuid.UUID | tuple[uuid.UUID, datetime] | None:
    """Read back the run's id, or the automation and its due time; None where the id is not one of ours.

    The batch of a map step belongs to the step's run.
    """
    kind, _, rest = temporal_workflow_id.partition(":")
    try:
        if kind == "run":
            return uuid.UUID(rest)
        if kind == "map":
            return uuid.UUID(rest[:36])
        if kind == "due":
            return uuid.UUID(rest[:36]), datetime.strptime(rest[37:], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    return None


def temporal_schedule_id(automation_id: uuid.UUID) -> str:
    """Name the Temporal Schedule of an automation."""
    return f"{SCHEDULE_PREFIX}{automation_id}"


def automation_of_schedule(temporal_schedule_id: str) -> uuid.UUID | None:
    """Read the automation back from a Temporal Schedule's id; None when the schedule is not one of ours."""
    if not temporal_schedule_id.startswith(SCHEDULE_PREFIX):
        return None
    try:
        return uuid.UUID(temporal_schedule_id.removeprefix(SCHEDULE_PREFIX))
    except ValueError:
        return None


def sync_temporal_workflow_id(automation_id: uuid.UUID) -> str:
    """Name the Temporal workflow that makes an automation's schedule equal to its row."""
    return f"schedule-sync:{automation_id}"


def run_attributes(
    kind: Kind, primitive_slug: str, automation_id: uuid.UUID | None, root_run_id: uuid.UUID | None
) -> TypedSearchAttributes:
    """Build the search attributes of a run's Temporal workflow; what is not known yet is left out."""
    pairs: list[SearchAttributePair[str]] = [
        SearchAttributePair(KIND_ATTRIBUTE, kind.value),
        SearchAttributePair(PRIMITIVE_ATTRIBUTE, primitive_slug),
    ]
    if automation_id:
        pairs.append(SearchAttributePair(AUTOMATION_ATTRIBUTE, str(automation_id)))
    if root_run_id:
        pairs.append(SearchAttributePair(ROOT_RUN_ATTRIBUTE, str(root_run_id)))
    return TypedSearchAttributes(pairs)


def root_run_attributes(root_run_id: uuid.UUID) -> TypedSearchAttributes:
    """Build the search attributes of a Temporal workflow that is a part of a run."""
    return TypedSearchAttributes([SearchAttributePair(ROOT_RUN_ATTRIBUTE, str(root_run_id))])


def new_id(at: datetime, random_bits: int) -> uuid.UUID:
    """Build a UUIDv7 (RFC 9562, 5.7) from an instant and at least 74 random bits.

    Both are arguments so that a Temporal workflow can give its own clock and its own random source.
    """
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    rand_a = (random_bits >> 62) & 0xFFF
    rand_b = random_bits & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
