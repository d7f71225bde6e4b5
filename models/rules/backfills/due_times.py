"""Decides for each due time of a span whether a backfill runs it, and for each selected run whether it is rerun."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.states import OPEN_STATUSES, Again, LeftOut, RunStatus


class Action(StrEnum):
    """What becomes of a due time, or of a run."""

    RUN = "run"
    """It gets a run: it has none."""
    REOPEN = "reopen"
    """Its row, which was missed or skipped, becomes its run."""
    RERUN = "rerun"
    """It gets a rerun."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run of a due time, or a rerun of it."""

    run_id: uuid.UUID
    status: RunStatus
    reason: str | None
    reopens: bool = False
    """Whether it is the row of the due time itself, and no Temporal workflow was ever started for it by its id."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a backfill does with a due time, or with a run."""

    at: datetime | None
    """The due time; None: a run that has none."""
    action: Action | None
    """None: it is left out, for the reason `left_out`."""
    run_id: uuid.UUID | None = None
    """The run that is reopened, repeated, or left alone."""
    status: RunStatus | None = None
    reason: str | None = None
    left_out: LeftOut | None = None


_LEFT = {
    RunStatus.COMPLETED: (LeftOut.RAN, (Again.ALL,)),
    RunStatus.FAILED: (LeftOut.FAILED, (Again.FAILED, Again.ALL)),
    RunStatus.CANCELLED: (LeftOut.CANCELLED, (Again.FAILED, Again.ALL)),
}
"""By the status of the attempt that counts: why it is left out, and with which `again` it is not."""


def plan_due_time(at: datetime, attempts: Sequence[Attempt], again: Again, *, may_start: bool) -> Planned:
    """Decide on one due time.

    Args:
        at: The due time.
        attempts: Its runs, oldest first.
        again: What is run although it has run before.
        may_start: Whether its schedule may still start it.
    """
    if not attempts:
        return Planned(at, None, left_out=LeftOut.MAY_START) if may_start else Planned(at, Action.RUN)
    counts = _that_counts(attempts)
    action, left = Action.REOPEN if counts.reopens else Action.RERUN, None
    if counts.status in OPEN_STATUSES:
        left = LeftOut.UNDER_WAY
    elif counts.status in _LEFT:
        why, asked_by = _LEFT[counts.status]
        action, left = Action.RERUN, None if again in asked_by else why
    return Planned(at, None if left else action, counts.run_id, counts.status, counts.reason, left)


def _that_counts(attempts: Sequence[Attempt]) -> Attempt:
    """Return the open attempt, else the newest that completed, else the newest that ran, else the row itself."""
    newest_first = [*reversed(attempts)]
    for statuses in (OPEN_STATUSES, {RunStatus.COMPLETED}, {RunStatus.FAILED, RunStatus.CANCELLED}):
        found = next((one for one in newest_first if one.status in statuses), None)
        if found is not None:
            return found
    return next((one for one in attempts if one.reopens), newest_first[0])


@dataclass(frozen=True, slots=True)
class Selected:
    """A root run that a filter has selected."""

    run_id: uuid.UUID
    status: RunStatus
    reason: str | None
    due_at: datetime | None
    later: frozenset[RunStatus] = frozenset()
    """The statuses of its reruns."""
    archived: bool = False
    """Whether its automation or its primitive is archived."""


def plan_rerun(run: Selected) -> Planned:
    """Decide on one selected run: what a rerun has mended already, or is mending, is left out."""
    left = None
    if run.status in OPEN_STATUSES or run.later & OPEN_STATUSES:
        left = LeftOut.UNDER_WAY
    elif run.status is RunStatus.MISSED:
        left = LeftOut.MISSED
    elif RunStatus.COMPLETED in run.later:
        left = LeftOut.RAN
    elif run.archived:
        left = LeftOut.ARCHIVED
    return Planned(run.due_at, None if left else Action.RERUN, run.run_id, run.status, run.reason, left)
