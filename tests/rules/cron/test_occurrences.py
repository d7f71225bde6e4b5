from datetime import UTC, datetime, timedelta

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from models.errors import BadCron, UnknownTimezone
from models.rules.cron.expression import parse
from models.rules.cron.zone_transitions import transition_days
from models.rules.cron.zones import zone, zone_names
from models.rules.schedule import Schedule
from tests.rules.properties import examples
from tests.rules.strategies import HARD_ZONES, cron_texts, crons, windows


class CronSimIsLost(Exception):
    pass


class PatientCronSim(CronSim):
    """A CronSim that raises where it would loop for ever at some zone transitions."""

    steps = 0

    def tick(self, seconds: int = 1) -> None:
        self.steps += 1
        if self.steps > 50_000:
            raise CronSimIsLost
        super().tick(seconds)


def oracle(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """List CronSim's due times in (start, end], started days earlier so that the window's edge has no effect."""
    last = start - timedelta(days=4)
    found = []
    walk = PatientCronSim(" ".join(schedule.cron.fields), last.astimezone(schedule.tz))
    for moment in walk:
        if moment.timestamp() <= last.timestamp():
            raise CronSimIsLost
        last, walk.steps = moment, 0
        if last.astimezone(UTC) > end:
            break
        if last.astimezone(UTC) > start:
            found.append(last.astimezone(UTC))
    return found


@given(st.data())
@examples(500)
def test_our_due_times_equal_those_of_cronsim(data: st.DataObject) -> None:
    schedule = Schedule(
        data.draw(crons()), data.draw(st.sampled_from(HARD_ZONES) | st.sampled_from(sorted(zone_names())))
    )
    start, end = data.draw(windows(schedule.timezone))
    try:
        expected = oracle(schedule, start, end)
    except CronSimIsLost:
        assume(False)
    assert schedule.due_between(start, end) == expected


def test_we_find_due_times_where_cronsim_loops_for_ever() -> None:
    schedule = Schedule.parse("27,49,9 */3 * * *", "Pacific/Chatham")
    start = datetime(2029, 3, 31, 0, tzinfo=UTC)
    with pytest.raises(CronSimIsLost):
        oracle(schedule, start, start + timedelta(days=3))
    minutes = (start + timedelta(minutes=minute) for minute in range(1, 3 * 1440 + 1))
    walls = ((moment, moment.astimezone(schedule.tz)) for moment in minutes)
    by_the_plain_rule = [at for at, wall in walls if wall.hour % 3 == 0 and wall.minute in (9, 27, 49)]
    assert schedule.due_between(start, start + timedelta(days=3)) == by_the_plain_rule


def accepted_by_cronsim(text: str) -> bool:
    """Whether CronSim accepts the expression and it ever fires."""
    try:
        return next(CronSim(text, datetime(2001, 1, 1, tzinfo=UTC)), None) is not None
    except (CronSimError, ValueError):
        return False


PIECES = st.sampled_from([*"0123456789*/-,#LW", "MON", "JAN", "59", "31", "?", "fri", "FEB"])


@given(
    st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), min_size=5, max_size=5).map(" ".join) | cron_texts()
)
@examples(500)
@example("1-5-7 * * * *")
@example("0 0 30 2 *")
@example("0 0 */15 * 1#2")
@example("0 0 L/0 * *")
@example("0 0 * * L")
def test_expressions_that_cronsim_refuses_or_that_never_fire_are_refused(text: str) -> None:
    if text.startswith("@") or accepted_by_cronsim(text):
        parse(text)
    else:
        with pytest.raises(BadCron) as refusal:
            parse(text)
        assert (refusal.value.field or "").startswith("cronExpr")


@given(st.data())
@examples(100)
def test_the_next_occurrence_is_the_first_of_many(data: st.DataObject) -> None:
    schedule = Schedule(data.draw(crons()), data.draw(st.sampled_from(HARD_ZONES)))
    start, end = data.draw(windows(schedule.timezone, first_year=1990, last_year=2090))
    every = schedule.due_between(start, end)
    first = schedule.next_due(start)
    assert first is not None
    assert every[:1] == [first] if every else first > end
    assert schedule.due_between(start, end, limit=3) == every[:3]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("60 * * * *", "cronExpr.minute"),
        ("* 24 * * *", "cronExpr.hour"),
        ("* * 32 * *", "cronExpr.dayOfMonth"),
        ("* * * FOO *", "cronExpr.month"),
        ("* * * * 8", "cronExpr.dayOfWeek"),
        ("* * * * FRI-MON", "cronExpr.dayOfWeek"),
        ("0 0 30 2 *", "cronExpr.dayOfMonth"),
        ("* * * *", "cronExpr"),
        ("* * * * * *", "cronExpr"),
        ("@reboot", "cronExpr"),
        ("", "cronExpr"),
        ("1," * 4000 + "1 * * * *", "cronExpr"),
    ],
)
def test_an_error_names_the_field(text: str, field: str) -> None:
    with pytest.raises(BadCron) as refusal:
        parse(text)
    assert refusal.value.field == field


@pytest.mark.parametrize("name", ["Europe/Belin", "", "../../etc/passwd", "europe/berlin", "CEST"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimezone):
        zone(name)


def test_a_fixed_time_fires_once_around_a_change_and_a_wildcard_follows_elapsed_time() -> None:
    spring = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 8, tzinfo=UTC)
    autumn = datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)
    for text, window, expected in (
        ("30 2 * * *", spring, ["07:00"]),
        ("30 1 * * *", autumn, ["05:30"]),
        ("*/30 1 * * *", autumn, ["05:00", "05:30", "06:00", "06:30"]),
    ):
        due = Schedule.parse(text, "America/New_York").due_between(*window)
        assert [moment.strftime("%H:%M") for moment in due] == expected


def test_a_window_excludes_its_start_and_includes_its_end() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    hourly = Schedule.parse("0 * * * *", "UTC").due_between(noon, noon + timedelta(hours=2))
    assert hourly == [noon + timedelta(hours=1), noon + timedelta(hours=2)]


def test_slowing_keeps_every_nth_due_time_after_the_anchor() -> None:
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    schedule = Schedule.parse("0 * * * *", "UTC", 3, midnight + timedelta(hours=2))
    kept = schedule.due_between(midnight, midnight + timedelta(hours=8))
    assert [moment.hour for moment in kept] == [1, 2, 5, 8]
    later = schedule.due_between(midnight + timedelta(hours=6), midnight + timedelta(hours=12))
    assert [moment.hour for moment in later] == [8, 11]


def test_days_with_zone_transitions_are_listed() -> None:
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    changes = transition_days(zone("Australia/Lord_Howe"), *year)
    assert [(change.day.isoformat(), change.shift_minutes) for change in changes] == [
        ("2026-04-05", -30),
        ("2026-10-04", 30),
    ]
