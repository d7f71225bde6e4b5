"""Renders contracts as Markdown: one section per contract, one table row per field."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

Schema = Mapping[str, Any]
# Contracts with their own page: other pages link to it.
PAGES = {"PrimitiveDraft": "specs.md", "AutomationDraft": "automations.md", "DependencyDraft": "automations.md"}
LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "pattern `{}`",
}


class FieldTables:
    """Renders contracts on one page; each contract is rendered once, where it is first needed."""

    def __init__(self, page: str) -> None:
        self._done = {name for name, home in PAGES.items() if home != page}

    def sections(self, model: type[BaseModel], level: int = 2) -> str:
        """Render a contract, then the contracts that its fields refer to."""
        schema = model.model_json_schema()
        return "\n".join(self._sections(model.__name__, schema, schema.get("$defs", {}), model, level))

    def _sections(
        self, name: str, schema: Schema, defs: Mapping[str, Schema], model: type[BaseModel] | None, level: int
    ) -> Iterator[str]:
        if name in self._done:
            return
        self._done.add(name)
        description = inspect.getdoc(model) if model else schema.get("description")
        yield f"{'#' * level} {name}\n\n{description or ''}\n"
        if "properties" in schema:
            yield table(schema)
        elif "enum" in schema:
            yield f"One of {', '.join(f'`{value}`' for value in schema['enum'])}.\n"
        for reference in dict.fromkeys(_references(schema)):
            if reference != "JsonValue":
                yield from self._sections(reference, defs[reference], defs, None, level)


def table(schema: Schema) -> str:
    """Render a schema's properties: name, type, default, and what they mean with their limits."""
    required = schema.get("required", [])
    rows = ["| field | type | default | |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        default = "required" if name in required else _value(field.get("default", [] if "anyOf" not in field else None))
        rows.append(f"| `{name}` | {_type(field)} | {default} | {_meaning(field)} |")
    return "\n".join(rows) + "\n"


def cell(text: str) -> str:
    """Join a text's lines for a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _meaning(field: Schema) -> str:
    limits = list(dict.fromkeys(_limits(field)))
    text = cell(field.get("description", ""))
    return f"{text} ({'; '.join(limits)})" if limits else text


def _limits(field: Schema) -> Iterator[str]:
    for key, words in LIMITS.items():
        if key in field and not _is_money(field):
            once = key in {"minLength", "minItems"} and field[key] == 1
            yield "not empty" if once else words.format(field[key]).replace("|", "\\|")
    for option in field.get("anyOf", []):
        if option.get("type") != "null" and not _is_money(field):
            yield from _limits(option)


WORDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "uuid": "UUID",
    "date-time": "time",
    "date": "date",
    "string": "text",
}


def _type(field: Schema) -> str:
    if _is_money(field):
        return "amount" if _is_required(field) else "amount or null"
    if options := field.get("anyOf") or field.get("oneOf"):
        return " or ".join(dict.fromkeys(_type(option) for option in options))
    if "$ref" in field:
        name = _name(field["$ref"])
        return "any JSON" if name == "JsonValue" else f"[{name}]({PAGES.get(name, '')}#{name.lower()})"
    if values := field.get("enum", [field["const"]] if "const" in field else []):
        return ", ".join(f"`{value}`" for value in values)
    return _plain_type(field)


def _plain_type(field: Schema) -> str:
    kind = field.get("type", "any JSON")
    if kind == "array":
        return f"list of {_type(field['items'])}" if "items" in field else "list"
    return WORDS.get(str(field.get("format", kind)), str(kind))


def _is_money(field: Schema) -> bool:
    """Whether a schema is a decimal, which is read from a number or a text."""
    options = [option for option in field.get("anyOf", []) if option.get("type") != "null"]
    return {option.get("type") for option in options} == {"number", "string"}


def _is_required(field: Schema) -> bool:
    return all(option.get("type") != "null" for option in field["anyOf"])


def _value(default: Any) -> str:
    match default:
        case None:
            return "null"
        case "" | []:
            return "empty"
        case bool():
            return f"`{str(default).lower()}`"
        case dict():
            # The object's own defaults are in its section.
            return f"`{default['type']}`" if "type" in default else "its defaults" if default else "empty"
    return f"`{default}`"


def _references(schema: Any) -> Iterator[str]:
    match schema:
        case dict():
            if "$ref" in schema:
                yield _name(schema["$ref"])
            for key, value in schema.items():
                if key not in {"$defs", "discriminator", "default", "examples"}:
                    yield from _references(value)
        case list():
            for item in schema:
                yield from _references(item)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
