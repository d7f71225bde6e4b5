"""A run whose Temporal workflow is to be started."""

import uuid
from dataclasses import dataclass

from models.kinds import Kind


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
