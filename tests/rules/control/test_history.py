"""What is usual for an hour, and what changed within one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.contracts.control_history import Usual
from models.rules.control.history import changes_in_words, same_hours_before, usual

NEW_YORK = ZoneInfo("America/New_York")


def test_the_same_hour_is_by_local_time() -> None:
    # The clocks there went back on 1 November 2026.
    found = same_hours_before(datetime(2026, 11, 5, 14, tzinfo=UTC), NEW_YORK, weeks=2)
    assert found == [datetime(2026, 10, 29, 13, tzinfo=UTC), datetime(2026, 10, 22, 13, tzinfo=UTC)]


def test_an_hour_of_utc_is_found_in_a_zone_that_is_half_an_hour_off() -> None:
    found = same_hours_before(datetime(2026, 11, 5, 14, tzinfo=UTC), ZoneInfo("Asia/Kolkata"), weeks=1)
    assert found == [datetime(2026, 10, 29, 14, tzinfo=UTC)]


def test_two_weeks_are_too_few_to_be_usual() -> None:
    assert usual([4, 6]) is None
    assert usual([4, 6, 5]) == Usual(low=4.5, median=5, high=5.5)
    assert usual([10, 10, 10, 10, 10, 500]) == Usual(low=10, median=10, high=10)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([("automation.paused", 1, "Desk")], "Desk paused"),
        ([("automation.paused", 1, None)], "1 automation paused"),
        (
            [("dependency.removed", 2, None), ("automation.changed", 12, "Desk")],
            "12 automations changed, 2 dependencies removed",
        ),
        ([("health.disable", 2, "Desk")], "2 automations disabled by health policy"),
        (
            [
                ("automation.created", 5, None),
                ("primitive.created", 4, None),
                ("budget.created", 3, None),
                ("dependency.created", 2, None),
                ("backfill.started", 1, None),
            ],
            "5 automations created, 4 primitives created, 3 budgets created, 3 more changes",
        ),
    ],
)
def test_changes_are_told_with_the_most_first(found: list[tuple[str, int, str | None]], text: str) -> None:
    assert changes_in_words(found) == text
