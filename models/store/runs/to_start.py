"""A run whose Temporal workflow is to be started."""

import uuid
from dataclasses import dataclass

from models.kinds import Kind
from models.states import WorkClass
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive


@dataclass(frozen=True, slots=True)
class RunToStart:
    """The facts about a run that Temporal is given: enough to find it there, and no secrets."""

    run_id: uuid.UUID
    kind: Kind
    primitive_slug: str
    primitive_name: str
    automation_id: uuid.UUID | None = None
    automation_name: str | None = None
    runner: str | None = None
    """Of an agent's run: the type of its runner."""
    work: WorkClass = WorkClass.INTERACTIVE
    """Which work goes first where workers are busy."""


def run_to_start(
    run_id: uuid.UUID,
    primitive: Primitive,
    automation: Automation | None,
    work: WorkClass = WorkClass.INTERACTIVE,
) -> RunToStart:
    """Return what Temporal is given about a run of a primitive, for an automation or none."""
    return RunToStart(
        run_id,
        primitive.kind,
        primitive.slug,
        primitive.name,
        automation.id if automation else None,
        automation.name if automation else None,
        primitive.runner,
        work,
    )
