"""How large a value is, and whether it may be passed on."""

from pydantic import JsonValue
from pydantic_core import to_json

from models.errors import PayloadTooLarge
from models.limits import MAX_VALUE_BYTES


def json_bytes(value: JsonValue) -> int:
    """Return the size of a value as JSON in UTF-8."""
    return len(to_json(value, inf_nan_mode="constants"))


def check_size(value: JsonValue, what: str) -> None:
    """Check a value against `MAX_VALUE_BYTES`.

    Raises:
        PayloadTooLarge: it is larger; the message says what it is, its size and the limit.
    """
    size = json_bytes(value)
    if size > MAX_VALUE_BYTES:
        raise too_large(what, size)


def too_large(what: str, size: int) -> PayloadTooLarge:
    """Build the error for a value of that many bytes."""
    return PayloadTooLarge(
        f"{what} is {size:,} bytes long; at most {MAX_VALUE_BYTES:,} are allowed",
        hint="Pass less on: select fields with the step's `input`, or pass a reference to where the data is stored.",
    )
