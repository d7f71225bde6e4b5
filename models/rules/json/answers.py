"""Reads the JSON object in an agent's answer: models surround it with text or a code fence."""

import json
import re

from pydantic import JsonValue

_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


def json_object(output: JsonValue) -> dict[str, JsonValue] | None:
    """Return the object that an answer is or contains; None if there is none."""
    if isinstance(output, dict):
        return output
    if not isinstance(output, str):
        return None
    texts = [*_FENCED.findall(output), output, output[output.find("{") : output.rfind("}") + 1]]
    for text in texts:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None
