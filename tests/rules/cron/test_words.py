import pytest
from hypothesis import given

from models.rules.cron.expression import Cron, parse
from models.rules.cron.other_readings import other_readings
from models.rules.cron.words import Cadence, cadence, describe
from tests.rules.properties import examples
from tests.rules.strategies import crons


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 22 * * *", "At 22:00"),
        ("@daily", "At 00:00"),
        ("*/30 * * * *", "Every 30 minutes"),
        ("0 0 13 * 5", "At 00:00, on day 13 of the month, or on Friday"),
        ("0 9 * * 5#3", "At 09:00, on the third Friday of the month"),
        ("0 9 * * 1,5#3", "At 09:00, on Monday and on the third Friday of the month"),
        ("30 1 L,15 * *", "At 01:30, on day 15 of the month and on the last day of the month"),
        ("0 9 LW * *", "At 09:00, on the last weekday of the month"),
        ("0 0 */10 * 1", "At 00:00, on day 1, 11, 21, and 31 of the month, and on Monday"),
        ("0 9 * * SUN-SAT", "At 09:00"),
        (
            "*/15 9-17 * JAN MON-FRI",
            "Every 15 minutes, between 09:00 and 17:59, Monday through Friday, in January",
        ),
    ],
)
def test_a_cron_is_described_in_words(text: str, words: str) -> None:
    assert describe(parse(text)) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/30 * * * *", Cadence("Every 30 min", 48)),
        ("* * * * *", Cadence("Every minute", 1440)),
        ("5 * * * 1", Cadence("Every hour", 24)),
        ("0 */6 * * *", Cadence("Every 6 h", 4)),
        ("0 22 * * *", Cadence("At 22:00", 1)),
        ("*/15 9-17 * * 1-5", Cadence("Every 15 min, 09:00 to 17:45", 36)),
        ("*/7 * * * *", Cadence("216 times a day", 216)),
    ],
)
def test_the_cadence_is_short(text: str, expected: Cadence) -> None:
    assert cadence(parse(text)) == expected


@pytest.mark.parametrize("text", ["0 22 * * *", "*/15 9-17 * * 1-5", "0 0 13 * 5", "0 9 * * 5#3", "@weekly"])
def test_common_expressions_have_no_warning(text: str) -> None:
    assert other_readings(parse(text)) == ()


@pytest.mark.parametrize("text", ["0 0 */2 * 1", "5-5/2 * * * *", "0 9 * * 5L", "0 9 LW * *"])
def test_an_expression_that_others_read_differently_has_a_warning(text: str) -> None:
    warnings = other_readings(parse(text))
    assert warnings
    assert all("croniter" in warning for warning in warnings)


@given(crons())
@examples(60)
def test_every_cron_can_be_described_and_checked(cron: Cron) -> None:
    assert describe(cron)
    assert cadence(cron).per_day == cron.fires_per_day
    other_readings(cron)
