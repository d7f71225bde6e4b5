"""A cron in words, by the library cron-descriptor.

The library describes single fields well, but joins day of month and day of week by another rule than ours and misreads
lists that hold `L` or `n#k`. So it gets one field at a time, and one term at a time of such a list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cron_descriptor import ExpressionDescriptor, Options  # type: ignore[import-untyped]
from cron_descriptor.ExpressionParser import ExpressionParser  # type: ignore[import-untyped]

from models.rules.cron.expression import Cron

MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a cron fires on a day on which it fires: "Every 30 min", 48."""

    text: str
    per_day: int


def describe(cron: Cron) -> str:
    """Return words such as "At 22:00, Monday through Friday"."""
    return _describe(cron.fields, cron)


@lru_cache(maxsize=65_536)
def _describe(fields: tuple[str, ...], cron: Cron) -> str:
    # Crons that mean the same are equal, but keep the words of their own fields.
    minute, hour, day, month, weekday = fields
    time = _say(f"{_field(minute, cron.minutes, 60)} {_field(hour, cron.hours, 24)} * * *")
    date = _say_list(day, sorted(cron.days.days), "0 0 {} * *")
    weekday = _say_list(weekday, sorted(cron.days.weekdays), "0 0 * * {}")
    days = (", and " if cron.days.both else ", or ").join(part for part in (date, weekday) if part)
    if cron.days.is_every_day:
        days = ""
    months = "" if month == "*" else _tail(_say(f"0 0 * {_numbers(sorted(cron.days.months))} *"))
    return ", ".join(part for part in (time, days, months) if part)


def cadence(cron: Cron) -> Cadence:
    """Return how often a cron fires on a matching day."""
    times = [hour * 60 + minute for hour in cron.hours for minute in cron.minutes]
    if len(times) == 1:
        return Cadence(f"At {times[0] // 60:02}:{times[0] % 60:02}", 1)
    around = {later - earlier for earlier, later in pairwise([*times, times[0] + MINUTES_A_DAY])}
    if len(around) == 1:
        return Cadence(f"Every {_minutes(around.pop())}", len(times))
    within = {later - earlier for earlier, later in pairwise(times)}
    if len(within) == 1 and len(times) > 2:
        span = f"{_time(times[0])} to {_time(times[-1])}"
        return Cadence(f"Every {_minutes(within.pop())}, {span}", len(times))
    return Cadence(f"{len(times)} times a day", len(times))


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if minutes in (1, 60):
        return "minute" if minutes == 1 else "hour"
    return f"{minutes} min" if rest else f"{hours} h"


def _field(text: str, values: tuple[int, ...], size: int) -> str:
    """Return a field in a form that the library reads correctly: steps only if they divide the whole range."""
    base, _, step = text.partition("/")
    if len(values) == size:
        return "*"
    if base == "*" and "," not in text and size % int(step or 1) == 0:
        return text
    return _numbers(values)


def _numbers(values: Iterable[int]) -> str:
    """Write values as a list with ranges of three and more."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def _say_list(text: str, plain: list[int], pattern: str) -> str:
    """Describe a day field: its plain values together, then each of its special terms."""
    if text == "*":
        return ""
    special = [term.partition("/")[0] for term in text.split(",") if "#" in term or term.split("/")[0][-1:] == "L"]
    special += ["LW" for term in text.split(",") if term.startswith("LW")]
    terms = [_numbers(plain)] if plain else []
    return " and ".join(_tail(_say(pattern.format(term))) for term in [*terms, *dict.fromkeys(special)])


def _tail(sentence: str) -> str:
    """Drop the time of day that the library puts first, and its "only", which would contradict our "or"."""
    return sentence.partition(", ")[2].removeprefix("only ")


@lru_cache(maxsize=65_536)
def _say(text: str) -> str:
    return _describer().say(text)


class _Describer(ExpressionDescriptor):  # type: ignore[misc]
    """Reuses one descriptor: each new one reads its translations from disk, which dominates the cost."""

    def say(self, text: str) -> str:
        self._expression = text
        self._expression_parts = ExpressionParser(text, self._options).parse()
        return str(self.get_description())


@lru_cache(maxsize=1)
def _describer() -> _Describer:
    options = Options()
    options.use_24hour_time_format = True
    return _Describer("* * * * *", options)
