"""Scalars of YAML 1.2's core schema as JSON values (https://yaml.org/spec/1.2.2/#103-core-schema)."""

import re
from typing import Any

from yaml.nodes import ScalarNode

from commands.console.numbers import exact_float, exact_integer
from models.rules.json.exact_numbers import shortened
from models.rules.json.storable import broken_text

STR, NULL, BOOL, INT, FLOAT, MERGE = (
    f"tag:yaml.org,2002:{name}" for name in ("str", "null", "bool", "int", "float", "merge")
)
_DIGITS = list("-+0123456789")
# A merge key is YAML 1.1's, and the one thing kept of it: files use it to share settings.
CORE = {
    NULL: (re.compile(r"^(?:null|Null|NULL|~|)$"), ["n", "N", "~", ""]),
    BOOL: (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    INT: (re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), _DIGITS),
    FLOAT: (
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        [*_DIGITS, "."],
    ),
    MERGE: (re.compile(r"^<<$"), ["<"]),
}


def scalar_value(node: ScalarNode) -> Any:
    """Return the JSON value of a scalar.

    Raises:
        ValueError: the tag is not a JSON type, the text does not fit it, or the number cannot be stored exactly.
    """
    tag, text = node.tag, str(node.value)
    if tag in (STR, MERGE):
        if found := broken_text(text):
            raise ValueError(found[1])
        return text
    if tag not in CORE:
        raise ValueError(f"the tag {tag} is not supported")
    pattern, _ = CORE[tag]
    if not pattern.match(text) and not (tag == FLOAT and CORE[INT][0].match(text)):
        raise ValueError(f"{shortened(text)} is not of the type {tag.rpartition(':')[2]}")
    if tag == NULL:
        return None
    if tag == BOOL:
        return text.lower() == "true"
    return _integer(text) if tag == INT else _float(text)


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return exact_integer(text[2:] if base != 10 else text, base)


def _float(text: str) -> float:
    if text.lower().lstrip("+-") in (".inf", ".nan"):
        raise ValueError(f"{text} is not a storable number")
    return exact_float(text)
