"""Flapping, healthy windows that forgive a trip, and the brake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.damping import BRAKE_LEAST, TRIPS_KEPT, brakes, ends_healthy_window, is_flapping, with_trip
from tests.rules.properties import examples
from tests.rules.test_health import POLICY, outcomes

NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days_ago", "flaps"),
    [([], False), ([0, 1], False), ([0, 1, 6.9], True), ([0, 1, 7], False), ([0, 7, 8, 9], False)],
)
def test_three_trips_within_seven_days_are_flapping(days_ago: list[float], flaps: bool) -> None:
    assert is_flapping([NOW - timedelta(days=one) for one in days_ago], NOW) is flaps


@examples(200)
@given(hours=st.lists(st.integers(0, 400), max_size=40))
def test_the_trips_that_are_kept_tell_as_much_as_all_of_them(hours: list[int]) -> None:
    kept: list[datetime] = []
    every = [NOW + timedelta(hours=one) for one in sorted(hours)]
    for index, at in enumerate(every):
        kept = with_trip(kept, at)
        assert len(kept) <= TRIPS_KEPT
        assert is_flapping(kept, at) is is_flapping(every[: index + 1], at)


def test_a_healthy_window_ends_with_its_last_run_only() -> None:
    ends = [since for since in range(31) if ends_healthy_window(POLICY, outcomes(30, 30), since)]
    assert ends == [10, 20, 30]
    assert not ends_healthy_window(POLICY, outcomes(6), 10), "recovering takes five points more than the threshold"
    assert ends_healthy_window(replace(POLICY, recover_threshold=60), outcomes(6), 10)


@pytest.mark.parametrize(
    ("disabled", "automations", "expected"),
    [(0, 1, False), (3, 4, False), (4, 4, True), (4, 10, True), (5, 20, False), (6, 20, True), (299, 1000, False)],
)
def test_the_brake_needs_five_and_more_than_the_share(disabled: int, automations: int, expected: bool) -> None:
    assert brakes(disabled, automations, 30) is expected


@examples(200)
@given(automations=st.integers(1, 5000), percent=st.integers(1, 100))
def test_no_more_are_disabled_than_the_share_or_four(automations: int, percent: int) -> None:
    disabled = 0
    while disabled < automations and not brakes(disabled, automations, percent):
        disabled += 1
    assert disabled == min(automations, max(automations * percent // 100, BRAKE_LEAST - 1))
