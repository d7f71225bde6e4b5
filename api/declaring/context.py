"""The state of one request to apply a declaration."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from api.state import State
from models.contracts.automations.declarations import PlanChange
from models.errors import ManagedElsewhere
from models.store.automations.declarations import Stored
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget

OWNER_FIELDS = frozenset({"managedBy", "createdBy"})


@dataclass(frozen=True, slots=True)
class Applying:
    """Who applies what, and what it would take from other owners."""

    session: AsyncSession
    state: State
    actor: Actor
    after: AfterCommit
    project: str
    take_over: bool
    stored: Stored
    new: list[Automation] = field(default_factory=list)
    """Automations to insert."""
    budgets: dict[str, Budget] = field(default_factory=dict)
    """Those that may be declared, by what plans call them; none is locked."""
    declared_budgets: set[UUID] = field(default_factory=set)
    owned_elsewhere: list[str] = field(default_factory=list)
    """What the project does not own; collected, so that one refusal names everything."""

    def claim(self, key: str, owner: str | None, changes: Sequence[PlanChange]) -> bool:
        """Return whether the project may make these changes; an item without an owner may be declared unchanged."""
        if owner == self.project or self.take_over:
            return True
        if owner is not None or any(change.field not in OWNER_FIELDS for change in changes):
            self.owned_elsewhere.append(f"{key} ({f'managed by {owner}' if owner else 'created by hand'})")
        return False

    def refuse_owned_elsewhere(self) -> None:
        """Raise ManagedElsewhere if anything was not claimed."""
        if not self.owned_elsewhere:
            return
        raise ManagedElsewhere(
            f"{self.project} would take over {', '.join(self.owned_elsewhere)}",
            hint="Apply it with --take-over (API: takeOver) to make this project the owner, or rename these.",
        )
