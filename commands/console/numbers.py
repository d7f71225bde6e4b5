"""Numbers as people write them: kept exactly, or refused."""

import math

from models.rules.json.exact_numbers import decimal_loss, nearest_double, shortened

MAX_DIGITS = 4300
"""Python itself neither reads nor writes longer integers."""


def exact_float(text: str) -> float:
    """Read a decimal number.

    Raises:
        ValueError: a double cannot hold it as it is written.
    """
    number = nearest_double(text)
    if loss := decimal_loss(text, number):
        raise ValueError(f"{loss}; write it in quotes")
    return number


def exact_integer(text: str, base: int = 10) -> int:
    """Read an integer of any practical size.

    Raises:
        ValueError: it has more than MAX_DIGITS decimal digits.
    """
    if len(text.lstrip("+-")) * math.log10(base) > MAX_DIGITS:
        raise ValueError(f"{shortened(text)} has more than {MAX_DIGITS} digits; write it in quotes")
    return int(text, base)
