"""The grammar of one field of a cron expression, exactly CronSim's, with an error that says what is wrong.

CronSim's surprises are kept (`5-5/2` steps from 5 to the end of the range, `*/7` in day of week names Sunday twice),
so that an expression has one meaning.
"""

from dataclasses import dataclass, field
from typing import NoReturn

from models.errors import BadCron

LAST = -1


@dataclass(frozen=True, slots=True)
class FieldRule:
    """The values that a field accepts: its name on the wire, its label, its range and its names for values."""

    key: str
    label: str
    low: int
    high: int
    words: tuple[str, ...] = ()
    first_word: int = 0

    def refuse(self, why: str, hint: str | None = None) -> NoReturn:
        """Raise BadCron naming this field."""
        default = f"The {self.label} field takes {self.low} to {self.high}, with *, lists, ranges and steps."
        raise BadCron(f"{self.label}: {why}", field=f"cronExpr.{self.key}", hint=hint or default)


MINUTE_OF_HOUR = FieldRule("minute", "minute", 0, 59)
HOUR_OF_DAY = FieldRule("hour", "hour", 0, 23)
DAY_OF_MONTH = FieldRule("dayOfMonth", "day of month", 1, 31)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTH = FieldRule("month", "month", 1, 12, MONTHS, first_word=1)
DAY_OF_WEEK = FieldRule("dayOfWeek", "day of week", 0, 7, WEEKDAYS)
FIELDS = (MINUTE_OF_HOUR, HOUR_OF_DAY, DAY_OF_MONTH, MONTH, DAY_OF_WEEK)


@dataclass(slots=True)
class FieldValues:
    """The values of one field.

    Attributes:
        plain: Values in the field's range.
        last_day: `L` in day of month.
        last_weekday: `LW` in day of month.
        nth: `n#k` in day of week as (n, k), and `nL` as (n, LAST).
    """

    plain: set[int] = field(default_factory=set)
    last_day: bool = False
    last_weekday: bool = False
    nth: set[tuple[int, int]] = field(default_factory=set)


def parse_field(rule: FieldRule, text: str) -> FieldValues:
    """Read one field (upper case), or raise BadCron."""
    values = FieldValues()
    for term in text.split(","):
        _add_term(rule, term, values)
    return values


def _add_term(rule: FieldRule, term: str, values: FieldValues) -> None:
    if rule is DAY_OF_WEEK and ("L" in term or "#" in term):
        values.nth.add(_nth_weekday(term))
        return
    base, slash, step_text = term.partition("/")
    step = _step(rule, term, step_text) if slash else 1
    if rule is DAY_OF_MONTH and base in ("L", "LW"):
        values.last_day |= base == "L"
        values.last_weekday |= base == "LW"
        return
    low, high = _range(rule, base)
    if slash and low == high:
        high = rule.high
    values.plain.update(range(low, high + 1, step))


def _range(rule: FieldRule, text: str) -> tuple[int, int]:
    if text == "*":
        return rule.low, rule.high
    if "-" not in text:
        value = _value(rule, text)
        return value, value
    ends = text.split("-")
    if len(ends) != 2:
        rule.refuse(f"{text!r} is not a range; a range is two values, such as {rule.low}-{rule.high}.")
    low, high = _value(rule, ends[0]), _value(rule, ends[1])
    if high < low:
        rule.refuse(
            f"the range {text!r} runs backwards.",
            f"Write it as two: {ends[0]}-{rule.high},{rule.low}-{ends[1]}.",
        )
    return low, high


def _value(rule: FieldRule, text: str) -> int:
    if text in rule.words:
        return rule.words.index(text) + rule.first_word
    if not text:
        rule.refuse("a value is missing.")
    number = _number(text)
    if number is None:
        rule.refuse(f"{text[:40]!r} is not a value{_word_hint(rule, text)}.")
    if not rule.low <= number <= rule.high:
        rule.refuse(f"{text[:40]} is not within {rule.low}-{rule.high}.")
    return number


def _word_hint(rule: FieldRule, text: str) -> str:
    if text == "?":
        return " here; write * instead"
    if rule.words and text[:3] in rule.words:
        return f"; the name is {text[:3]}"
    if rule is DAY_OF_MONTH and text.endswith("W"):
        return "; of the weekday forms only LW, the last weekday of the month, is supported"
    return ""


def _step(rule: FieldRule, term: str, text: str) -> int:
    step = _number(text)
    if not step:
        rule.refuse(f"the step in {term[:40]!r} is not a number of at least 1.")
    return step


def _nth_weekday(term: str) -> tuple[int, int]:
    rule = DAY_OF_WEEK
    if "L" in term:
        if not term.endswith("L") or _number(term[:-1]) is None:
            rule.refuse(f"{term[:40]!r} is not a value.", "The last Friday of the month is 5L.")
        return _value(rule, term[:-1]) % 7, LAST
    day, _, nth_text = term.partition("#")
    nth = _number(nth_text)
    if nth is None or not 1 <= nth <= 5:
        rule.refuse(f"{term[:40]!r} does not name a first to fifth weekday.", "The third Friday is 5#3.")
    return _value(rule, day) % 7, nth


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
