"""Numbers as people write them: kept exactly, or refused."""

import math
from decimal import Decimal

MAX_DIGITS = 4300
"""Python itself neither reads nor writes longer integers."""
_SHOWN = 40


def exact_float(text: str) -> float:
    """Read a decimal number.

    Raises:
        ValueError: a double cannot hold it as it is written.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{shortened(text)} is too large for a number")
    if len(text) > MAX_DIGITS or Decimal(text) != Decimal(repr(number)):
        raise ValueError(f"{shortened(text)} has more digits than a number can keep; write it in quotes")
    return number


def exact_integer(text: str, base: int = 10) -> int:
    """Read an integer of any practical size.

    Raises:
        ValueError: it has more than MAX_DIGITS decimal digits.
    """
    if len(text.lstrip("+-")) * math.log10(base) > MAX_DIGITS:
        raise ValueError(f"{shortened(text)} has more than {MAX_DIGITS} digits; write it in quotes")
    return int(text, base)


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
