"""Declarations: what a project declares, and the plan of changes that follows from it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.automations.dependencies import DependencyDraft
from models.contracts.automations.drafts import AutomationDraft
from models.contracts.base import Contract, Slug
from models.contracts.governance.budgets import BudgetDraft
from models.contracts.primitives.views import ManagedBy, PrimitiveDraft

MOST = 5000


class DeclaredAutomation(AutomationDraft):
    """An automation in a declaration."""

    formerly: Slug | None = None
    """The slug it had before: the automation is renamed and keeps its id, runs, statistics and pause."""


class Declaration(Contract):
    """Everything that a project declares. It is applied in one transaction: whole or not at all."""

    project: ManagedBy
    """Owns what is declared. `prune` archives what the project owns and no longer declares."""
    primitives: Annotated[tuple[PrimitiveDraft, ...], Field(max_length=MOST)] = ()
    """Primitives to create or change."""
    automations: Annotated[tuple[DeclaredAutomation, ...], Field(max_length=MOST)] = ()
    """Automations to create or change. A paused one stays paused unless `isActive` is given."""
    dependencies: Annotated[tuple[DependencyDraft, ...], Field(max_length=MOST)] = ()
    """Which automation depends on which."""
    budgets: Annotated[tuple[BudgetDraft, ...], Field(max_length=MOST)] = ()
    """What may be spent in a month. That of an automation may also be given as its `budgetUsdMonth`."""
    prune: bool = False
    """Archive what the project owns and no longer declares (`podium apply --prune`)."""
    expected_archived: int | None = Field(None, ge=0)
    """Number of items that `prune` may archive or remove. With any other number nothing changes (409)."""
    take_over: bool = False
    """Whether to take ownership of declared items that another project, or nobody, owns."""
    dry_run: bool = False
    """Only return the plan (`podium apply --dry-run`)."""


class PlanAction(StrEnum):
    """The action on one item; `restore` brings back an archived automation with its history."""

    CREATE = "create"
    UPDATE = "update"
    RESTORE = "restore"
    ARCHIVE = "archive"
    REMOVE = "remove"
    UNCHANGED = "unchanged"


class PlanChange(Contract):
    """One changed field; secrets are redacted."""

    field: str
    """Dotted name of the field."""
    before: JsonValue
    """Value before."""
    after: JsonValue
    """Value after."""


class PlanItem(Contract):
    """The planned change of one primitive, automation, dependency or budget."""

    action: PlanAction
    """The action."""
    type: Literal["primitive", "automation", "dependency", "budget"]
    """Type of the item."""
    key: str
    """Its name: `agent/scout`, `nightly`, `nightly -> hourly` or `kind agent`."""
    changes: tuple[PlanChange, ...] = ()
    """The fields that change."""
    warnings: tuple[str, ...] = ()
    """What may not be as meant, such as a variable that is not set."""


class Plan(Contract):
    """The applied changes; for a dry run, those that would be applied."""

    project: str
    """Project that owns the objects."""
    dry_run: bool
    """Whether nothing was saved."""
    items: tuple[PlanItem, ...]
    """One item per primitive, automation, dependency and budget."""
