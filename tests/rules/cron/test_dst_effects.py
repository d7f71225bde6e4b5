from datetime import UTC, datetime

import pytest

from models.rules.cron.dst_effects import transition_effects
from models.rules.cron.expression import parse
from models.rules.cron.zones import zone

START, END = datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 11, 22, tzinfo=UTC)
SPRING, AUTUMN = 0, 1
AS_EVER = "It fires as on any other day."


@pytest.mark.parametrize(
    ("cron", "spring", "autumn"),
    [
        (
            "30 2 * * *",
            "02:30 does not exist on this day; it fires at 03:00 instead.",
            "02:30 comes twice on this day; it fires the first time only.",
        ),
        (
            "0,30 2 * * *",
            "02:00, 02:30 do not exist on this day; it fires at 03:00 instead.",
            "02:00, 02:30 come twice on this day; it fires the first time only.",
        ),
        ("0 2,3 * * *", "02:00 does not exist on this day; it fires once with what is due then.",
         "02:00 comes twice on this day; it fires the first time only."),
        ("*/30 * * * *", "It fires 46 times instead of 48.", "It fires 50 times instead of 48."),
        ("0 22 * * *", AS_EVER, AS_EVER),
        ("0 0 1 1 *", "It does not fire on this day.", "It does not fire on this day."),
        ("*/15 12 * * *", AS_EVER, AS_EVER),
    ],
)  # fmt: skip
def test_the_effect_of_a_zone_transition_is_described(cron: str, spring: str, autumn: str) -> None:
    effects = transition_effects(parse(cron), zone("Europe/Berlin"), START, END)
    assert [str(effect.change.day) for effect in effects] == ["2027-03-28", "2027-10-31"]
    assert [effect.text for effect in effects] == [spring, autumn]


def test_a_zone_without_transitions_has_no_effects() -> None:
    assert transition_effects(parse("30 2 * * *"), zone("Asia/Kolkata"), START, END) == []
