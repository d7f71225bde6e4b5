"""What JSON must look like to be stored and to travel: no NUL, no half surrogate pairs, no thousands of levels.

PostgreSQL's JSONB takes neither of the first two, and what nests too deeply breaks every recursive reader behind us,
Temporal's converter first.
"""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For its readers alone: what asks the API from a terminal comes through here, and shall answer at once.
    from pydantic import JsonValue

MAX_NESTING = 64
TOO_DEEP = f"(nested more than {MAX_NESTING} levels deep, so it is not shown)"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: "JsonValue") -> "JsonValue":
    """Give the value with every NUL character replaced by U+FFFD."""
    match value:
        case str():
            return value.replace("\x00", "�")
        case list():
            return [storable(item) for item in value]
        case dict():
            return {key.replace("\x00", "�"): storable(item) for key, item in value.items()}
    return value


def nesting(value: "JsonValue", limit: int = MAX_NESTING) -> int:
    """Count how many lists and objects lie inside one another, no further than one past the limit."""
    depth, level = 0, [value]
    # Level by level instead of by recursion: this must hold where recursion does not.
    while depth <= limit and (inside := [item for item in level if isinstance(item, list | dict)]):
        depth += 1
        level = [item for one in inside for item in (one.values() if isinstance(one, dict) else one)]
    return depth


def shown(value: "JsonValue") -> "JsonValue":
    """Give the value, or a note in its place where it nests too deeply to be sent to anybody."""
    return TOO_DEEP if nesting(value) > MAX_NESTING else value


def stored_json(text: str | bytes) -> "JsonValue":
    """Read JSON that is stored already, giving the same note for what not even the parser can follow."""
    try:
        value: JsonValue = json.loads(text)
    except RecursionError:
        return TOO_DEEP
    return value


def broken_text(value: "JsonValue", place: str = "") -> tuple[str, str] | None:
    """Find the first text that cannot be stored: its dotted place (empty: the value itself) and what is wrong.

    The value must not nest too deeply; a key at fault is given with its characters escaped.
    """
    match value:
        case str():
            return (place, f"the text {_fault(value)}") if _fault(value) else None
        case list():
            return _first(broken_text(item, f"{place}[{index}]") for index, item in enumerate(value))
        case dict():
            return _first(_broken_field(place, key, item) for key, item in value.items())
    return None


def _broken_field(place: str, key: str, item: "JsonValue") -> tuple[str, str] | None:
    inside = f"{place}." if place else ""
    if reason := _fault(key):
        return inside + key.encode("unicode_escape").decode(), f"the field's name {reason}"
    return broken_text(item, inside + key)


def _first(found: Iterable[tuple[str, str] | None]) -> tuple[str, str] | None:
    return next((one for one in found if one), None)


def _fault(text: str) -> str:
    found = _UNSTORABLE.search(text)
    if found is None:
        return ""
    return "holds a NUL character" if found[0] == "\x00" else "holds half a surrogate pair"
