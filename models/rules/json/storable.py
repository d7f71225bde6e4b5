"""Checks of JSON that is to be stored and sent: no NUL, no lone surrogates, limited nesting.

PostgreSQL's JSONB accepts neither of the first two, and deep nesting breaks recursive readers such as Temporal's
converter.
"""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Not imported at run time: the command line imports this module and must start quickly.
    from pydantic import JsonValue

MAX_NESTING = 64
TOO_DEEP = f"(nested more than {MAX_NESTING} levels deep, so it is not shown)"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def with_replacements(value: "JsonValue") -> tuple["JsonValue", int]:
    """Return the value with every NUL character and lone surrogate replaced by U+FFFD, and how many were replaced.

    Field names that become equal are kept apart by another U+FFFD.
    """
    match value:
        case str():
            return _UNSTORABLE.subn("\ufffd", value)
        case list():
            found = [with_replacements(item) for item in value]
            return [item for item, _ in found], sum(count for _, count in found)
        case dict():
            kept: dict[str, JsonValue] = {}
            total = 0
            for key, item in value.items():
                # A function in Python may return other names than text.
                name, in_name = _UNSTORABLE.subn("\ufffd", key) if isinstance(key, str) else (key, 0)
                while in_name and (name in kept or name in value):
                    name += "\ufffd"
                kept[name], inside = with_replacements(item)
                total += in_name + inside
            return kept, total
    return value, 0


def replacement_note(replaced: int) -> str:
    """Say how many characters `with_replacements` has replaced."""
    return f"{replaced} {'character' if replaced == 1 else 'characters'} that cannot be stored replaced"


def nesting(value: "JsonValue", limit: int = MAX_NESTING) -> int:
    """Return how deeply lists and objects are nested, at most limit + 1."""
    depth, level = 0, [value]
    # Level by level, because recursion would fail on deep nesting.
    while depth <= limit and (inside := [item for item in level if isinstance(item, list | dict)]):
        depth += 1
        level = [item for one in inside for item in (one.values() if isinstance(one, dict) else one)]
    return depth


def shown(value: "JsonValue") -> "JsonValue":
    """Return the value, or a note instead if it is nested too deeply to be sent."""
    return TOO_DEEP if nesting(value) > MAX_NESTING else value


def stored_json(text: str | bytes) -> "JsonValue":
    """Parse stored JSON; return the same note if it is nested too deeply for the parser."""
    try:
        value: JsonValue = json.loads(text)
    except RecursionError:
        return TOO_DEEP
    return value


def broken_text(value: "JsonValue", place: str = "") -> tuple[str, str] | None:
    """Return the path (empty: the value itself) of the first text that cannot be stored, and what is wrong.

    The value must not be nested too deeply; an invalid key appears escaped in the path.
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
