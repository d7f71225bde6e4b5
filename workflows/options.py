"""Timeouts and retry policies of activities and workers.

No other file spells one out (tests/architecture/test_one_rule.py). Those of calls to Temporal are in
`runtime/temporal/deadlines.py`.
"""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from models.contracts.primitives.specs import RetrySpec
from models.limits import MAX_AGENT_ATTEMPTS, MAX_AGENT_SECONDS
from models.rules.retries import longest_delay

FOREVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1)
)

DATABASE = LocalActivityConfig(
    start_to_close_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=15)),
    # A longer wait becomes a durable timer, so that no workflow task is held while PostgreSQL is away.
    local_retry_threshold=timedelta(seconds=5),
)
"""Writes of our own rows: retried without limit, because what has happened must be recorded."""

EXPRESSION = LocalActivityConfig(
    start_to_close_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=15)),
    local_retry_threshold=timedelta(seconds=5),
)
"""Evaluating an expression: it takes milliseconds, and may have to wait for others. Its own errors are not retried."""

SCHEDULE_SYNC = ActivityConfig(start_to_close_timeout=timedelta(seconds=60), retry_policy=FOREVER)
"""Making a Temporal schedule equal to its row: retried without limit."""

SWEEP = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
"""One part of a pass of the sweep: not retried, because the next pass repeats it."""

ADMISSION = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5), heartbeat_timeout=timedelta(seconds=10), retry_policy=FOREVER
)
"""Admitting runs as time passes: it goes on for a minute, and another worker takes over from a lost one."""

REPLAY = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5), heartbeat_timeout=timedelta(seconds=20), retry_policy=FOREVER
)
"""Replaying deliveries at a rate: it goes on for a minute, and another worker takes over from a lost one."""

SEND_NOTICES = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
"""Sending what is due: not retried, because the sweep starts it again while something is due."""

HEARTBEAT = timedelta(seconds=20)
"""An agent call whose worker has been silent for so long is tried again elsewhere."""

HEARTBEAT_THROTTLE = timedelta(seconds=1)
"""Workers send heartbeats at most this often. A cancellation reaches a call with the response to a heartbeat, so the
SDK's default of up to 16 seconds would delay it."""

SHUTDOWN_GRACE = timedelta(seconds=10)
"""How long a worker that stops lets its activities finish."""

ONE_ATTEMPT = RetrySpec(max_attempts=1)
SETTLE_POLL_SECONDS = 10.0
"""How often a pulse counts the open runs of its members while it waits for them."""

RESPONSE_MARGIN_SECONDS = 5
"""Temporal's timeout is this much later than our own, which carries the better message."""

DATABASE_MARGIN_SECONDS = 3600
"""An agent call may wait this long for PostgreSQL in addition; heartbeats reveal a lost worker much earlier."""

INFRASTRUCTURE_ATTEMPTS = 20
"""Attempts of an agent call that a lost worker or database may cost, in addition to those that the agent may fail."""


def retry_policy(spec: RetrySpec, more_attempts: int = 0) -> RetryPolicy:
    """Convert a retry spec into Temporal's retry policy."""
    return RetryPolicy(
        maximum_attempts=spec.max_attempts + more_attempts,
        initial_interval=timedelta(seconds=spec.initial_seconds),
        backoff_coefficient=spec.backoff,
        maximum_interval=timedelta(seconds=longest_delay(spec)),
    )


def agent_call(timeout_seconds: float, retry: RetrySpec, summary: str, queue: str | None = None) -> ActivityConfig:
    """Return the options of one agent call; heartbeats reveal a dead worker before the timeout does.

    Without a queue it is called on the queue of the run's workflow, as runs of older versions are.
    """
    return ActivityConfig(
        summary=summary,
        task_queue=queue,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        start_to_close_timeout=timedelta(
            seconds=timeout_seconds + (DATABASE_MARGIN_SECONDS if queue else RESPONSE_MARGIN_SECONDS)
        ),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=retry_policy(retry, INFRASTRUCTURE_ATTEMPTS if queue else 0),
    )


def agent_run(queue: str) -> ActivityConfig:
    """Return the options of a whole agent run; the activity itself knows the agent's timeout and retries."""
    return ActivityConfig(
        task_queue=queue,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        start_to_close_timeout=timedelta(seconds=MAX_AGENT_SECONDS + DATABASE_MARGIN_SECONDS),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RetryPolicy(
            maximum_attempts=MAX_AGENT_ATTEMPTS + INFRASTRUCTURE_ATTEMPTS, maximum_interval=timedelta(minutes=1)
        ),
    )


def http_step(timeout_seconds: float, retry: RetrySpec, summary: str, queue: str | None = None) -> ActivityConfig:
    """Return the options of a plain HTTP step; without a queue it is called on that of the run's workflow."""
    return ActivityConfig(
        summary=summary,
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=timeout_seconds + RESPONSE_MARGIN_SECONDS),
        retry_policy=retry_policy(retry),
    )
