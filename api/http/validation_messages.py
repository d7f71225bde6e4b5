"""Messages for validation errors, written for people who see them next to a form field.

Error types that are not listed keep pydantic's message. Code must never branch on these texts.
"""

from collections.abc import Mapping
from typing import Any

from models.contracts.automations import COMMAND_PATTERN, HEADER_PATTERN, PATH_PATTERN
from models.contracts.base import SLUG_PATTERN
from models.contracts.specs import FUNCTION_PATTERN, MODEL_PATTERN, STEP_KEY_PATTERN

EMPTY = "This must not be empty."
NO_AGENT = "An agent is needed."
AGENTS = frozenset({"agent", "planner", "members"})
"""Fields that name one or more agents."""
PATTERNS: Mapping[str, str] = {
    SLUG_PATTERN: "Use up to 63 lower-case letters, digits and hyphens; the first is no hyphen.",
    PATH_PATTERN: "Use up to 127 letters, digits, hyphens and underscores.",
    COMMAND_PATTERN: "Write a slash, then lower-case letters, digits, hyphens and underscores.",
    HEADER_PATTERN: "Use letters, digits and hyphens.",
    STEP_KEY_PATTERN: "Use up to 63 letters, digits, hyphens and underscores; the first is no digit and no hyphen.",
    MODEL_PATTERN: "Write the provider, a colon and the model, such as openai:gpt-5-mini.",
    FUNCTION_PATTERN: "Write the module, a colon and the function, such as agents.news:digest.",
}
WORDS: Mapping[str, str] = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be text.",
    "too_short": "At least {min_length} is needed.",
    "too_long": "At most {max_length} are allowed.",
    "union_tag_not_found": "Say of which type it is.",
    "union_tag_invalid": "The type must be one of {expected_tags}.",
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
    kind, context = found["type"], found.get("ctx") or {}
    if found.get("input") == "" and kind in {"string_too_short", "string_pattern_mismatch"}:
        return NO_AGENT if _field(found) in AGENTS else EMPTY
    if kind == "string_pattern_mismatch" and context.get("pattern") in PATTERNS:
        return PATTERNS[context["pattern"]]
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(found["msg"]).removeprefix("Value error, ")


def _field(found: Mapping[str, Any]) -> str:
    return next((part for part in reversed(found["loc"]) if isinstance(part, str)), "")
