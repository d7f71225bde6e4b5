"""Encrypts, keeps and redacts the secrets inside a contract, whatever its shape."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from models.contracts.base import REDACTED, Contract, SecretMarker
from models.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str, ...]
ADDRESSES = frozenset({"url", "base_url"})


class NewSecret(Contract):
    """A generated secret. Podium does not keep it."""

    secret: str
    """The secret, as `whsec_<base64>`."""


def map_secrets(model: Model, change: Callable[[Place, str], str], place: Place = ()) -> Model:
    """Return the model with each secret replaced by `change(place, secret)`; a place is a path of field names."""
    updates: dict[str, Any] = {}
    for name, value in model:
        here = (*place, name)
        changed = _changed(value, _is_secret(type(model), name), change, here)
        if changed is not value:
            updates[name] = changed
    return model.model_copy(update=updates) if updates else model


def _changed(value: Any, secret: bool, change: Callable[[Place, str], str], place: Place) -> Any:
    match value:
        case BaseModel():
            return map_secrets(value, change, place)
        case str() if secret:
            return change(place, value)
        case dict() if secret:
            return {key: change((*place, key), item) for key, item in value.items()}
        case tuple():
            return tuple(_changed(item, secret, change, (*place, str(index))) for index, item in enumerate(value))
    return value


@cache
def _is_secret(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields[name]
    return any(isinstance(mark, SecretMarker) for mark in field.metadata) or _mentions_secret(field.annotation)


def _mentions_secret(annotation: Any) -> bool:
    marks = getattr(annotation, "__metadata__", ())
    if any(isinstance(mark, SecretMarker) for mark in marks):
        return True
    return any(_mentions_secret(part) for part in get_args(annotation))


def redacted(model: Model) -> Model:
    """Return the model with secrets redacted; `env:NAME` references stay readable."""
    return map_secrets(model, lambda _, value: value if value.startswith("env:") else REDACTED)


def kept(new: Model, stored: BaseModel | None, seal: Callable[[str], str]) -> Model:
    """Return the model as stored: new secrets encrypted, redacted ones copied from `stored`.

    Raises:
        Invalid: a redacted secret has no stored counterpart, or would now be sent to another address.
    """
    before: dict[Place, str] = {}
    if stored is not None:
        map_secrets(stored, lambda place, value: before.setdefault(place, value))
    origins = dict(_origins(stored))
    moved = {place for place, origin in _origins(new) if origins.get(counterpart(new, stored, place), origin) != origin}

    def change(place: Place, value: str) -> str:
        if value != REDACTED:
            try:
                return seal(value)
            except Invalid as error:
                error.field = error.field or _dotted(new, place)
                raise
        there = counterpart(new, stored, place)
        if there not in before:
            field = _dotted(new, place)
            raise Invalid("no stored secret to keep", field=field, hint="Send the secret itself.")
        if any(place[: len(owner)] == owner for owner in moved):
            hint = "Send the secret again: it was given for another address."
            raise Invalid(
                "the address changed, so the stored secret cannot be reused", field=_dotted(new, place), hint=hint
            )
        return before[there]

    return map_secrets(new, change)


def counterpart(new: Any, stored: Any, place: Place) -> Place:
    """Find the place in the stored model that corresponds to a place in the new one; lists may be reordered."""
    there: list[str] = []
    for part in place:
        if isinstance(new, tuple):
            before = stored if isinstance(stored, tuple) else ()
            index = _index_before(new, int(part), before)
            new, stored = new[int(part)], before[index] if index is not None else None
            there.append("gone" if index is None else str(index))
        else:
            new, stored = getattr(new, part, None), getattr(stored, part, None)
            there.append(part)
    return tuple(there)


def _index_before(items: tuple[Any, ...], index: int, before: tuple[Any, ...]) -> int | None:
    """Find an item by name; an item with a new name takes the one at its index, if that one's name has disappeared."""
    names, names_before = [_name(item) for item in items], [_name(item) for item in before]
    if names[index] is not None and names[index] in names_before:
        return names_before.index(names[index])
    there = index < len(before) and (names_before[index] is None or names_before[index] not in names)
    return index if there else None


def _name(item: Any) -> str | None:
    """Return the identity of an item in a list that may be reordered: a step's key, a server's address."""
    return getattr(item, "key", None) or getattr(item, "url", None)


def _dotted(model: Any, place: Place) -> str:
    """Format a place in wire names: `steps[1].http.headers.X-Key`."""
    text = ""
    for part in place:
        name = to_camel(part) if isinstance(model, BaseModel) else part
        text += f"[{part}]" if isinstance(model, tuple) else f".{name}" if text else name
        model = model[int(part)] if isinstance(model, tuple) else getattr(model, part, None)
    return text


def _origins(model: BaseModel | None, place: Place = ()) -> Iterator[tuple[Place, str | None]]:
    """Yield each part that has an address (`url`, `base_url`), with its scheme, host and port."""
    if model is None:
        return
    for name, value in model:
        if name in ADDRESSES:
            yield place, _origin(value)
        parts = value if isinstance(value, tuple) else (value,)
        for index, part in enumerate(parts):
            if isinstance(part, BaseModel):
                here = (*place, name, str(index)) if isinstance(value, tuple) else (*place, name)
                yield from _origins(part, here)


def _origin(url: str | None) -> str | None:
    return url and "//".join(urlsplit(url)[:2]).lower()
