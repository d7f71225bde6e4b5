"""Tells what a declared thing changes about the stored one, without ever showing a secret.

The rule kept here: a secret that is declared in clear text and equal to the stored one is no change.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue

from models.contracts.base import REDACTED
from models.contracts.declarations import PlanChange
from models.contracts.secrets import counterpart, map_secrets
from models.errors import Invalid
from runtime.keyring import Keyring
from runtime.secrets import reveal

Model = TypeVar("Model", bound=BaseModel)
NEW_SECRET = f"{REDACTED} (new)"


def same_secrets_masked(declared: Model, stored: BaseModel, keyring: Keyring, context: str) -> Model:
    """Give what is declared with each secret that the stored one holds already replaced by the redaction mark."""
    known: dict[tuple[str, ...], str] = {}
    map_secrets(stored, lambda place, value: known.setdefault(place, _clear(keyring, value, context)))

    def mask(place: tuple[str, ...], value: str) -> str:
        before = known.get(counterpart(declared, stored, place))
        return REDACTED if before == value and not value.startswith("env:") else value

    return map_secrets(declared, mask)


def differences(stored: dict[str, Any], masked: dict[str, Any], shown: dict[str, Any]) -> tuple[PlanChange, ...]:
    """List the fields in which two wire objects differ, by dotted name.

    Args:
        stored: What is there, redacted.
        masked: What is declared, with new secrets in clear text; nothing of it is shown.
        shown: The same, redacted.
    """
    return tuple(_differences(stored, masked, shown, ""))


def _differences(stored: JsonValue, masked: JsonValue, shown: JsonValue, place: str) -> Iterator[PlanChange]:
    if stored == masked:
        return
    if isinstance(stored, dict) and isinstance(masked, dict) and isinstance(shown, dict):
        for key in {**stored, **masked}:
            here = f"{place}.{key}" if place else key
            yield from _differences(stored.get(key), masked.get(key), shown.get(key), here)
        return
    if isinstance(stored, list) and isinstance(masked, list) and isinstance(shown, list) and len(stored) == len(masked):
        for index, parts in enumerate(zip(stored, masked, shown, strict=True)):
            yield from _differences(*parts, f"{place}[{index}]")
        return
    yield PlanChange(field=place, before=stored, after=NEW_SECRET if shown == stored else shown)


def _clear(keyring: Keyring, value: str, context: str) -> str:
    if value.startswith("env:"):
        return value
    try:
        return reveal(keyring, value, context=context)
    except Invalid:
        # Sealed under a key that is gone: whatever is declared replaces it.
        return ""
