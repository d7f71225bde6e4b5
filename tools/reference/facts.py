"""Renders what is one table in the code: settings, error codes, signals, the fields of a primitive."""

from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticUndefined

import models.errors
from models.contracts.primitives.views import PrimitiveDraft
from models.errors import PodiumError
from models.kinds import KINDS, Kind
from runtime.settings import Settings
from tools.reference.examples import SIGNAL_INPUTS
from tools.reference.fields import cell, table
from worker import WORKFLOWS


def primitive_draft() -> str:
    """Render the fields that drafts of all kinds share; the JSON Schema has one draft per kind."""
    draft = PrimitiveDraft.model_json_schema()["$defs"][f"{KINDS[Kind.AGENT].label}Draft"]
    described = {name: field.description for name, field in PrimitiveDraft.model_fields.items()}
    kind = {"enum": [one.value for one in Kind], "description": described["kind"]}
    spec = {"type": "object", "description": described["spec"]}
    return table({**draft, "properties": {**draft["properties"], "kind": kind, "spec": spec}})


def settings() -> str:
    rows = ["| variable | default | |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `PODIUM_{name.upper()}` | {_default(field.default)} | {cell(field.description or '')} |")
    return "\n".join(rows) + "\n"


def errors() -> str:
    rows = ["| code | status | retried | |", "|---|---|---|---|"]
    for error in _errors(PodiumError):
        retried = "yes" if error.retryable else "no"
        rows.append(f"| `{error.code}` | {error.status} | {retried} | {cell(error.__doc__ or '')} |")
    return "\n".join(rows) + "\n"


def signals() -> str:
    """Render each signal with the kinds that accept it, its argument and the `temporal` command that sends it."""
    rows = ["| signal | kinds | argument | command |", "|---|---|---|---|"]
    for name, (model, given) in SIGNAL_INPUTS.items():
        kinds = [kind.value for kind in Kind if name in KINDS[kind].signals]
        who = "all" if len(kinds) == len(Kind) else ", ".join(kinds)
        argument = f"[{model.__name__}](#{model.__name__.lower()})"
        input_part = f" --input '{given}'" if given else ""
        command = f"temporal workflow signal --workflow-id run:$RUN --name {name}{input_part}"
        rows.append(f"| `{name}` | {who} | {argument} | `{command}` |")
    return "\n".join(rows) + "\n"


def handlers() -> dict[str, set[str]]:
    """Return the signals that the Temporal workflow of each kind handles, for the test that compares them."""
    definitions: dict[str, Any] = {
        one.name: one for one in (getattr(workflow, "__temporal_workflow_definition") for workflow in WORKFLOWS)
    }
    return {kind.value: set(definitions[KINDS[kind].temporal_type].signals) for kind in Kind}


def _errors(error: type[PodiumError]) -> Iterator[type[PodiumError]]:
    if error.__module__ == models.errors.__name__:
        yield error
    for child in error.__subclasses__():
        yield from _errors(child)


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined or value == ():
        return ""
    return f"`{value}`"
