"""Random crons, zones and windows, mostly around zone transitions, where mistakes are likely."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

from models.errors import BadCron
from models.rules.cron.expression import Cron, parse
from models.rules.cron.zone_transitions import zone_transitions
from models.rules.schedule import Schedule, Slowdown

HARD_ZONES = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Chatham",  # at a quarter to
    "Africa/Casablanca",  # Ramadan
    "Africa/Cairo",  # at midnight
    "America/Santiago",
    "Asia/Beirut",
    "America/Havana",
    "America/Asuncion",
    "Antarctica/Troll",  # two hours
    "Asia/Gaza",
    "Asia/Kolkata",
    "Asia/Tehran",
    "America/Caracas",  # half an hour, once
    "Pacific/Apia",  # skipped 30 December 2011
    "Africa/Monrovia",  # was 44:30 behind
    "America/Scoresbysund",
]

HARD_CRONS = [
    "30 2 * * *",
    "30 1 * * *",
    "*/30 1 * * *",
    "0,15,45 0-3 * * *",
    "19 * * * *",
    "15 */6 * * *",
    "*/10 5 * * *",
    "* * * * *",
    "0 0 13 * 5",
    "0 0 */2 * 1",
    "0 2 L * *",
    "0 9 LW * *",
    "15 2 * * 5#3",
    "30 0 * * 7L",
    "0 0 29 2 *",
    "0 2 31 * *",
    "5-5/20 0-0/2 * * *",
    "*/15 0 * * SUN",
    "0 0 1,L * MON#1,5L",
    "@hourly",
    "@weekly",
]


def _values(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    ranges = st.tuples(value, value).map(lambda ends: f"{min(ends)}-{max(ends)}")
    steps = st.tuples(st.just("*") | ranges | value.map(str), st.integers(1, high)).map(lambda t: f"{t[0]}/{t[1]}")
    term = value.map(str) | ranges | steps
    return st.just("*") | term | st.lists(term, min_size=2, max_size=4).map(",".join)


_days = st.just("*") | _values(1, 31) | st.sampled_from(["L", "LW", "1,L", "15,LW", "*/2", "L/3"])
_months = st.just("*") | _values(1, 12) | st.sampled_from(["feb", "JAN-MAR", "4,6,9,11"])
_nth = st.tuples(st.integers(0, 7), st.sampled_from(["#1", "#2", "#3", "#4", "#5", "L"])).map(lambda t: f"{t[0]}{t[1]}")
_weekdays = st.just("*") | _values(0, 7) | _nth | st.sampled_from(["MON-FRI", "fri#5,1L", "sun"])
_hours = _values(0, 4) | _values(0, 23)


def cron_texts() -> st.SearchStrategy[str]:
    """Draw expressions that follow the grammar; some of them never fire, which `parse` refuses."""
    random = st.tuples(_values(0, 59), _hours, _days, _months, _weekdays).map(" ".join)
    return st.sampled_from(HARD_CRONS) | random | random | random


@st.composite
def windows(
    draw: st.DrawFn, zone_name: str, *, first_year: int = 1900, last_year: int = 2100
) -> tuple[datetime, datetime]:
    """Draw a window of up to ten days, usually around a zone transition."""
    earliest, latest = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 1, 1, tzinfo=UTC)
    changes = zone_transitions(zone_name).between(int(earliest.timestamp()), int(latest.timestamp()))
    if len(changes) > 0 and draw(st.integers(0, 9)) > 0:
        at = datetime.fromtimestamp(draw(st.sampled_from([change.at for change in changes])), UTC)
        start = at - timedelta(minutes=draw(st.integers(-300, 2000)))
    else:
        start = draw(st.datetimes(earliest.replace(tzinfo=None), latest.replace(tzinfo=None)))
        start = start.replace(tzinfo=UTC)
    return start, start + timedelta(hours=draw(st.integers(1, 240)))


@st.composite
def crons(draw: st.DrawFn) -> Cron:
    """Draw crons that fire."""
    try:
        return parse(draw(cron_texts()))
    except BadCron:
        assume(False)
        raise


@st.composite
def schedules(draw: st.DrawFn, near: datetime) -> Schedule | None:
    """Draw schedules, some slowed down from around an instant on. None: the schedule never fires."""
    anchor = near + timedelta(minutes=draw(st.integers(-10_000, 3_000)))
    slowdown = draw(st.sampled_from([None, None, None, Slowdown(2, anchor), Slowdown(8, anchor)]))
    schedule = Schedule(draw(crons()), draw(st.sampled_from(HARD_ZONES)), slowdown)
    return schedule if draw(st.integers(0, 9)) > 0 else None
