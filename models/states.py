"""Enums of runs, steps, automations, lists and keys. Imports nothing, so that commands start quickly."""

from enum import StrEnum


class RunStatus(StrEnum):
    """The status of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    STUCK = "stuck"
    """Open, but its Temporal workflow task keeps failing; it cannot end until the cause is fixed."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"


OPEN_STATUSES = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING, RunStatus.STUCK})
CLOSED_STATUSES = frozenset(RunStatus) - OPEN_STATUSES


class StatusGroup(StrEnum):
    """Several statuses, as a filter."""

    OPEN = "open"
    """Queued, running, waiting or stuck."""
    ENDED = "ended"


class StepStatus(StrEnum):
    """The status of a step."""

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
    BAD_EXPRESSION = "bad_expression"
    """An expression of its flow control could not be evaluated."""
    DUPLICATE = "duplicate"
    """An earlier delivery had the same idempotency value."""
    RATE_LIMITED = "rate_limited"
    SINGLETON = "singleton"
    """Another run of its key was open."""
    SUPERSEDED = "superseded"
    """A newer delivery waits in its place."""
    DEBOUNCED = "debounced"
    """It is folded into a run of the same debounce window."""
    BATCHED = "batched"
    """It is folded into the run of its batch."""
    QUEUE_FULL = "queue_full"
    EXPIRED = "expired"
    """It has waited longer than it may."""
    CHAIN_TOO_DEEP = "chain_too_deep"
    """Too many automations in a row have fired one another."""
    CHAIN_LOOPS = "chain_loops"
    """The same chain of runs has fired the automation too often."""
    CLEARED = "cleared"
    """Somebody has cleared the queue."""


class HeldBy(StrEnum):
    """What a queued run waits for."""

    CONCURRENCY = "concurrency"
    THROTTLE = "throttle"
    DEBOUNCE = "debounce"
    BATCH = "batch"
    BUDGET = "budget"
    """A budget has no room beside the runs under way, or the cost of a run is not known yet: then one at a time may
    start."""
    CAPACITY = "capacity"
    """As many runs of its agent are open as the agent's capacity allows."""
    BACKFILL = "backfill"
    """Its turn in a backfill has not come."""


class WorkClass(StrEnum):
    """What Temporal hands to a busy worker first: classes of work, most urgent first."""

    INTERACTIVE = "interactive"
    """Deliveries, manual fires, executions and reruns: somebody waits."""
    SCHEDULE = "schedule"
    BACKFILL = "backfill"


class BackfillKind(StrEnum):
    """What the runs of a backfill are made for."""

    BACKFILL = "backfill"
    """The due times of a schedule between two instants."""
    CATCH_UP = "catch_up"
    """Due times that were missed in an outage or a pause; made by the schedule's own policy."""
    RERUN = "rerun"
    """Earlier runs that a filter has selected."""


class BackfillStatus(StrEnum):
    """The status of a backfill."""

    RUNNING = "running"
    PAUSED = "paused"
    """What is under way goes on; nothing more starts."""
    COMPLETED = "completed"
    """All of its runs have ended, in whatever way."""
    CANCELLED = "cancelled"
    """What had not started was taken back; what was under way has gone on."""


OPEN_BACKFILLS = frozenset({BackfillStatus.RUNNING, BackfillStatus.PAUSED})


class BackfillOrder(StrEnum):
    """Which runs of a backfill start first."""

    OLDEST = "oldest"
    NEWEST = "newest"


class Again(StrEnum):
    """Which due times a backfill runs besides those that have not run."""

    NONE = "none"
    FAILED = "failed"
    """Those whose run failed or was cancelled."""
    ALL = "all"
    """Those whose run completed, too."""


class LeftOut(StrEnum):
    """Why a backfill leaves a due time or a run out."""

    RAN = "ran"
    """It has completed, or a rerun of it has."""
    FAILED = "failed"
    """It has run and failed."""
    CANCELLED = "cancelled"
    """It has run and was cancelled."""
    UNDER_WAY = "under_way"
    """A run of it is open."""
    MAY_START = "may_start"
    """Its schedule may still start it."""
    MISSED = "missed"
    """A missed due time; a rerun needs a run."""
    ARCHIVED = "archived"
    """Its automation or primitive is archived."""
    TOO_MANY = "too_many"
    """The newest ones only are caught up with."""


class Catchup(StrEnum):
    """What happens to due times that were missed because of an outage or a pause."""

    NONE = "none"
    LAST = "last"
    """The newest of them is run."""
    ALL = "all"
    """All of them are run, one after another."""


class BudgetScope(StrEnum):
    """What a budget is for, the widest first."""

    ALL = "all"
    """All root runs, with the runs that they call."""
    KIND = "kind"
    """All runs of a kind, whoever calls them."""
    PRIMITIVE = "primitive"
    """All runs of a primitive, whoever calls them."""
    AUTOMATION = "automation"
    """All runs of an automation, with the runs that they call."""


class BudgetAction(StrEnum):
    """What a budget does once it is spent."""

    STOP = "stop"
    """No further run starts before the month ends: it is skipped."""
    WARN = "warn"
    """People are told; runs start as before."""


class Scope(StrEnum):
    """The scope of a key; each contains the ones before it."""

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Return whether a key of this scope may do what `needed` allows."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class FireWhen(StrEnum):
    """Which ends of a run start a run of a dependent automation."""

    COMPLETED = "completed"
    FAILED = "failed"
    FINISHED = "finished"
    """Completed or failed."""


class Source(StrEnum):
    """The source of an automation's fires."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    EVENT = "event"
    SLACK = "slack"
    MANUAL = "manual"


class DeliveryOutcome(StrEnum):
    """What became of a delivery when it arrived."""

    PENDING = "pending"
    """Its runs are stored in a moment."""
    FIRED = "fired"
    SKIPPED = "skipped"
    FILTERED = "filtered"
    FILTER_ERROR = "filter_error"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"
    REJECTED = "rejected"


class MatchOutcome(StrEnum):
    """What a delivery meant for an automation that listened."""

    MATCHED = "matched"
    PAUSED = "paused"
    FILTERED = "filtered"
    FILTER_ERROR = "filter_error"


class DeadReason(StrEnum):
    """Why a delivery is a dead letter, where no run of it was skipped; else it is the run's `SkipReason`."""

    UNREADABLE = "unreadable"
    """It was verified, but its body could not be read."""
    UNMATCHED = "unmatched"
    """Nothing listens to it any more."""
    FILTER_ERROR = "filter_error"
    """A filter could not be evaluated, and nothing else was fired."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReplayStatus(StrEnum):
    """The status of a replay of many deliveries."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN_REPLAYS = frozenset({ReplayStatus.RUNNING, ReplayStatus.PAUSED})


class NotReplayed(StrEnum):
    """Why a replay leaves out a delivery that its filter selects."""

    UNREADABLE = "unreadable"
    """Nothing of its body is stored."""
    CONTENT_DELETED = "content_deleted"
    """What was sent was deleted for its age."""
    UNDER_WAY = "under_way"
    """One of its runs has not ended."""
    REPLAYED = "replayed"
    """A replay stands for it already."""


class ReplayResult(StrEnum):
    """What became of a delivery in a replay, where it is no outcome of a delivery."""

    FAILED = "failed"
    """It could not be replayed."""
    CANCELLED = "cancelled"
    """The replay was cancelled before its turn."""


class RunSource(StrEnum):
    """What started a run."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    EVENT = "event"
    SLACK = "slack"
    MANUAL = "manual"
    """Its automation was fired by hand."""
    DIRECT = "direct"
    """Its primitive was executed by hand, without an automation."""
    RERUN = "rerun"
    """An earlier run was run again."""
    DEPENDENCY = "dependency"
    """A run of an automation that its own depends on ended."""
    BACKFILL = "backfill"
    """A due time of the past was caught up on."""
    PARENT = "parent"
    """It is part of another run."""


class Exactness(StrEnum):
    """What is known of a count."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    """There are more: counting has stopped there."""
    SO_FAR = "so_far"
    """Counted among the newest runs only."""


class ExportFormat(StrEnum):
    """The format of an export."""

    CSV = "csv"
    NDJSON = "ndjson"


class FoundBy(StrEnum):
    """What the text in the search box of runs was taken for."""

    RUN = "run"
    """The id of a run, or its beginning."""
    TEMPORAL = "temporal"
    """A Temporal workflow id."""
    DELIVERY = "delivery"
    """The id or the idempotency key of a delivery."""
    WORDS = "words"
    """Words in a name, an error or a reason."""


BY_HAND = frozenset({RunSource.MANUAL, RunSource.DIRECT, RunSource.RERUN})
"""Sources of runs that somebody has asked for."""


class ErrorGroupState(StrEnum):
    """What people have decided about a group of errors."""

    OPEN = "open"
    RESOLVED = "resolved"
    """A run that starts afterwards and fails with it opens it again."""
    IGNORED = "ignored"


class GroupOutcome(StrEnum):
    """How the runs of a group ended."""

    FAILED = "failed"
    SKIPPED = "skipped"
    MISSED = "missed"


class GroupStanding(StrEnum):
    """What is to be thought of a group."""

    OPEN = "open"
    REGRESSED = "regressed"
    """It was resolved, and a run that started afterwards ended with it."""
    RESOLVED = "resolved"
    IGNORED = "ignored"


class GroupSort(StrEnum):
    """The order of groups; each has its largest first."""

    RUNS = "runs"
    """Runs in the span."""
    LAST_SEEN = "lastSeen"
    FIRST_SEEN = "firstSeen"


class AnomalyMetric(StrEnum):
    """What is judged each hour against what is usual."""

    STARTS = "starts"
    """Runs that webhooks, events and Slack have started."""
    FAILURES = "failures"
    DURATION = "duration"
    COST_PER_RUN = "cost_per_run"
    WAIT = "wait"


class Severity(StrEnum):
    """How an automation performs, best first."""

    HEALTHY = "healthy"
    DEGRADING = "degrading"
    UNSTABLE = "unstable"
    FAILING = "failing"


class HealthState(StrEnum):
    """The health of everything, or of a kind."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """It runs, but not all of it as it should."""
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    """What it is judged by is missing or old."""
    IDLE = "idle"
    """Nothing has run within the window."""
    EMPTY = "empty"
    """Nothing is set up yet."""


class AutomationState(StrEnum):
    """The state of an automation; the first that holds, in the order of `models/rules/listing/severity.py`."""

    NEW = "new"
    OK = "ok"
    RUNNING = "running"
    PAUSED = "paused"
    SNOOZED = "snoozed"
    """Paused until a given time."""
    AUTO_DISABLED = "auto_disabled"
    SLOWED = "slowed"
    OVERDUE = "overdue"
    DRIFTED = "drifted"
    OVER_BUDGET = "over_budget"
    ARCHIVED = "archived"


class Window(StrEnum):
    """Which finished runs severity and success rate count: the most recent of each automation, or all."""

    RECENT = "recent"
    ALL = "all"


class SortBy(StrEnum):
    """The sort order of the list; default directions are in `models/rules/listing/sorting.py`."""

    SEVERITY = "severity"
    NAME = "name"
    RUNS = "runs"
    SUCCESS = "success"
    LAST_RUN = "lastRun"
    NEXT_RUN = "nextRun"
    COST = "cost"


class Order(StrEnum):
    """The direction; automations without a value (no run, no next run, unknown cost) come last in both."""

    ASC = "asc"
    DESC = "desc"


class BulkAction(StrEnum):
    """The action that a bulk request takes on each automation."""

    PAUSE = "pause"
    RESUME = "resume"
    FIRE = "fire"
    ARCHIVE = "archive"
    RESTORE = "restore"


class UnchangedReason(StrEnum):
    """Why a bulk action leaves an automation unchanged."""

    ALREADY = "already"
    """It is already in that state."""
    PAUSED = "paused"
    """Paused automations are fired one at a time, with `force`."""
    ARCHIVED = "archived"
    TAKEN = "taken"
    """Another automation uses its slug or webhook path."""
    PRIMITIVE_GONE = "primitive_gone"
    """Its primitive is archived."""


class FixedReason(StrEnum):
    """Why spreading leaves a schedule where it is."""

    NO_SLACK = "no_slack"
    """Its `spreadMinutes` is 0."""
    DECLARED = "declared"
    """A declaration owns it and does not allow moving it."""
    PAUSED = "paused"
    SLOWED = "slowed"
    DEPENDENCY = "dependency"
    """Another automation needs it, or it needs another, and they are too close together to be moved."""
    UNREADABLE = "unreadable"
    NO_PLACE = "no_place"
    """No other time can be said with its minute and hour fields, or all are closed."""


class SpreadBecause(StrEnum):
    """Why spreading moves a schedule."""

    HOUR = "hour"
    """It started in an hour above the target."""
    MINUTE = "minute"
    """It ran in a minute above the target."""
    ROOM = "room"
    """It makes room for another one."""
    BACK = "back"
    """It had been moved farther than is needed now."""
