"""The part of an expression's data that it can read, so that no more is sent to where it is evaluated."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

_STEP = re.compile(r"""\bsteps\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\])?""")


def referenced_variables(expression: str, variables: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the variables that the text mentions; of `steps` the mentioned ones, if each mention names a known one."""
    kept = {name: value for name, value in variables.items() if re.search(rf"\b{name}\b", expression)}
    steps = kept.get("steps")
    if isinstance(steps, dict):
        named = {"".join(found) for found in _STEP.findall(expression)}
        if named <= steps.keys():
            kept["steps"] = {key: steps[key] for key in named}
    return kept
