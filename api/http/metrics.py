"""Prometheus metrics of the API; labels have few values, never an id."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("podium_http_requests", "Requests by route and status", ("method", "route", "status"))
REFUSED = Counter("podium_refused_requests", "Requests refused with an error of ours, by its code", ("route", "code"))
REQUEST_SECONDS = Histogram(
    "podium_http_request_seconds",
    "Duration of requests",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FIRES = Counter("podium_fires", "Accepted deliveries by source and outcome", ("source", "outcome"))
FIRED_RUNS = Counter("podium_fired_runs", "Runs started by deliveries, by kind and status", ("kind", "status"))
SKIPPED_RUNS = Counter("podium_skipped_runs", "Runs that deliveries did not start, by reason", ("reason",))
DUPLICATES = Counter("podium_duplicate_deliveries", "Deliveries with a repeated idempotency key", ("source",))
REJECTED = Counter("podium_rejected_deliveries", "Deliveries rejected for their signature or timestamp", ("source",))
UNREADABLE = Counter(
    "podium_unreadable_deliveries", "Verified deliveries whose body could not be read, by code", ("source", "code")
)
FILTER_ERRORS = Counter(
    "podium_filter_errors", "Automations that did not fire because their filter failed", ("source", "code")
)
DEAD_LETTERS = Gauge(
    "podium_dead_letters",
    "Deliveries that were accepted but not carried out, by reason; counted up to 10,000",
    ("reason",),
)
PENDING_REPLAYS = Gauge("podium_pending_replays", "Deliveries of open replays whose turn has not come")
OPEN_RUNS = Gauge("podium_open_runs", "Runs that have not finished, by status", ("status",))
OLDEST_QUEUED_SECONDS = Gauge(
    "podium_oldest_queued_run_seconds", "Age of the oldest queued run that may start; 0 if none"
)
WAITING_RUNS = Gauge(
    "podium_waiting_runs", "Queued runs that flow control holds, by kind and what holds them", ("kind", "held_by")
)
OLDEST_WAITING_SECONDS = Gauge(
    "podium_oldest_waiting_run_seconds", "Age of the oldest run that flow control holds; 0 if none"
)
BUDGET_USD = Gauge(
    "podium_budget_usd",
    "Budgets of this month: their limit, what is spent, and what is reserved for runs under way",
    ("scope", "target", "part"),
)
BUDGET_REFUSED_RUNS = Gauge(
    "podium_budget_refused_runs", "Runs that a budget has skipped this month", ("scope", "target")
)
BACKFILLS = Gauge("podium_backfills", "Backfills that have not ended, by kind and status", ("kind", "status"))
SWEEP_AGE_SECONDS = Gauge("podium_sweep_age_seconds", "Time since a part of the sweep last came to its end")
SWEEP_PART_AGE_SECONDS = Gauge("podium_sweep_part_age_seconds", "The same by part of the sweep", ("part",))
SLOTS = Gauge("podium_slots", "Activity slots of all workers, by task queue", ("queue",))
SLOTS_USED = Gauge("podium_slots_used", "Activity slots in use, by task queue", ("queue",))
BACKLOG = Gauge("podium_task_queue_backlog", "Tasks that wait for a slot, by task queue", ("queue",))
POLLERS = Gauge("podium_task_queue_pollers", "Workers that poll, by task queue", ("queue",))
