"""Named timeouts and retry policies; nothing else spells one out."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from models.contracts.specs import RetrySpec

FOREVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1)
)

DATABASE = LocalActivityConfig(
    start_to_close_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=15)),
    # A longer wait goes into a durable timer, so that a workflow task is not held while PostgreSQL is away.
    local_retry_threshold=timedelta(seconds=5),
)
"""Our own rows: as often as it takes, because what has happened must be written."""

CLOCK = ActivityConfig(start_to_close_timeout=timedelta(seconds=60), retry_policy=FOREVER)
"""Making a Temporal Schedule equal to its row: as often as it takes."""

SWEEP = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
"""One pass of the sweep: the next pass is the retry."""

HEARTBEAT = timedelta(seconds=20)


def retry_policy(spec: RetrySpec) -> RetryPolicy:
    """Give Temporal's form of a retry spec."""
    return RetryPolicy(
        maximum_attempts=spec.max_attempts,
        initial_interval=timedelta(seconds=spec.initial_seconds),
        backoff_coefficient=spec.backoff,
        maximum_interval=timedelta(seconds=max(spec.max_seconds, spec.initial_seconds)),
    )


def agent_call(timeout_seconds: float, retry: RetrySpec, summary: str) -> ActivityConfig:
    """Give the options of one agent call: its own time and retries, and heartbeats that tell a dead worker soon."""
    return ActivityConfig(
        summary=summary,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        start_to_close_timeout=timedelta(seconds=timeout_seconds + 5),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=retry_policy(retry),
    )


def http_step(timeout_seconds: float, retry: RetrySpec, summary: str) -> ActivityConfig:
    """Give the options of a plain HTTP step."""
    return ActivityConfig(
        summary=summary, start_to_close_timeout=timedelta(seconds=timeout_seconds + 5), retry_policy=retry_policy(retry)
    )


def retry_delay(spec: RetrySpec, attempt: int) -> float:
    """Give the seconds between an attempt (from 1) and the next."""
    return min(spec.initial_seconds * spec.backoff ** (attempt - 1), spec.max_seconds)
