"""Control: whether the system is healthy, in one sentence with its reasons, and what needs somebody."""

from enum import StrEnum

from models.contracts.base import Contract, Exact, Instant
from models.kinds import Kind
from models.states import HealthState


class ReasonCode(StrEnum):
    """Why the system is not healthy, in the order in which reasons are told."""

    TEMPORAL_AWAY = "temporal_away"
    NO_WORKER = "no_worker"
    SWEEP_LATE = "sweep_late"
    STUCK = "stuck"
    BACKLOG = "backlog"
    FAILING = "failing"
    AUTO_DISABLED = "auto_disabled"
    UNSTABLE = "unstable"
    UNUSUAL = "unusual"
    BUDGET_SPENT = "budget_spent"
    OVERDUE = "overdue"
    DRIFTED = "drifted"


class NeedCode(StrEnum):
    """What needs somebody, in the order in which it is listed."""

    STUCK_RUNS = "stuck_runs"
    APPROVAL = "approval"
    AUTO_DISABLED = "auto_disabled"
    FAILING = "failing"
    UNUSUAL = "unusual"
    BUDGET_SPENT = "budget_spent"
    DRIFTED = "drifted"
    OVERDUE = "overdue"
    DEAD_LETTERS = "dead_letters"


class ControlReason(Contract):
    """One reason of the verdict."""

    code: ReasonCode
    verdict: HealthState
    """What it makes of the whole by itself."""
    text: str
    link: str | None
    """Address within the page that shows what is behind it."""


class Need(Contract):
    """Something that somebody should look at."""

    code: NeedCode
    text: str
    link: str | None
    since: Instant | None
    """Since when. null: not known."""


class KindHealth(Contract):
    """One kind's root runs of the last 24 whole hours and the current one, by their arrival; only those that ended."""

    kind: Kind
    verdict: HealthState
    """By the success rate, in the bands of severity; `idle` without a run that completed or failed."""
    runs: int
    completed: int
    failed: int
    cancelled: int
    skipped: int
    missed: int
    """Due times without a run; an outage of hours counts each."""
    success_rate: float | None
    """Percent of completed among completed and failed."""
    wait_p95_ms: int | None
    """A bound below which 95 % of the waits for a start were."""


class TaskQueueHealth(Contract):
    """One of Temporal's task queues."""

    name: str
    pollers: int
    backlog: int
    """Tasks that wait for a worker, as Temporal estimates."""
    slots: int
    """Activity slots of all workers. 0: none reported."""
    slots_used: int


class EngineHealth(Contract):
    """Whether things will run."""

    temporal: str
    """`ok`, or what is wrong."""
    queues: tuple[TaskQueueHealth, ...]
    """Empty while Temporal does not answer."""
    queued_runs: int
    """Runs that may start and have not."""
    oldest_queued_at: Instant | None
    """Since when the oldest of them waits."""
    held_runs: int
    """Runs that wait for their admission."""
    oldest_held_at: Instant | None
    running_runs: int
    waiting_runs: int
    stuck_runs: int
    swept_at: Instant | None
    """When the sweep passed last. null: it never has."""


class BudgetHealth(Contract):
    """A budget that is spent, or has reached a level of warning."""

    name: str
    spent: bool
    stops: bool
    """Whether nothing of it starts once it is spent; otherwise people are only told."""
    percent: int
    """Spent of its limit."""
    ends_at: Instant
    """End of its month."""
    link: str


class ControlPeak(Contract):
    """The busiest hour of the coming 24."""

    start: Instant
    starts: int


class ControlHour(Contract):
    """One of the coming hours."""

    start: Instant
    """Start of the hour in the requested time zone. The first one is the current hour, as a whole."""
    starts: int
    """Runs that schedules start in it."""
    peak_concurrency: int
    """Maximum of their runs open at the same time, estimated from mean durations."""


class Control(Contract):
    """The health of everything at one moment."""

    as_of: Instant
    timezone: str
    """Zone of times in texts."""
    since: Instant
    """Where the window of kinds and costs begins."""
    verdict: HealthState
    sentence: str
    """At most two reasons, and how many more there are."""
    reasons: tuple[ControlReason, ...]
    """The most important first."""
    needs_you: tuple[Need, ...]
    """At most ten."""
    needs_you_left_out: int
    kinds: tuple[KindHealth, ...]
    engine: EngineHealth
    cost_usd: Exact
    """What all calls cost whose runs arrived within the window and have ended."""
    unknown_costs: int
    """Runs among them with a cost that is not known."""
    budgets: tuple[BudgetHealth, ...]
    """Spent ones first."""
    load_ahead: ControlPeak | None
    """null: nothing is due within 24 hours."""
    hours_ahead: tuple[ControlHour, ...]
    """The coming 24 hours."""
    agent_slots: int
    """Calls of agents that all workers carry out at the same time. 0: none reported."""
    automations: int
    """All that are not archived."""
    paused: int
    snoozed: int
