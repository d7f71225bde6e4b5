"""Integers beyond 64 bits, which CEL lacks, on their way through an expression.

One that a double holds exactly becomes that double, so it compares with every number. One beyond a double's range,
which only old rows hold, becomes infinite. Any other becomes bytes that sort as the integers do: it can be passed on
and compared with its like, and whatever else an expression does with it is an error, not a result that is almost right.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from models.errors import BadExpression

ONLY_PASSED_ON = (
    "a whole number beyond 64 bits that no double holds exactly can only be passed on, or compared with another one"
)
# Not UTF-8, so that it cannot become text, and without NUL, at which the library cuts bytes.
_MARK = b"\xffpodium integer "
_ENCODED = re.compile(re.escape(_MARK) + rb"([01])\d{4}(\d+)")
_COMPLEMENT = bytes.maketrans(b"0123456789", b"9876543210")


@dataclass(slots=True)
class WideIntegers:
    """The integers beyond 64 bits in the data of one evaluation."""

    doubles: dict[float, int] = field(default_factory=dict)
    found: bool = False
    """Whether any of them is carried as bytes."""

    def write(self, number: int) -> float | bytes:
        """Return what stands for an integer in CEL."""
        try:
            double = float(number)
        except OverflowError:
            return math.inf if number > 0 else -math.inf
        if int(double) == number:
            self.doubles[double] = number
            return double
        self.found = True
        return _MARK + _sortable(number)

    def read_double(self, double: float) -> float | int:
        """Return the integer that a double stands for, else the double."""
        return self.doubles.get(double, double)


def read_bytes(value: bytes) -> int | None:
    """Return the integer that bytes stand for; None if they are an expression's own.

    Raises:
        BadExpression: the expression has made something else of one.
    """
    if _MARK not in value:
        return None
    found = _ENCODED.fullmatch(value)
    number = _signed(found[1] == b"1", found[2]) if found else 0
    if value != _MARK + _sortable(number):
        raise BadExpression(ONLY_PASSED_ON)
    return number


def _signed(positive: bool, digits: bytes) -> int:
    return int(digits) if positive else -int(digits.translate(_COMPLEMENT))


def _sortable(number: int) -> bytes:
    digits = str(abs(number))
    encoded = f"{len(digits):04}{digits}".encode()
    return b"1" + encoded if number >= 0 else b"0" + encoded.translate(_COMPLEMENT)
