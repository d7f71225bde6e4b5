"""Decimals of JSON and YAML, of which we keep the nearest double, and what is lost by that."""

import math

_SHOWN = 40
_ALWAYS_KEPT = 15
_MOST_DIGITS = 17
"""A double can tell decimals of 15 significant digits apart, and prints with at most 17."""


class NotANumber(ValueError):
    """A number that is infinite or too long."""


def nearest_double(text: str) -> float:
    """Return the double that is kept of a decimal; raise `NotANumber` for one beyond its range."""
    number = float(text)
    if not math.isfinite(number):
        raise NotANumber(f"{shortened(text)} is too large for a number")
    return number


def decimal_loss(text: str, number: float) -> str | None:
    """Return what a decimal loses when it is kept as `number`, its nearest and finite double; None if nothing.

    Nothing is lost where the double, printed with as many significant digits, is the decimal that was written.
    """
    # Nearly all are short, or written as Python and JavaScript print them.
    if number and ((len(text) <= _ALWAYS_KEPT and "e" not in text and "E" not in text) or repr(number) == text):
        return None
    digits, exponent = _parts(text)
    if not digits:
        return f"{shortened(text)} has a sign that zero cannot keep" if text.startswith("-") else None
    if not number:
        return f"{shortened(text)} is too small for a number"
    if len(digits) <= _MOST_DIGITS and _parts(f"{number:.{len(digits) - 1}e}") == (digits, exponent):
        return None
    return f"{shortened(text)} has more digits than a number can keep"


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _parts(text: str) -> tuple[str, str]:
    """Return the significant digits, without zeros around them, and the power of ten of the first one as text."""
    mantissa, _, exponent = text.lower().lstrip("+-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "", ""
    # An exponent of thousands of digits is beyond every double, and Python refuses to read it.
    size = exponent.lstrip("+-").lstrip("0") or "0"
    if len(size) > _SHOWN:
        return digits.rstrip("0"), exponent
    power = -int(size) if exponent.startswith("-") else int(size)
    return digits.rstrip("0"), str(power + len(digits) - len(fraction))
