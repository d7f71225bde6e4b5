from datetime import UTC, datetime

import numpy as np
import pytest

from models.contracts.automations.drafts import Overlap
from models.rules.cron.expression import parse
from models.rules.schedule import Schedule
from models.rules.spread.fixed import Edge, SpreadFacts, slack_of, too_close, why_fixed
from models.rules.spread.places import Leeway, Week, lay_out, wanted_shift
from models.rules.spread.week import UNIT
from models.states import FixedReason
from tests.rules.portfolios import One, averages_of, portfolio_of
from tests.rules.spread.weeks import daily, load

# A Monday.
START = int(datetime(2026, 11, 30, 8, tzinfo=UTC).timestamp())
MONDAY_EIGHT = 8 * 60


def week_of(*ones: One, leeways: dict[int, Leeway] | None = None) -> Week:
    return lay_out(portfolio_of(ones), averages_of(ones), START, leeways or {})


def cron(text: str, timezone: str = "UTC") -> Schedule:
    return Schedule.parse(text, timezone)


def test_a_week_holds_every_fire_in_the_order_of_slugs() -> None:
    week = week_of(One(cron("0 9 * * *"), name="b", weight=2.5), One(cron("0 8 * * 1"), name="a"), One(None, name="c"))
    assert week.places == [1, 0]
    assert week.loads[0].fires.tolist() == [0]
    assert week.loads[1].fires.tolist() == daily(60)
    assert week.loads[1].weight == 2.5 * UNIT


def test_what_fires_less_than_weekly_lies_on_its_next_day() -> None:
    (monthly,) = week_of(One(cron("30 9,17 24 12 *"))).loads
    thursday = 3 * 1440 - MONDAY_EIGHT
    assert monthly.fires.tolist() == [thursday + 9 * 60 + 30, thursday + 17 * 60 + 30]


def test_paused_ones_are_not_there() -> None:
    assert week_of(One(cron("0 9 * * *"), active=False)).loads == []


@pytest.mark.parametrize(("overlap", "lasts"), [(Overlap.SKIP, 15), (Overlap.BUFFER_ALL, 15), (Overlap.ALLOW_ALL, 40)])
def test_a_run_counts_until_the_next_one_unless_both_may_run(overlap: Overlap, lasts: int) -> None:
    one = One(cron("*/15 * * * *"), overlap=overlap, run_ms=40 * 60_000)
    assert week_of(one).loads[0].lasts == lasts


def test_shifts_are_counted_from_where_people_wanted_it() -> None:
    one = One(cron("7 9 * * *"))
    (moved,) = week_of(one, leeways={0: Leeway("0 9 * * *", 10)}).loads
    assert moved.wanted == -7
    assert (moved.shifts[0], moved.shifts[-1]) == (-17, 3)
    (edited,) = week_of(one, leeways={0: Leeway("0 9 * * 1-5", 10)}).loads
    assert (edited.wanted, edited.shifts[0], edited.shifts[-1]) == (0, -10, 10)
    (narrowed,) = week_of(one, leeways={0: Leeway("0 9 * * *", 2)}).loads
    assert narrowed.shifts.tolist() == [-9, -8, -7, -6, -5, 0], "it may stay where it is"


def test_the_way_back() -> None:
    assert wanted_shift(parse("7 9 * * *"), parse("0 9 * * *")) == -7
    assert wanted_shift(parse("2-59/15 10-18 * * *"), parse("*/15 9-17 * * *")) == -62
    assert wanted_shift(parse("7 9 * * 1"), parse("0 9 * * *")) is None
    assert wanted_shift(parse("7 9,12 * * *"), parse("0 9 * * *")) is None
    assert wanted_shift(parse("0 5 * * *"), parse("30 23 * * *")) == 1110


FREE = SpreadFacts(own_slack=0, is_active=True, is_slowed=False, managed_by=None)


@pytest.mark.parametrize(
    ("facts", "asked", "slack", "reason"),
    [
        (FREE, 0, 0, FixedReason.NO_SLACK),
        (FREE, 20, 20, None),
        (SpreadFacts(5, True, False, None), 20, 5, None),
        (SpreadFacts(0, True, False, "infra"), 20, 0, FixedReason.DECLARED),
        (SpreadFacts(5, True, False, "infra"), 20, 5, None),
        (SpreadFacts(5, False, False, None), 20, 5, FixedReason.PAUSED),
        (SpreadFacts(5, True, True, None), 20, 5, FixedReason.SLOWED),
    ],
)
def test_who_may_move(facts: SpreadFacts, asked: int, slack: int, reason: FixedReason | None) -> None:
    assert slack_of(facts, asked) == slack
    assert why_fixed(facts, slack) is reason


def test_a_child_that_could_come_before_its_parent_has_finished_is_too_close() -> None:
    parent, edge = load(daily(540), slack=10, lasts=5), Edge(0, 1)
    assert too_close([parent, load(daily(570), slack=15)], [edge]) == []
    assert too_close([parent, load(daily(570), slack=16)], [edge]) == [edge]
    assert too_close([load(daily(540)), load(daily(541))], [edge]) == [], "neither moves"
    assert too_close([parent, load(daily(530))], [edge]) == [], "its next run is the day after"
    assert too_close([parent, load([])], [edge]) == []


def test_minutes_stay_within_the_week() -> None:
    fires = np.concatenate([one.fires for one in week_of(One(cron("*/7 * * * *", "Asia/Kathmandu"))).loads])
    assert fires.min() >= 0
    assert fires.max() < 10_080
