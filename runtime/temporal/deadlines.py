"""Deadlines and retries of calls to Temporal's API; those of activities are in `workflows/options.py`."""

from datetime import timedelta

from temporalio.service import RetryConfig

CONNECT = timedelta(seconds=5)
START = timedelta(seconds=3)
"""A caller waits for it. What is not started in this time stays queued, and the sweep starts it."""

CONTROL = timedelta(seconds=5)
"""Cancelling and signalling a run, for a caller that waits."""

DESCRIBE = timedelta(seconds=10)
LIST = timedelta(seconds=10)

FOR_REQUESTS = RetryConfig(initial_interval_millis=100, max_interval_millis=1000, max_elapsed_time_millis=3000)
"""A process whose callers wait: the sweep makes up for what fails, so a few seconds of retries are enough."""

FOR_WORKERS = RetryConfig(initial_interval_millis=100, max_elapsed_time_millis=120_000, max_retries=100)
"""A worker reports results: one that it gives up is computed, and paid for, a second time."""
