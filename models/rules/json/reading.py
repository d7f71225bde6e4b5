"""Reads JSON text and names what cannot be kept: decimals beyond a double, and all but the last of equal names.

Python's parser takes both without a word. The text is read once; only where something is lost is it read again, to
name the field.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from models.rules.json.exact_numbers import NotANumber, decimal_loss, nearest_double
from models.rules.json.storable import with_replacements

if TYPE_CHECKING:
    # Not imported at run time: the command line imports this module and must start quickly.
    from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of the text that the value does not keep, and its dotted path; an empty path is the value itself."""

    path: str
    reason: str
    hint: str
    within: str
    """The path of the value that has lost it: the number itself, or the object in which a name comes twice."""

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True, slots=True)
class ReadJson:
    """A value, and in the order of the text what it has lost."""

    value: "JsonValue"
    losses: tuple[Loss, ...] = ()


def read_json_text(text: str, root: str = "") -> ReadJson:
    """Read one JSON document; the paths of losses begin with `root`.

    Raises:
        JSONDecodeError: it is not JSON.
        NotANumber: one of its numbers is infinite or too long.
        RecursionError: it is nested too deeply for the parser.
    """
    lost: list[str] = []
    try:
        value = _parsed(text, partial(_decimal, lost), partial(_object, lost))
    except (json.JSONDecodeError, NotANumber):
        raise
    except ValueError:
        # Python limits the digits of an integer, because parsing takes quadratic time.
        raise NotANumber("a number has too many digits") from None
    if not lost:
        return ReadJson(value)
    return ReadJson(value, tuple(_losses(_parsed(text, _marked_decimal, _marked_object), root)))


def loss_note(losses: Sequence[Loss]) -> str | None:
    """Name the first loss and count the others, in text that can be stored; None if there is none."""
    if not losses:
        return None
    # Its path consists of names that the sender has chosen.
    note, _ = with_replacements(str(losses[0]))
    return f"{note} (and {len(losses) - 1} more)" if len(losses) > 1 else f"{note}"


def _parsed(text: str, decimal: Any, pairs: Any) -> Any:
    return json.loads(text, parse_float=decimal, parse_constant=_refuse, object_pairs_hook=pairs)


def _refuse(name: str) -> None:
    raise NotANumber(f"{name} is not a JSON number")


def _decimal(lost: list[str], text: str) -> float:
    number = nearest_double(text)
    if loss := decimal_loss(text, number):
        lost.append(loss)
    # PostgreSQL's numbers have no negative zero.
    return number or 0.0


def _object(lost: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        lost.append("a name")
    return found


class _LossyDecimal(float):
    """A decimal that has lost something; `reason` says what."""

    reason: str


class _RepeatingObject(dict[str, Any]):
    """An object in which `name` comes twice."""

    name: str


def _marked_decimal(text: str) -> float:
    number = _LossyDecimal(text)
    if (reason := decimal_loss(text, number)) is None:
        return float(number)
    number.reason = reason
    return number


def _marked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times = Counter(name for name, _ in pairs)
    marked = _RepeatingObject(found)
    marked.name = next(name for name in found if times[name] > 1)
    return marked


def _losses(value: Any, root: str) -> Iterator[Loss]:
    left = [(root, value)]
    # Without recursion: the nesting has not been checked yet.
    while left:
        path, one = left.pop()
        inside = f"{path}." if path else ""
        match one:
            case _LossyDecimal():
                yield Loss(path, one.reason, "Write such a number as text.", path)
                continue
            case _RepeatingObject():
                yield Loss(inside + one.name, "the name comes twice", "Give each name once.", path)
        match one:
            case dict():
                left.extend((inside + name, item) for name, item in reversed(one.items()))
            case list():
                left.extend((f"{path}[{index}]", item) for index, item in reversed(list(enumerate(one))))
