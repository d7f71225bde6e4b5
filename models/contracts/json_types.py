"""Holds the fields of contracts to JSON's types.

Pydantic would read the texts "no" and "1_0" as false and 10, and a number as a time. JSON and YAML 1.2 mean the text.
Times, ids, enums and amounts are still written as text, because JSON has no types for them.
"""

import re
from typing import Any, cast

from pydantic_core import CoreSchema, PydanticKnownError, core_schema

_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNIX_TIME = re.compile(r"\s*[+-]?[0-9.]+\s*")
_INSIDE = ("schema", "fields", "choices", "items_schema", "keys_schema", "values_schema")


def is_amount(text: str) -> bool:
    """Return whether a text writes a decimal as JSON does, but for a sign or a point at its ends."""
    return _AMOUNT.fullmatch(text.strip()) is not None


def hold_to_json_types(model: CoreSchema) -> None:
    """Change the schema of one model; models inside of it have their own."""
    schema = cast("dict[str, Any]", model)
    # The model's own validators surround it.
    while schema["type"] != "model":
        schema = schema["schema"]
    _change(schema)


def _change(schema: dict[str, Any]) -> None:
    for name in _INSIDE:
        match schema.get(name):
            # A field may be called `type`, too.
            case {"type": str()}:
                schema[name] = _held(schema[name])
            case dict() as named:
                named.update({key: _held(one) for key, one in named.items()})
            case list() as several:
                several[:] = [_held(one) if isinstance(one, dict) else one for one in several]


def _held(schema: dict[str, Any]) -> Any:
    match schema["type"]:
        case "model":
            return schema
        case "function-before" if schema["function"]["function"] in _CHECKS.values():
            # Of a base class, whose fields come with its checks.
            return schema
        case "bool":
            return {**schema, "strict": True}
        case "int" | "float" | "decimal" | "datetime" as kind:
            return core_schema.no_info_before_validator_function(_CHECKS[kind], cast("CoreSchema", schema))
    _change(schema)
    return schema


def _integer(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise PydanticKnownError("int_type")
    return value


def _float(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise PydanticKnownError("float_type")
    return value


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and not is_amount(value)):
        raise PydanticKnownError("decimal_parsing")
    return value


def _time(value: Any) -> Any:
    if isinstance(value, int | float) or (isinstance(value, str) and _UNIX_TIME.fullmatch(value)):
        raise PydanticKnownError("datetime_type")
    return value


_CHECKS = {"int": _integer, "float": _float, "decimal": _amount, "datetime": _time}
