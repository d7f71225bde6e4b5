"""Says what is unusual: what, how much, against what, and when."""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from models.rules.number_format import duration, money, percent, plural
from models.states import AnomalyMetric


def anomaly_text(
    name: str,
    metric: AnomalyMetric,
    *,
    is_low: bool,
    value: float,
    usual: float,
    low: float,
    high: float,
    runs: int,
    hours: int,
    last_hour: datetime,
    tz: tzinfo,
) -> str:
    """Return one sentence, without its full stop.

    Args:
        name: Of the kind or primitive, to begin a sentence with.
        metric: What is unusual.
        is_low: Whether it is lower than usual.
        value: The value: a count, percent, milliseconds or millionths of a dollar.
        usual: The usual one; `low` and `high` are the band around it.
        low: Its lower end.
        high: Its upper end.
        runs: Runs that it is about.
        hours: How many hours up to `last_hour` it is about.
        last_hour: The last hour in which it was unusual.
        tz: The zone of the times in the sentence.
    """
    when = _when(last_hour, hours, tz)
    band = f"({round(low):,} to {round(high):,})"
    match metric:
        case AnomalyMetric.STARTS:
            only = "only " if is_low else ""
            times = f"{only}{plural(round(value), 'time')}"
            return f"Events have started {name} {times} {when}; usual are {round(usual):,} {band}"
        case AnomalyMetric.FAILURES:
            failed = round(value * runs / 100)
            return f"{name} failed {failed:,} of {runs:,} runs {when} ({percent(value)}); usual are {percent(usual)}"
        case AnomalyMetric.DURATION:
            return f"Runs of {name} took {duration(value)} {when}; usual are {duration(usual)}"
        case AnomalyMetric.COST_PER_RUN:
            return f"A run of {name} cost {_dollars(value)} {when}; usual are {_dollars(usual)}"
        case AnomalyMetric.WAIT:
            return f"5% of the runs of {name} waited {duration(value)} or longer {when}; usual are {duration(usual)}"


def _when(last_hour: datetime, hours: int, tz: tzinfo) -> str:
    end = last_hour + timedelta(hours=1)
    if hours >= 24:
        return f"within the {hours} h before {end.astimezone(tz):%H:%M}"
    begin = end - timedelta(hours=hours)
    return f"between {begin.astimezone(tz):%H:%M} and {end.astimezone(tz):%H:%M}"


def _dollars(millionths: float) -> str:
    return money(Decimal(round(millionths)) / 1_000_000)
