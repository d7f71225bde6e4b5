"""Health policies: what they do at which success rate, and how they take it back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.automations.health_policies import HealthAction
from models.rules.health import SLOWDOWNS, HealthDecision, HealthPolicy, decide
from tests.rules.properties import examples

POLICY = HealthPolicy(
    enabled=True,
    threshold=60,
    window=10,
    min_runs=10,
    action=HealthAction.REDUCE_FREQUENCY,
    triggered=False,
    slowdown=None,
)


def outcomes(completed: int, of: int = 10) -> str:
    return "F" * (of - completed) + "C" * completed


def test_a_slowdown_ends_step_by_step() -> None:
    seen = []
    policy = replace(POLICY, triggered=True, slowdown=8)
    for _ in range(3):
        decision = decide(policy, outcomes(10), 10)
        assert decision is not None
        assert decision.action is None
        policy = replace(policy, slowdown=decision.slowdown)
        seen.append(decision.slowdown)
    assert seen == [4, 2, None]


@pytest.mark.parametrize(("completed", "decides"), [(5, True), (6, False), (7, True)])
def test_recovery_needs_five_points_more_than_the_threshold(completed: int, decides: bool) -> None:
    assert (decide(replace(POLICY, triggered=True, slowdown=2), outcomes(completed), 10) is not None) is decides


def test_the_rate_of_recovery_can_be_chosen_and_is_at_most_all_of_them() -> None:
    alerted = replace(POLICY, action=HealthAction.ALERT, triggered=True)
    assert decide(replace(alerted, recover_threshold=60), outcomes(6), 10) == HealthDecision(None, 60.0, 10)
    assert decide(replace(alerted, recover_threshold=90), outcomes(8), 10) is None
    assert replace(POLICY, threshold=98).recovers_at == 100


def test_fewer_than_the_minimum_of_runs_decide_nothing() -> None:
    assert decide(POLICY, outcomes(0), 9) is None
    assert decide(POLICY, outcomes(0), 10) is not None
    assert decide(replace(POLICY, enabled=False), outcomes(0), 10) is None


@examples(600)
@given(
    ends=st.lists(st.sampled_from("CF"), max_size=200).map("".join),
    threshold=st.integers(1, 100),
    window=st.integers(1, 40),
    minimum=st.integers(1, 40),
)
def test_the_pace_changes_by_one_step_per_window_and_never_inside_the_band(
    ends: str, threshold: int, window: int, minimum: int
) -> None:
    """Carry the policy out run by run, as the store does."""
    policy = replace(POLICY, threshold=threshold, window=max(window, minimum), min_runs=minimum)
    since, seen = 0, ""
    for end in ends:
        since, seen = since + 1, seen + end
        decision = decide(policy, seen, since)
        if decision is None:
            continue
        places = SLOWDOWNS.index(policy.slowdown), SLOWDOWNS.index(decision.slowdown)
        assert since >= minimum
        if decision.action is None:
            assert places[1] == max(places[0] - 1, 0)
            assert decision.rate >= min(threshold + 5, 100)
        else:
            assert places[1] == places[0] + 1
            assert decision.rate < threshold
        triggered = decision.action is not None or decision.slowdown is not None
        policy, since = replace(policy, slowdown=decision.slowdown, triggered=triggered), 0
        assert triggered is (policy.slowdown is not None), "it is triggered exactly while it is slowed"
