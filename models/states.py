"""The states of runs, steps and automations, sources and scopes: plain words, quick to import."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    STUCK = "stuck"
    """Open, but its Temporal workflow task fails again and again: without somebody's help it never ends."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"


OPEN_STATUSES = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING, RunStatus.STUCK})


class StepStatus(StrEnum):
    """Where a step is."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a run was not carried out."""

    PAUSED = "paused"
    ARCHIVED = "archived"
    OVER_BUDGET = "over_budget"
    PRIMITIVE_INACTIVE = "primitive_inactive"


class Scope(StrEnum):
    """What a key may do; each contains the ones before it."""

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Tell whether a key of this scope may do what needs the other."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class Source(StrEnum):
    """What makes an automation fire; the seed's filter pills."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    EVENT = "event"
    SLACK = "slack"
    MANUAL = "manual"


class Severity(StrEnum):
    """How badly an automation does, best first."""

    HEALTHY = "healthy"
    DEGRADING = "degrading"
    UNSTABLE = "unstable"
    FAILING = "failing"


class State(StrEnum):
    """What an automation is doing; the first that holds, in the order of `models/rules/listing/severity.py`."""

    NEW = "new"
    OK = "ok"
    RUNNING = "running"
    PAUSED = "paused"
    AUTO_DISABLED = "auto_disabled"
    SLOWED = "slowed"
    OVERDUE = "overdue"
    DRIFTED = "drifted"
    OVER_BUDGET = "over_budget"
    ARCHIVED = "archived"


class Window(StrEnum):
    """Which finished runs severity and rates are judged by: the newest of each automation, or all there ever were."""

    RECENT = "recent"
    ALL = "all"


class SortBy(StrEnum):
    """What the list is ordered by; each has an order that comes first to mind (`models/rules/listing/sorting.py`)."""

    SEVERITY = "severity"
    NAME = "name"
    RUNS = "runs"
    SUCCESS = "success"
    LAST_RUN = "lastRun"
    NEXT_RUN = "nextRun"
    COST = "cost"


class Order(StrEnum):
    """Which way; what has no value (no run, no next run, unknown cost) comes last either way."""

    ASC = "asc"
    DESC = "desc"


class BulkAction(StrEnum):
    """What is done to each."""

    PAUSE = "pause"
    RESUME = "resume"
    FIRE = "fire"
    ARCHIVE = "archive"
    RESTORE = "restore"


class LeftAlone(StrEnum):
    """Why an automation that was asked for is left as it is."""

    ALREADY = "already"
    """It is so already."""
    PAUSED = "paused"
    """What is paused is fired only one by one, with `force`."""
    ARCHIVED = "archived"
    TAKEN = "taken"
    """Another automation has its slug or its webhook path by now."""
    PRIMITIVE_GONE = "primitive_gone"
    """What it would run is archived."""
