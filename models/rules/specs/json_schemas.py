"""JSON Schema for agents' answers; remote references are never fetched."""

from functools import lru_cache
from typing import Any

import jsonschema_rs
from pydantic import JsonValue
from pydantic_core import to_json

from models.contracts.base import JsonObject
from models.errors import Invalid


def check_schema(schema: JsonObject, *, field: str) -> None:
    """Raise `Invalid` if the schema is not usable, or refers to something outside itself."""
    try:
        _validator(to_json(schema))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise Invalid(f"not a usable JSON Schema: {reason}", field=field) from None


def violation(schema: JsonObject, value: JsonValue) -> str | None:
    """Return where and how a value violates the schema, or None."""
    first = next(_validator(to_json(schema)).iter_errors(value), None)
    if first is None:
        return None
    path = "/".join(str(part) for part in first.instance_path)
    return f"{path}: {first.message}" if path else str(first.message)


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.validator_for(schema.decode(), retriever=_refuse)


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is outside the schema and is not fetched")
