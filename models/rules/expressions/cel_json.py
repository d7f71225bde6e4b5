"""JSON to CEL and back, as the CEL specification maps them.

Integers come out as they went in; `wide_integers.py` carries those that CEL has no type for. CEL types that JSON lacks
become text, and the keys of objects come out sorted, because the order of CEL's maps differs between processes. What
cannot be stored in a text becomes U+FFFD.
"""

from __future__ import annotations

import base64
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from models.errors import BadExpression, ExpressionTooCostly
from models.rules.expressions.wide_integers import WideIntegers, read_bytes
from models.rules.json.storable import with_replacements

if TYPE_CHECKING:
    from pydantic import JsonValue

_MAX_PARTS = 1_000_000
"""Limit on values and characters of a result: expressions can multiply their input."""


def to_cel(value: JsonValue, wide: WideIntegers) -> Any:
    """Return JSON as CEL values; `wide` notes the integers beyond 64 bits."""
    match value:
        case bool() | str() | float() | None:
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else wide.write(value)
        case list():
            return [to_cel(item, wide) for item in value]
        case dict():
            return {str(key): to_cel(item, wide) for key, item in value.items()}


def from_cel(value: Any, wide: WideIntegers) -> JsonValue:
    """Return a CEL value as JSON that can be stored; timestamps, durations, bytes and types become text.

    Raises:
        BadExpression: The value is a number that JSON lacks, or made of an integer beyond 64 bits.
        ExpressionTooCostly: It is too large.
    """
    return with_replacements(_Reader(_MAX_PARTS, wide).read(value))[0]


class _Reader:
    """Reads one value piece by piece, so that a value that is too large is never held in memory."""

    def __init__(self, parts: int, wide: WideIntegers) -> None:
        self.left = parts
        self.wide = wide

    def read(self, value: Any) -> JsonValue:
        plain = value.value() if hasattr(value, "value") else value
        self.left -= 1 + (len(plain) if isinstance(plain, str | bytearray) else 0)
        if self.left < 0:
            much = f"more than {_MAX_PARTS:,} values and characters"
            raise ExpressionTooCostly(f"the expression yields {much}", hint="Yield a part of its data.")
        match plain:
            case list():
                return [self.read(item) for item in plain]
            case dict():
                return {key: self.read(plain[old]) for key, old in sorted((_key(old), old) for old in plain)}
        return _scalar(plain, self.wide)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _scalar(value: Any, wide: WideIntegers) -> JsonValue:
    match value:
        case bool() | str() | int() | None:
            return value
        case float():
            if not math.isfinite(value):
                raise BadExpression(f"the expression yields {value}, which JSON cannot represent")
            return wide.read_double(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
        case bytes() | bytearray():
            number = read_bytes(bytes(value))
            return base64.b64encode(value).decode() if number is None else number
        case cel.Type():
            return str(value.name()).lower()
    raise BadExpression(f"the expression yields {type(value).__name__}, which JSON cannot represent")
