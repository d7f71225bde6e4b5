"""Compares declared and stored objects without revealing secrets.

A secret declared in clear text that equals the stored one is not a change.
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
    """Return the declared object with every secret that equals the stored one redacted."""
    known: dict[tuple[str, ...], str] = {}
    map_secrets(stored, lambda place, value: known.setdefault(place, _clear(keyring, value, context)))

    def mask(place: tuple[str, ...], value: str) -> str:
        before = known.get(counterpart(declared, stored, place))
        return REDACTED if before == value and not value.startswith("env:") else value

    return map_secrets(declared, mask)


def differences(stored: dict[str, Any], masked: dict[str, Any], redacted: dict[str, Any]) -> tuple[PlanChange, ...]:
    """List the fields that differ, by dotted name.

    Args:
        stored: The stored object, redacted.
        masked: The declared object with new secrets in clear text; only used for comparison.
        redacted: The declared object, redacted; used in the result.
    """
    return tuple(_differences(stored, masked, redacted, ""))


def _differences(stored: JsonValue, masked: JsonValue, redacted: JsonValue, place: str) -> Iterator[PlanChange]:
    if stored == masked:
        return
    if isinstance(stored, dict) and isinstance(masked, dict) and isinstance(redacted, dict):
        for key in {**stored, **masked}:
            here = f"{place}.{key}" if place else key
            yield from _differences(stored.get(key), masked.get(key), redacted.get(key), here)
        return
    if (
        isinstance(stored, list)
        and isinstance(masked, list)
        and isinstance(redacted, list)
        and len(stored) == len(masked)
    ):
        for index, parts in enumerate(zip(stored, masked, redacted, strict=True)):
            yield from _differences(*parts, f"{place}[{index}]")
        return
    yield PlanChange(field=place, before=stored, after=NEW_SECRET if redacted == stored else redacted)


def _clear(keyring: Keyring, value: str, context: str) -> str:
    if value.startswith("env:"):
        return value
    try:
        return reveal(keyring, value, context=context)
    except Invalid:
        # Encrypted with a key that no longer exists: any declared secret replaces it.
        return ""
