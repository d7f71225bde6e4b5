"""The key of a group of errors on the wire: 16 hexadecimal digits, since a browser cannot hold 64 bits in a number."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PATTERN = "^[0-9a-f]{16}$"
_BITS = 64


def error_key_text(key: int) -> str:
    """Write a signed integer of 64 bits as text."""
    return f"{key % 2**_BITS:016x}"


def _read(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        if not isinstance(value, str) or len(value) != _BITS // 4:
            raise ValueError
        number = int(value, 16)
    except ValueError:
        raise ValueError("an error's key is 16 hexadecimal digits") from None
    return number - 2**_BITS if number >= 2 ** (_BITS - 1) else number


ErrorKey = Annotated[
    int,
    BeforeValidator(_read),
    PlainSerializer(error_key_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN}),
]
