"""Compares what is declared with what is stored, without showing a secret.

A secret that is declared in clear text and equals the stored one is not a change.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue

from models.contracts.automations.declarations import PlanChange
from models.contracts.base import REDACTED
from models.contracts.secrets import counterpart, map_secrets
from models.errors import Invalid
from models.rules.json.equality import same_json
from runtime.security.keyring import Keyring
from runtime.security.secrets import reveal

Model = TypeVar("Model", bound=BaseModel)
NEW_SECRET = f"{REDACTED} (new)"


def same_secrets_masked(declared: Model, stored: BaseModel, keyring: Keyring, context: str) -> Model:
    """Replace each declared secret that is already stored by the redaction mark."""
    known: dict[tuple[str, ...], str] = {}
    map_secrets(stored, lambda path, value: known.setdefault(path, _clear(keyring, value, context)))

    def mask(path: tuple[str, ...], value: str) -> str:
        before = known.get(counterpart(declared, stored, path))
        return REDACTED if before == value and not value.startswith("env:") else value

    return map_secrets(declared, mask)


def differences(stored: dict[str, Any], masked: dict[str, Any], shown: dict[str, Any]) -> tuple[PlanChange, ...]:
    """List the fields in which two wire objects differ, by dotted name.

    Args:
        stored: The stored object, redacted.
        masked: The declared object with new secrets in clear text; never shown.
        shown: The declared object, redacted.
    """
    return tuple(_differences(stored, masked, shown, ""))


def _differences(stored: JsonValue, masked: JsonValue, shown: JsonValue, path: str) -> Iterator[PlanChange]:
    if same_json(stored, masked):
        return
    if isinstance(stored, dict) and isinstance(masked, dict) and isinstance(shown, dict):
        for key in {**stored, **masked}:
            here = f"{path}.{key}" if path else key
            yield from _differences(stored.get(key), masked.get(key), shown.get(key), here)
        return
    if isinstance(stored, list) and isinstance(masked, list) and isinstance(shown, list) and len(stored) == len(masked):
        for index, parts in enumerate(zip(stored, masked, shown, strict=True)):
            yield from _differences(*parts, f"{path}[{index}]")
        return
    yield PlanChange(field=path, before=stored, after=NEW_SECRET if same_json(shown, stored) else shown)


def _clear(keyring: Keyring, value: str, context: str) -> str:
    if value.startswith("env:"):
        return value
    try:
        return reveal(keyring, value, context=context)
    except Invalid:
        # Encrypted with a key that is gone: whatever is declared replaces it.
        return ""
