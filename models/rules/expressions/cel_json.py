"""JSON to CEL and back, as the CEL specification maps them.

Integers of up to 64 bits stay integers in both directions; larger ones become doubles, and beyond a double's range
infinite, so that they still compare. CEL types that JSON lacks become text, and the keys of objects come out sorted,
because the order of CEL's maps differs between processes. What cannot be stored in a text becomes U+FFFD.
"""

from __future__ import annotations

import base64
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from models.errors import BadExpression, ExpressionTooCostly
from models.rules.storable import with_replacements

if TYPE_CHECKING:
    from pydantic import JsonValue

_MAX_PARTS = 1_000_000
"""Limit on values and characters of a result: expressions can multiply their input."""


def to_cel(value: JsonValue) -> Any:
    """Return JSON as CEL values: integers beyond 64 bits become doubles, beyond a double's range infinite."""
    match value:
        case bool() | str() | float() | None:
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else _double(value)
        case list():
            return [to_cel(item) for item in value]
        case dict():
            return {str(key): to_cel(item) for key, item in value.items()}


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def from_cel(value: Any) -> JsonValue:
    """Return a CEL value as JSON that can be stored; timestamps, durations, bytes and types become text.

    Raises:
        BadExpression: The value is a number that JSON lacks.
        ExpressionTooCostly: It is too large.
    """
    return with_replacements(_Reader(_MAX_PARTS).read(value))[0]


class _Reader:
    """Reads one value piece by piece, so that a value that is too large is never held in memory."""

    def __init__(self, parts: int) -> None:
        self.left = parts

    def read(self, value: Any) -> JsonValue:
        plain = value.value() if hasattr(value, "value") else value
        self.left -= 1 + (len(plain) if isinstance(plain, str | bytearray) else 0)
        if self.left < 0:
            raise ExpressionTooCostly("the expression yields more than it may", hint="Yield a part of its data.")
        match plain:
            case list():
                return [self.read(item) for item in plain]
            case dict():
                return {key: self.read(plain[old]) for key, old in sorted((_key(old), old) for old in plain)}
        return _scalar(plain)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _scalar(value: Any) -> JsonValue:
    match value:
        case bool() | str() | int() | None:
            return value
        case float():
            if not math.isfinite(value):
                raise BadExpression(f"the expression yields {value}, which is no number that JSON has")
            return value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case cel.Type():
            return str(value.name()).lower()
    raise BadExpression(f"the expression yields {type(value).__name__}, which is no JSON")
