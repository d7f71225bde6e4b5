"""Podium and Temporal wait equally long before an attempt is repeated."""

import pytest

from models.contracts.primitives.runners import RetrySpec
from models.rules.retries import retry_delay
from workflows.options import retry_policy


@pytest.mark.parametrize(
    ("spec", "delays"),
    [
        (RetrySpec(initial_seconds=1, backoff=2, max_seconds=5), [1, 2, 4, 5, 5]),
        (RetrySpec(initial_seconds=10, backoff=2, max_seconds=5), [10, 10, 10, 10, 10]),
    ],
)
def test_delays_grow_up_to_the_longest_as_in_temporal(spec: RetrySpec, delays: list[float]) -> None:
    policy = retry_policy(spec)
    assert policy.maximum_interval is not None
    first, longest = policy.initial_interval.total_seconds(), policy.maximum_interval.total_seconds()
    assert [min(first * policy.backoff_coefficient**retry, longest) for retry in range(5)] == delays
    assert [retry_delay(spec, attempt) for attempt in range(1, 6)] == delays
