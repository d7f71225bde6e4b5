"""Cancelling many runs: counted and named first, then cancelled by their ids, so that nothing newer is hit."""

import uuid
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, refusal
from models.contracts.runs.queries import MOST_SELECTED, RunSelection
from models.states import RunStatus


class CancelRunsRequest(Contract):
    """Which open runs to cancel."""

    filter: RunSelection
    """Open runs that match. A preview (`dryRun`) answers their ids; send these as `runIds` to cancel exactly them."""
    reason: str = Field("", max_length=2000)
    """Kept on each run and in the audit log."""
    dry_run: bool = False
    """Only count and name them."""

    @model_validator(mode="after")
    def _is_shown_first(self) -> Self:
        if not self.dry_run and self.filter.run_ids is None:
            raise refusal("filter.runIds", "send dryRun: true first, then the runIds that it answers")
        return self


class NotCancelled(Contract):
    """A run that was not cancelled."""

    run_id: uuid.UUID
    """The run."""
    code: str
    """Why: an error code, such as `already_finished`."""
    detail: str
    """Why, in words."""


class CancelledRuns(Contract):
    """The result; for a preview, the runs that would be cancelled."""

    run_ids: Annotated[tuple[uuid.UUID, ...], Field(max_length=MOST_SELECTED)]
    """Of a preview: the runs. Runs below one of them are left out, since they are cancelled with it. Otherwise: the
    runs that were cancelled."""
    by_status: dict[RunStatus, int]
    """Of a preview: these runs by their status."""
    not_cancelled: tuple[NotCancelled, ...]
    """Runs that could not be cancelled; most have ended meanwhile."""
    not_reached: tuple[uuid.UUID, ...]
    """Runs that were not reached in time; send them again."""
