"""Doing one thing to many automations: which, what, and what became of it."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from models.contracts.base import Contract, Instant, refusal
from models.contracts.runs import AutomationRef, FiredRun
from models.kinds import Kind
from models.states import AutomationState, BulkAction, LeftAlone, Severity, Source, Window

MOST_NAMED = 10_000


class LiveQuery(Contract):
    """The filters of the live list: what is named several times is one or the other, different filters both hold."""

    search: Annotated[str, Field(max_length=200)] = ""
    primitive: tuple[Kind, ...] = ()
    type: tuple[Source, ...] = ()
    severity: tuple[Severity, ...] = ()
    state: tuple[AutomationState, ...] = ()
    agent: tuple[str, ...] = ()
    archived: tuple[bool, ...] = (False,)
    window: Window = Window.RECENT
    starts_from: Instant | None = None
    """Only schedules that start a run from this instant on, up to `startsTo`."""
    starts_to: Instant | None = None


class BulkRequest(Contract):
    """One action for the automations that are named, or for all that a filter shows."""

    action: BulkAction
    automations: tuple[Annotated[str, Field(min_length=1, max_length=63)], ...] | None = Field(
        None, max_length=MOST_NAMED
    )
    """Ids or slugs."""
    filter: LiveQuery | None = None
    reason: str = Field("", max_length=2000)
    payload: JsonValue = None
    """What each is fired with; null: its own default."""
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    """Fired again with the same key, an automation answers with the runs it made the first time."""
    dry_run: bool = False
    """Only tell what it would come to."""
    expected: int | None = Field(None, ge=0)
    """How many a dry run has counted; where it would be another number by now, nothing is done (409)."""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if (self.automations is None) == (self.filter is None):
            raise refusal("automations", "name `automations` or give a `filter`, one of the two")
        return self


class BulkResult(Contract):
    """What was done, or would be."""

    action: BulkAction
    dry_run: bool
    matched: int
    """How many were asked for."""
    changed: int
    """To how many it was done."""
    automations: tuple[AutomationRef, ...]
    """To which, in the order of their names."""
    left_alone: Mapping[LeftAlone, int]
    dependents: tuple[AutomationRef, ...]
    """What depends on those and is not among them, where they are paused or archived."""
    runs: tuple[FiredRun, ...]
