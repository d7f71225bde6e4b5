"""Shares of a whole, and how sure they are."""

import pytest

from models.rules.control.shares import share, wilson


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0) is None
    assert share(1, 3) == 33.33


@pytest.mark.parametrize(
    ("part", "whole", "interval"),
    [(20, 20, (83.9, 100.0)), (0, 20, (0.0, 16.1)), (50, 100, (40.4, 59.6)), (3, 3, None)],
)
def test_an_interval_is_never_a_point(part: int, whole: int, interval: tuple[float, float] | None) -> None:
    assert wilson(part, whole) == interval
