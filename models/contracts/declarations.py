"""Declarations: what one YAML file declares, and the plan of changes that follows from it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.automations import AutomationDraft
from models.contracts.base import Contract
from models.contracts.governance import DependencyDraft
from models.contracts.primitives import ManagedBy, PrimitiveDraft

MOST = 5000


class Declaration(Contract):
    """Everything that one file declares. It is applied in one transaction: whole or not at all."""

    source: ManagedBy
    """Name of the file; it owns what it creates. `podium apply` sends the file's name."""
    primitives: Annotated[tuple[PrimitiveDraft, ...], Field(max_length=MOST)] = ()
    """Primitives to create or change."""
    automations: Annotated[tuple[AutomationDraft, ...], Field(max_length=MOST)] = ()
    """Automations to create or change. A paused one stays paused unless `isActive` is given."""
    dependencies: Annotated[tuple[DependencyDraft, ...], Field(max_length=MOST)] = ()
    """Which automation depends on which."""
    prune: bool = False
    """Archive what this source created before and does not declare any more (`podium apply --prune`)."""
    dry_run: bool = False
    """Only return the plan (`podium apply --dry-run`)."""


class PlanAction(StrEnum):
    """What happens to one item."""

    CREATE = "create"
    UPDATE = "update"
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
    """What happens to one primitive, automation or dependency."""

    action: PlanAction
    """What happens to it."""
    type: Literal["primitive", "automation", "dependency"]
    """What it is."""
    key: str
    """Its name: `agent/scout`, `nightly` or `nightly -> hourly`."""
    changes: tuple[PlanChange, ...] = ()
    """The fields that change."""


class Plan(Contract):
    """What was done; for a dry run, what would be done."""

    source: str
    """Name of the file."""
    dry_run: bool
    """Whether nothing was saved."""
    items: tuple[PlanItem, ...]
    """One item per primitive, automation and dependency."""
