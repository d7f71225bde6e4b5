"""A declaration on the wire: everything that a project declares, and the plan of what applying it changes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.automations import AutomationDraft
from models.contracts.base import Contract, Slug
from models.contracts.governance import DependencyDraft
from models.contracts.primitives import ManagedBy, PrimitiveDraft

MOST = 5000


class DeclaredAutomation(AutomationDraft):
    """An automation in a declaration."""

    formerly: Slug | None = None
    """The slug it had before: the automation is renamed and keeps its id, runs, statistics and pause."""


class Declaration(Contract):
    """What a project declares; applied as a whole or not at all."""

    project: ManagedBy
    """Owns what is declared. `prune` archives what the project owns and no longer declares."""
    primitives: Annotated[tuple[PrimitiveDraft, ...], Field(max_length=MOST)] = ()
    automations: Annotated[tuple[DeclaredAutomation, ...], Field(max_length=MOST)] = ()
    dependencies: Annotated[tuple[DependencyDraft, ...], Field(max_length=MOST)] = ()
    prune: bool = False
    expected_archived: int | None = Field(None, ge=0)
    """How many things `prune` may archive or remove; 409 and no change if it would be another number."""
    take_over: bool = False
    """Whether to become the owner of what is declared here and another project, or nobody, owns so far."""
    dry_run: bool = False


class PlanAction(StrEnum):
    """What applying does to one thing; `restore` brings back an archived automation with its history."""

    CREATE = "create"
    UPDATE = "update"
    RESTORE = "restore"
    ARCHIVE = "archive"
    REMOVE = "remove"
    UNCHANGED = "unchanged"


class PlanChange(Contract):
    """One field and its value before and after; secrets are redacted."""

    field: str
    before: JsonValue
    after: JsonValue


class PlanItem(Contract):
    """What applying does to one thing; `key` is `agent/scout`, `nightly` or `nightly -> hourly`."""

    action: PlanAction
    type: Literal["primitive", "automation", "dependency"]
    key: str
    changes: tuple[PlanChange, ...] = ()


class Plan(Contract):
    """What was done, or what a dry run would do."""

    project: str
    dry_run: bool
    items: tuple[PlanItem, ...]
