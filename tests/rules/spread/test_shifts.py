from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.cron.expression import Cron, parse
from models.rules.cron.instants import fire_instants, wall_matches
from models.rules.cron.zone_transitions import DAY, zone_transitions
from models.rules.spread.shifts import ClosedWindow, possible_shifts, shifted
from tests.rules.properties import examples
from tests.rules.strategies import HARD_ZONES, crons

NOW = int(datetime(2026, 11, 30, tzinfo=UTC).timestamp())
OLD = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())


@given(crons(), st.integers(0, 200), st.data())
@examples(600)
def test_a_shifted_cron_fires_at_the_shifted_wall_times_of_the_same_days(
    cron: Cron, slack: int, data: st.DataObject
) -> None:
    shift = data.draw(st.sampled_from(possible_shifts(cron, "UTC", slack, NOW)))
    moved = parse(shifted(cron, shift))
    assert abs(shift) <= slack
    assert moved.fields[2:] == cron.fields[2:]
    start, end = NOW // DAY * DAY, (NOW // DAY + 800) * DAY
    before, after = wall_matches(cron, start, end), wall_matches(moved, start, end)
    assert after.tolist() == (before + shift * 60).tolist()
    assert (after // DAY == before // DAY).all()


@given(crons(), st.sampled_from(HARD_ZONES), st.integers(1, 200), st.data())
@examples(400)
def test_clocks_that_change_touch_no_fire_that_they_did_not_touch_before(
    cron: Cron, name: str, slack: int, data: st.DataObject
) -> None:
    shift = data.draw(st.sampled_from(possible_shifts(cron, name, slack, NOW)))
    moved, zone = parse(shifted(cron, shift)), zone_transitions(name)
    for change in zone.between(NOW, NOW + 4 * 366 * DAY):
        low, high = sorted((change.at + change.before, change.at + change.after))
        if not shift or wall_matches(cron, low, high).size:
            continue
        assert wall_matches(moved, low, high).size == 0
        if moved.is_fixed_time:
            start, end = change.at - 2 * DAY, change.at + 2 * DAY
            local = {int(instant) + zone.offset_at(int(instant)) for instant in fire_instants(moved, zone, start, end)}
            assert local == {
                wall
                for piece in zone.pieces(start, end, once=True)
                for wall in wall_matches(moved, piece.start + piece.offset, piece.end + piece.offset).tolist()
            }


@pytest.mark.parametrize(
    ("text", "slack", "shift", "moved"),
    [
        ("0 9 * * *", 30, 7, "7 9 * * *"),
        ("0 9 * * mon-fri", 30, -15, "45 8 * * mon-fri"),
        ("0 8,20 * * *", 90, 75, "15 9,21 * * *"),
        ("0,30 8,20 * * *", 29, 29, "29,59 8,20 * * *"),
        ("*/15 * * * *", 30, 3, "3-59/15 * * * *"),
        ("3-59/15 * * * *", 30, -3, "*/15 * * * *"),
        ("*/15 9-17 * * *", 65, 62, "2-59/15 10-18 * * *"),
        ("*/20 9-17 * * *", 60, 60, "*/20 10-18 * * *"),
        ("0 */2 * * *", 70, 65, "5 1-23/2 * * *"),
        ("@daily", 10, 10, "10 0 * * *"),
        ("59 23 L * *", 5, -5, "54 23 L * *"),
    ],
)
def test_the_text_of_a_shifted_cron(text: str, slack: int, shift: int, moved: str) -> None:
    cron = parse(text)
    assert shift in possible_shifts(cron, "UTC", slack, NOW)
    assert shifted(cron, shift) == moved


@pytest.mark.parametrize(
    ("text", "slack", "lowest", "highest"),
    [
        ("0 0 * * *", 30, 0, 30),
        ("50 23 * * *", 30, -30, 9),
        ("* * * * *", 59, 0, 0),
        ("7 * * * *", 120, -7, 52),
        ("*/15 * * * *", 60, 0, 14),
        ("0,30 9 * * *", 29, 0, 29),
        ("0 0,23 * * *", 90, 0, 59),
        ("0 9 * * *", 0, 0, 0),
    ],
)
def test_no_shift_crosses_midnight_or_needs_two_crons(text: str, slack: int, lowest: int, highest: int) -> None:
    shifts = possible_shifts(parse(text), "UTC", slack, NOW)
    assert (shifts[0], shifts[-1]) == (lowest, highest)


def test_nothing_is_moved_into_a_closed_window_but_what_is_there_may_stay() -> None:
    noon = [ClosedWindow(12 * 60, 13 * 60)]
    assert possible_shifts(parse("50 11 * * *"), "UTC", 20, NOW, noon)[-1] == 9
    assert possible_shifts(parse("10 12 * * *"), "UTC", 20, NOW, noon) == tuple(range(-20, 21))
    night = [ClosedWindow(22 * 60, 6 * 60)]
    assert possible_shifts(parse("50 21 * * *"), "UTC", 20, NOW, night)[-1] == 9
    assert possible_shifts(parse("0 6 * * *"), "UTC", 20, NOW, night)[0] == 0


def test_a_fixed_time_is_not_moved_into_the_hour_that_a_change_of_clocks_skips_or_repeats() -> None:
    berlin = possible_shifts(parse("30 1 * * *"), "Europe/Berlin", 120, NOW)
    assert max(shift for shift in berlin if shift < 90) == 29
    assert 90 in berlin
    assert 60 in possible_shifts(parse("30 1 * * 3"), "Europe/Berlin", 120, NOW), "clocks change on Sundays"


def test_a_cron_that_follows_elapsed_time_goes_on_doing_so_where_it_matters() -> None:
    assert possible_shifts(parse("*/15 0-5 * * *"), "Europe/Berlin", 10, NOW) == (0,)
    assert len(possible_shifts(parse("*/15 9-17 * * *"), "Europe/Berlin", 10, NOW)) == 11
    assert len(possible_shifts(parse("*/15 0-5 * * *"), "UTC", 10, NOW)) == 11


def test_shifts_are_ascending_and_hold_zero() -> None:
    shifts = np.array(possible_shifts(parse("15 3 * * *"), "America/Santiago", 300, OLD))
    assert (np.diff(shifts) > 0).all()
    assert 0 in shifts
