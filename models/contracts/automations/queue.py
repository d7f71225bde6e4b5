"""The queue of an automation: the runs that flow control holds."""

import uuid
from typing import Self

from pydantic import Field, model_validator

from models.contracts.automations.flow_control import FlowControl
from models.contracts.base import Contract, Instant, refusal
from models.states import HeldBy


class KeyQueue(Contract):
    """The runs of one key."""

    key: str
    """The key of concurrency or singleton; empty without one."""
    waiting: int
    """Runs that wait."""
    running: int
    """Open runs that do not wait."""


class WaitingRun(Contract):
    """A run that waits."""

    run_id: uuid.UUID
    """Id of the run."""
    position: int
    """Its place, from 1. Runs of other keys may start before it."""
    key: str
    """Its key of concurrency or singleton; empty without one."""
    throttle_key: str
    """Its key of the throttle; empty without one."""
    by: HeldBy
    """The part of flow control that holds it."""
    since: Instant
    """Since when."""
    not_before: Instant | None
    """The end of its debounce or batch."""
    start_by: Instant | None
    """If it still waits then, it is skipped."""


class QueueView(Contract):
    """The queue of an automation."""

    waiting: int
    """Runs that wait."""
    running: int
    """Open runs that do not wait."""
    oldest_queued_at: Instant | None
    """Arrival of the run that has waited longest. null: none waits."""
    next_at: Instant | None
    """When a waiting run may start though nothing arrives and nothing ends. null: at no known time."""
    by_key: tuple[KeyQueue, ...]
    """The keys with the most waiting runs, at most 100."""
    runs: tuple[WaitingRun, ...]
    """The first waiting runs, at most 100."""
    limits: FlowControl | None
    """The automation's flow control."""


class QueueSelection(Contract):
    """Which waiting runs: some by id, those of a key, or all. Exactly one of the three."""

    run_ids: tuple[uuid.UUID, ...] | None = Field(None, min_length=1, max_length=1000)
    """These runs; those that do not wait any more are left alone."""
    key: str | None = None
    """The runs of this key of concurrency or singleton."""
    all: bool = False
    """All of them."""
    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
    dry_run: bool = False
    """Only count them."""

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if (self.run_ids is not None) + (self.key is not None) + self.all != 1:
            raise refusal("runIds", "give exactly one of runIds, key and all")
        return self


class QueueChange(Contract):
    """How many runs were released or cleared."""

    count: int
    """Number of runs; with `dryRun` the number that would be."""
