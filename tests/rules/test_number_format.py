"""Money and percentages as text; the page has the same cases in web/src/lib/text/format.test.ts."""

from decimal import Decimal

import pytest

from models.rules.number_format import money, percent


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
