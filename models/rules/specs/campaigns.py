"""Checks of a campaign's missions, whether a spec or a planner names them."""

from collections.abc import Sequence

from models.contracts.primitives.specs import MissionSpec
from models.errors import LimitExceeded
from models.limits import MAX_CAMPAIGN_TASKS
from models.rules.specs.unique import check_unique


def check_missions(missions: Sequence[MissionSpec], *, field: str = "spec.missions") -> None:
    """Check names and the number of tasks.

    Raises:
        Invalid: two missions, or two tasks of a mission, have the same name.
        LimitExceeded: there are more than `MAX_CAMPAIGN_TASKS` tasks.
    """
    check_unique((mission.name for mission in missions), field + "[{}].name", "mission")
    for index, mission in enumerate(missions):
        check_unique((task.name for task in mission.tasks), f"{field}[{index}].tasks[{{}}].name", "task")
    check_task_count(missions, field=field)


def check_task_count(missions: Sequence[MissionSpec], *, field: str = "spec.missions") -> None:
    """Raise `LimitExceeded` where there are more than `MAX_CAMPAIGN_TASKS` tasks."""
    tasks = sum(len(mission.tasks) for mission in missions)
    if tasks > MAX_CAMPAIGN_TASKS:
        raise LimitExceeded(
            f"the campaign has {tasks:,} tasks; at most {MAX_CAMPAIGN_TASKS:,} are allowed",
            field=field,
            hint="Split it into several campaigns.",
        )
