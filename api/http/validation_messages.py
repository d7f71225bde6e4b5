"""Messages for validation errors, written for people who see them next to a form field.

Error types that are not listed keep pydantic's message. Code must never branch on these texts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models.contracts.automations.drafts import COMMAND_PATTERN, HEADER_PATTERN, PATH_PATTERN
from models.contracts.base import SLUG_PATTERN
from models.contracts.primitives.specs import FUNCTION_PATTERN, MODEL_PATTERN, STEP_KEY_PATTERN

EMPTY = "Enter a value."
EMPTY_BY_FIELD: Mapping[str, str] = {"name": "Enter a name.", "slug": "Enter a slug."}
NO_AGENT = "Choose an agent."
NO_PRIMITIVE = "Choose a primitive."
AGENTS = frozenset({"agent", "planner", "members"})
"""Fields that name one or more agents."""
PATTERNS: Mapping[str, str] = {
    SLUG_PATTERN: "Use up to 63 lower-case letters, digits and hyphens, not starting with a hyphen.",
    PATH_PATTERN: "Use up to 127 letters, digits, hyphens and underscores.",
    COMMAND_PATTERN: "Write a slash, then lower-case letters, digits, hyphens and underscores.",
    HEADER_PATTERN: "Use letters, digits and hyphens.",
    STEP_KEY_PATTERN: "Use up to 63 letters, digits, hyphens and underscores, not starting with a digit or hyphen.",
    MODEL_PATTERN: "Write the provider, a colon and the model, such as openai:gpt-5-mini.",
    FUNCTION_PATTERN: "Write the module, a colon and the function, such as agents.news:digest.",
}
WORDS: Mapping[str, str] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be text.",
    "timezone_aware": "Add the time zone, such as 2026-03-02T09:00:00Z.",
    "datetime_parsing": "This must be a time, such as 2026-03-02T09:00:00Z.",
    "datetime_type": "This must be a time, such as 2026-03-02T09:00:00Z.",
    "datetime_from_date_parsing": "This must be a time, such as 2026-03-02T09:00:00Z.",
    "uuid_parsing": "This must be an id (UUID).",
    "uuid_type": "This must be an id (UUID).",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "dict_type": "This must be an object.",
    "list_type": "This must be a list.",
    "tuple_type": "This must be a list.",
    "too_short": "Add at least {min_length}.",
    "too_long": "No more than {max_length} are allowed.",
    "union_tag_not_found": "Choose a type.",
    "union_tag_invalid": "The type must be one of {expected_tags}.",
    "string_too_long": "At most {max_length} characters are allowed.",
    "greater_than_equal": "This must be at least {ge}.",
    "greater_than": "This must be more than {gt}.",
    "less_than_equal": "This must be at most {le}.",
    "less_than": "This must be less than {lt}.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "float_type": "This must be a number.",
    "float_parsing": "This must be a number.",
    "int_from_float": "This must be a whole number.",
    "decimal_type": "Enter an amount, such as 25.00.",
    "decimal_parsing": "Enter an amount, such as 25.00.",
    "decimal_max_places": "At most {decimal_places} places after the point are allowed.",
}


def worded(found: Mapping[str, Any]) -> str:
    kind, context = found["type"], found.get("ctx") or {}
    if found.get("input") == "" and kind in {"string_too_short", "string_pattern_mismatch"}:
        return _missing(found["loc"])
    if kind == "string_pattern_mismatch" and context.get("pattern") in PATTERNS:
        return PATTERNS[context["pattern"]]
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(found["msg"]).removeprefix("Value error, ")


def _missing(location: Sequence[str | int]) -> str:
    names = [part for part in location if isinstance(part, str)]
    field = names[-1] if names else ""
    if field in AGENTS:
        return NO_AGENT
    return NO_PRIMITIVE if names[-2:] == ["primitive", "slug"] else EMPTY_BY_FIELD.get(field, EMPTY)
