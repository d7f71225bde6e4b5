"""Bulk actions: one action on many automations."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from models.contracts.automations.impact import Impact
from models.contracts.base import Contract, Instant, refusal
from models.contracts.queries import AutomationFilter
from models.contracts.runs.views import AutomationRef, FiredRun
from models.states import BulkAction, UnchangedReason

MOST_NAMED = 10_000


class BulkRequest(Contract):
    """One action on the named automations, or on all that match a filter."""

    action: BulkAction
    """The action."""
    automations: tuple[Annotated[str, Field(min_length=1, max_length=63)], ...] | None = Field(
        None, max_length=MOST_NAMED
    )
    """Ids or slugs. Either this or `filter`."""
    filter: AutomationFilter | None = None
    """All automations that match. Either this or `automations`."""
    all: bool = False
    """Must be true for a `filter` that matches everything, unless `dryRun` is true."""
    reason: str = Field("", max_length=2000)
    """Kept in the audit log."""
    until: Instant | None = None
    """For `pause`: when they resume. null: they stay paused until somebody resumes them."""
    payload: JsonValue = None
    """Input of the runs that are fired. null: each automation's own payload."""
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    """For `fire`: a repeated key returns the runs of the first request and starts nothing."""
    dry_run: bool = False
    """Only count."""
    expected: int | None = Field(None, ge=0)
    """The number that a dry run counted. If it has changed since, nothing is done (409)."""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if (self.automations is None) == (self.filter is None):
            raise refusal("automations", "name `automations` or give a `filter`, one of the two")
        if self.filter is not None and not (self.all or self.dry_run or self.filter.narrows):
            raise refusal("all", "the filter matches every automation; send `all: true` if that is meant")
        if self.until is not None and self.action is not BulkAction.PAUSE:
            raise refusal("until", f"until belongs to the action pause, not to {self.action.value}")
        return self


class BulkResult(Contract):
    """The result; for a dry run, what would change."""

    action: BulkAction
    """The action."""
    dry_run: bool
    """Whether it was a dry run."""
    matched: int
    """Number of automations that were named or that match."""
    changed: int
    """Number of automations that were changed or fired."""
    automations: tuple[AutomationRef, ...]
    """Those automations, by name."""
    left_alone: Mapping[UnchangedReason, int]
    """Number of automations that were left unchanged, by reason."""
    dependents: tuple[AutomationRef, ...]
    """Automations that depend on those that are paused or archived, and are not among them."""
    impact: Impact | None
    """What else that touches. null: nothing is paused or archived."""
    runs: tuple[FiredRun, ...]
    """The runs that were fired."""
