"""Integers that no double can hold: comparisons, and most readers of JSON, cannot take them."""

from pydantic import JsonValue

_BEYOND_A_DOUBLE = 2**1024


def huge_number(value: JsonValue, field: str) -> str | None:
    """Return the path of the first integer beyond a double's range, below `field`; None if there is none."""
    left: list[tuple[str, JsonValue]] = [(field, value)]
    # Without recursion: the nesting may not have been checked yet.
    while left:
        path, one = left.pop()
        match one:
            case bool():
                continue
            case int() if abs(one) >= _BEYOND_A_DOUBLE:
                return path
            case list():
                left.extend((f"{path}[{index}]", item) for index, item in reversed(list(enumerate(one))))
            case dict():
                left.extend((f"{path}.{key}", item) for key, item in reversed(one.items()))
    return None
