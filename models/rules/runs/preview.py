"""The beginning of a run's output, in one line: what a list shows of it."""

import json

from pydantic import JsonValue

MOST_CHARACTERS = 200
TEXT_FIELDS = ("text", "answer", "summary", "report", "last", "output")
"""The fields in which the kinds of primitives put their text, by priority."""


def preview(output: JsonValue) -> str | None:
    """Return the text in an output, else its JSON, cut; None: there is no output."""
    if output is None:
        return None
    said = _text_in(output) or json.dumps(output, ensure_ascii=False, separators=(",", ":"), default=str)
    return " ".join(said[: 2 * MOST_CHARACTERS].split())[:MOST_CHARACTERS]


def _text_in(value: JsonValue) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    return next((found for name in TEXT_FIELDS if (found := _text_in(value.get(name)))), None)
