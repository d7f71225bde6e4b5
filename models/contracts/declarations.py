"""A declaration on the wire: everything that one file declares, and the plan that comes of it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.automations import AutomationDraft
from models.contracts.base import Contract
from models.contracts.governance import DependencyDraft
from models.contracts.primitives import ManagedBy, PrimitiveDraft

MOST = 5000


class Declaration(Contract):
    """What a file declares; applied whole or not at all."""

    source: ManagedBy
    """The file's name: what it made before and no longer names is what `prune` archives."""
    primitives: Annotated[tuple[PrimitiveDraft, ...], Field(max_length=MOST)] = ()
    automations: Annotated[tuple[AutomationDraft, ...], Field(max_length=MOST)] = ()
    dependencies: Annotated[tuple[DependencyDraft, ...], Field(max_length=MOST)] = ()
    prune: bool = False
    dry_run: bool = False


class PlanAction(StrEnum):
    """What becomes of one thing."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    REMOVE = "remove"
    UNCHANGED = "unchanged"


class PlanChange(Contract):
    """One field and its value before and after; secrets are redacted."""

    field: str
    before: JsonValue
    after: JsonValue


class PlanItem(Contract):
    """What becomes of one declared or forgotten thing; `key` is `agent/scout`, `nightly` or `nightly -> hourly`."""

    action: PlanAction
    type: Literal["primitive", "automation", "dependency"]
    key: str
    changes: tuple[PlanChange, ...] = ()


class Plan(Contract):
    """What was done, or, of a dry run, would be."""

    source: str
    dry_run: bool
    items: tuple[PlanItem, ...]
