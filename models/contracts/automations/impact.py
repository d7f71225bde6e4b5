"""What pausing, disabling, archiving or deleting something would touch."""

import uuid
from enum import StrEnum

from models.contracts.base import Contract, Exact, Instant
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind


class ImpactAction(StrEnum):
    """What is asked about. `disable` is another word for `pause`, and `delete` for `archive`."""

    PAUSE = "pause"
    DISABLE = "disable"
    ARCHIVE = "archive"
    DELETE = "delete"


class ImpactEffect(StrEnum):
    """What happens to an automation."""

    NOT_FIRED = "not_fired"
    """The runs that would have started it do not happen."""
    NEEDS = "needs"
    """It depends on what stops, and goes on without it."""
    SKIPPED = "skipped"
    """Its runs are skipped, because its primitive is disabled."""
    CALLS = "calls"
    """What it runs calls an agent that is disabled."""
    EVALUATES = "evaluates"
    """Its pulse evaluates an agent that nothing else runs."""
    SHARES = "shares"
    """It runs the same agent by itself, and goes on."""


class Dependent(AutomationRef):
    """An automation that depends, directly or not, on another."""

    distance: int
    """Number of dependencies between the two; 1 is direct."""
    is_active: bool
    """Whether it is active."""


class Fires(Contract):
    """A number of fires ahead."""

    next_at: Instant | None
    """The next one. null: none is known, as for triggers."""
    within_day: int
    """Within 24 hours."""
    within_week: int
    """Within 7 days."""


class ImpactedAutomation(AutomationRef):
    """An automation that is touched."""

    kind: Kind
    """The kind of its primitive."""
    is_active: bool
    """Whether it fires: neither it nor its primitive is paused or archived."""
    effect: ImpactEffect
    """What happens to it."""
    structural: bool
    """Whether its primitive's spec says so. false: a dependency does."""
    distance: int
    """How many steps it is away."""
    text: str
    """What connects it, in words that follow its name: `depends on Synthesis Engine`."""
    due: Fires
    """Its own due times."""
    lost: Fires
    """Fires that do not happen, at most: its own, or those by the runs that do not happen."""
    est_monthly_cost: Exact | None
    """Estimated cost of the coming month, in US dollars. null: unknown."""


class ImpactedPrimitive(Contract):
    """A primitive that is touched."""

    id: uuid.UUID
    kind: Kind
    slug: str
    name: str
    text: str
    """What connects it, in words that follow its name: `calls Scout`."""


class Impact(Contract):
    """What a change would touch, nearest first."""

    due: Fires
    """The due times that do not fire, of what is changed itself."""
    est_monthly_cost: Exact | None
    """Estimated cost in the coming month of what is changed itself, in US dollars. null: unknown."""
    automations: tuple[ImpactedAutomation, ...]
    """Automations, those that lose something first."""
    automations_left_out: int
    """How many more are touched; those that go on are not among them."""
    primitives: tuple[ImpactedPrimitive, ...]
    """Primitives."""
    asks: bool
    """Whether somebody should be asked before: something active loses its fires, or depends on it."""


class ImpactView(Impact):
    """The impact of pausing or archiving an automation, or of disabling or archiving a primitive."""

    action: ImpactAction
    """What was asked about."""
    automation: AutomationRef | None
    """The automation. null: it is about a primitive."""
    primitive: ImpactedPrimitive | None
    """The primitive, and what it is. null: it is about an automation."""
    dependents: tuple[Dependent, ...]
    """Automations that depend on it by dependencies."""
    running_now: int
    """Number of its open runs."""
    warnings: tuple[str, ...]
    """The same in sentences."""
