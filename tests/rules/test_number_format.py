"""Money, percentages and durations as text; the page has the same cases in web/src/lib/text/format.test.ts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.rules.number_format import exact_duration, money, percent, plural


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        ("0", "$0.00"),
        ("0.00000001", "$0.00000001"),
        ("0.0042", "$0.0042"),
        ("0.05", "$0.05"),
        ("0.0996", "$0.10"),
        ("12.5", "$12.50"),
        ("999.996", "$1,000.00"),
        ("1234.567", "$1,235"),
        (Decimal("-0.125"), "-$0.13"),
    ],
)
def test_money_has_the_digits_that_matter_and_unknown_is_not_nothing(amount: Decimal | str | None, text: str) -> None:
    assert money(amount) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0%"), (46.2, "46%"), (46.5, "47%"), (99, "99%"), (99.97, "99.9%"), (100, "100%")]
)
def test_no_rate_looks_perfect_that_is_not(rate: float, text: str) -> None:
    assert percent(rate) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 ms"),
        (940, "940 ms"),
        (4200, "4.2 s"),
        (9960, "10 s"),
        (38_000, "38 s"),
        (59_700, "1 m 0 s"),
        (95_000, "1 m 35 s"),
        (3_599_800, "1 h 0 m"),
        (7_260_000, "2 h 1 m"),
    ],
)
def test_a_duration_has_two_units_at_most(milliseconds: int, text: str) -> None:
    assert exact_duration(timedelta(milliseconds=milliseconds)) == text


def test_a_count_agrees_with_its_noun() -> None:
    assert [plural(number, "task") for number in (0, 1, 1204)] == ["0 tasks", "1 task", "1,204 tasks"]
    assert plural(2, "capacity", "capacities") == "2 capacities"
