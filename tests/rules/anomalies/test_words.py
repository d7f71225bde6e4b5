"""Each anomaly is one sentence: what, how much, against what, and when."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.rules.anomalies.words import anomaly_text
from models.states import AnomalyMetric

LAST = datetime(2026, 3, 2, 14, tzinfo=UTC)
BAND = {"low": 90.4, "high": 170.2}


@pytest.mark.parametrize(
    ("metric", "figures", "expected"),
    [
        (
            AnomalyMetric.STARTS,
            {"value": 412, "usual": 130, "runs": 412},
            "Events have started Orders intake 412 times between 14:00 and 15:00; usual are 130 (90 to 170)",
        ),
        (
            AnomalyMetric.STARTS,
            {"value": 4, "usual": 130, "runs": 4, "is_low": True},
            "Events have started Orders intake only 4 times between 14:00 and 15:00; usual are 130 (90 to 170)",
        ),
        (
            AnomalyMetric.STARTS,
            {"value": 60, "usual": 12, "runs": 60, "hours": 24},
            "Events have started Orders intake 60 times within the 24 h before 15:00; usual are 12 (90 to 170)",
        ),
        (
            AnomalyMetric.FAILURES,
            {"value": 900 / 22, "usual": 3, "runs": 22, "hours": 3},
            "Orders intake failed 9 of 22 runs between 12:00 and 15:00 (41%); usual are 3%",
        ),
        (
            AnomalyMetric.DURATION,
            {"value": 41_000, "usual": 12_000, "runs": 22},
            "Runs of Orders intake took 41 s between 14:00 and 15:00; usual are 12 s",
        ),
        (
            AnomalyMetric.COST_PER_RUN,
            {"value": 310_000, "usual": 120_000, "runs": 22},
            "A run of Orders intake cost $0.31 between 14:00 and 15:00; usual are $0.12",
        ),
        (
            AnomalyMetric.WAIT,
            {"value": 38_000, "usual": 400, "runs": 214},
            "5% of the runs of Orders intake waited 38 s or longer between 14:00 and 15:00; usual are 0.4 s",
        ),
    ],
)
def test_what_is_unusual_is_said_in_one_sentence(metric: AnomalyMetric, figures: dict[str, Any], expected: str) -> None:
    given = {"is_low": False, "hours": 1, **BAND, **figures}
    assert anomaly_text("Orders intake", metric, last_hour=LAST, tz=UTC, **given) == expected


def test_times_are_those_of_the_zone() -> None:
    figures: dict[str, Any] = {"value": 412, "usual": 130, "runs": 412, "is_low": False, "hours": 1, **BAND}
    found = anomaly_text("Desk", AnomalyMetric.STARTS, last_hour=LAST, tz=ZoneInfo("America/New_York"), **figures)
    assert "between 09:00 and 10:00" in found
