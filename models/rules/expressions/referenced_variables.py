"""The part of an expression's data that it can read, so that no more is sent to where it is evaluated."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

_FIELD = r"""\b{}\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\])?"""


def referenced_variables(expression: str, variables: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the variables that the text mentions; of an object only the mentioned fields, if it has all of them."""
    kept = {name: value for name, value in variables.items() if re.search(rf"\b{name}\b", expression)}
    for name, value in kept.items():
        if isinstance(value, dict):
            named = {"".join(found) for found in re.findall(_FIELD.format(name), expression)}
            if named <= value.keys():
                kept[name] = {field: value[field] for field in named}
    return kept
