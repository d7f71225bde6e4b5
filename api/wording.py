"""Says in plain words what pydantic found wrong with a field, for people who see it beside the field.

The rule kept here: what is not known keeps pydantic's own words; nobody branches on either.
"""

from collections.abc import Mapping
from typing import Any

EMPTY = "This must not be empty."
PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9][a-z0-9-]{0,62}$": "Use up to 63 lower-case letters, digits and hyphens; the first is no hyphen.",
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$": "Use up to 127 letters, digits, hyphens and underscores.",
    r"^/[a-z0-9_-]{1,32}$": "Write a slash, then lower-case letters, digits, hyphens and underscores.",
    r"^[A-Za-z0-9-]{1,100}$": "Use letters, digits and hyphens.",
}
WORDS: Mapping[str, str] = {
    "missing": "This is needed.",
    "string_too_long": "At most {max_length} characters are allowed.",
    "greater_than_equal": "This must be at least {ge}.",
    "greater_than": "This must be more than {gt}.",
    "less_than_equal": "This must be at most {le}.",
    "less_than": "This must be less than {lt}.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_from_float": "This must be a whole number.",
    "decimal_type": "This must be an amount, such as 25.00.",
    "decimal_parsing": "This must be an amount, such as 25.00.",
    "decimal_max_places": "At most {decimal_places} places after the point are allowed.",
}


def worded(found: Mapping[str, Any]) -> str:
    """Give the sentence for one error of pydantic's."""
    kind, context = found["type"], found.get("ctx") or {}
    if found.get("input") == "" and kind in {"string_too_short", "string_pattern_mismatch"}:
        return EMPTY
    if kind == "string_pattern_mismatch" and context.get("pattern") in PATTERNS:
        return PATTERNS[context["pattern"]]
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(found["msg"]).removeprefix("Value error, ")
