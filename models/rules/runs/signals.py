"""Which of its kind's signals a run takes now. The run itself decides; this says which ones make sense to offer."""

from models.contracts.runs.details import CampaignDetails, KindDetails, PulseDetails, WorkflowDetails
from models.contracts.runs.views import RunRow
from models.kinds import KINDS
from models.states import OPEN_STATUSES, RunStatus, StepStatus

_OPEN_MISSION = frozenset({StepStatus.PENDING, StepStatus.RUNNING})


def signals_now(run: RunRow, details: KindDetails) -> tuple[str, ...]:
    """Return the signals in alphabetical order; none for a run that has ended, is stuck or has no workflow yet."""
    if run.status not in OPEN_STATUSES or run.status is RunStatus.STUCK or run.started_at is None:
        return ()
    makes_sense = {
        "pause": run.paused is None,
        "resume": run.paused is not None,
        "approve": _asks(details),
        "reject": _asks(details),
        "add_task": _has_mission(details),
        "skip_task": _has_task(details),
        "evaluate_now": run.status is RunStatus.WAITING and isinstance(details, PulseDetails),
    }
    return tuple(sorted(signal for signal in KINDS[run.kind].signals if makes_sense[signal]))


def _asks(details: KindDetails) -> bool:
    return isinstance(details, WorkflowDetails) and any(
        step.gate and step.status is StepStatus.WAITING for step in details.steps
    )


def _has_mission(details: KindDetails) -> bool:
    return isinstance(details, CampaignDetails) and any(one.status in _OPEN_MISSION for one in details.missions)


def _has_task(details: KindDetails) -> bool:
    return isinstance(details, CampaignDetails) and any(
        task.status is StepStatus.PENDING for mission in details.missions for task in mission.tasks
    )
