"""What the verdict on the whole system rests on."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """An automation with the results of its health window."""

    slug: str
    name: str
    completed: int = 0
    failed: int = 0

    @property
    def rate(self) -> float:
        """Its success rate in percent."""
        return 100 * self.completed / max(self.completed + self.failed, 1)


@dataclass(frozen=True, slots=True)
class SpentBudget:
    """A budget that lets nothing start any more until its month ends; `name` is such as "the budget of Scout"."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A step that waits for somebody's decision."""

    run_id: str
    step: str
    of: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something that is unusual now, and that no change explains."""

    text: str
    link: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Engine:
    """What carries runs out.

    Attributes:
        temporal: Why Temporal does not answer; None if it does.
        unserved: Task queues that no worker polls.
        queues: How many task queues there are.
        sweep_age: Seconds since the sweep passed; None if it never has.
        sweep_allowed: From how many seconds on that is late.
        queued: Runs that may start and have not.
    """

    temporal: str | None = None
    unserved: tuple[str, ...] = ()
    queues: int = 1
    sweep_age: float | None = 0
    sweep_allowed: float = 120
    queued: int = 0
    oldest_queued_seconds: float = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Recent:
    """Root runs that arrived within the last 24 hours, and what all calls of that time have cost."""

    runs: int = 0
    completed: int = 0
    failed: int = 0
    cost: str = "$0.00"
    unknown_costs: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is judged. Lists of automations have the worst first."""

    engine: Engine = field(default_factory=Engine)
    recent: Recent = field(default_factory=Recent)
    has_primitives: bool = True
    automations: int = 1
    failing: tuple[Judged, ...] = ()
    unstable: tuple[Judged, ...] = ()
    auto_disabled: tuple[Judged, ...] = ()
    overdue: tuple[Judged, ...] = ()
    drifted: tuple[Judged, ...] = ()
    unusual: tuple[Unusual, ...] = ()
    spent: tuple[SpentBudget, ...] = ()
    approvals: tuple[Approval, ...] = ()
    """The oldest ones."""
    approvals_in_all: int = 0
    dead_letters: int = 0
    peak: str | None = None
    """The busiest coming hour in words, such as "22:00 with 214 starts"."""
