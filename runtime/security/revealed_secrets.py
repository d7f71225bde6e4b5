"""Removes revealed secrets from whatever leaves an activity: output, errors and log lines.

`reveal` notes each secret in the scrubber of the activity that runs, so one rule covers every runner.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from models.contracts.base import REDACTED

_SHORTEST = 6
_revealed: ContextVar[set[str] | None] = ContextVar("revealed_secrets", default=None)


@contextmanager
def scrubbing() -> Iterator[None]:
    """Collect the secrets that are revealed while the block lasts."""
    token = _revealed.set(set())
    try:
        yield
    finally:
        _revealed.reset(token)


def note_revealed(secret: str) -> None:
    """Scrub a secret from now on, and each word of it: `Bearer abc` is echoed as `abc` too.

    Values shorter than six characters are not scrubbed: they would match ordinary text.
    """
    known = _revealed.get()
    if known is not None:
        known.update(part for part in (secret, *secret.split()) if len(part) >= _SHORTEST)


def scrubbed_text(text: str) -> str:
    """Return a text with every revealed secret replaced."""
    for secret in sorted(_revealed.get() or (), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text


def scrubbed(value: Any) -> Any:
    """Return a JSON value with every revealed secret in its texts and names replaced."""
    if not _revealed.get():
        return value
    match value:
        case str():
            return scrubbed_text(value)
        case dict():
            return {scrubbed_text(name): scrubbed(one) for name, one in value.items()}
        case list() | tuple():
            return [scrubbed(one) for one in value]
    return value


def scrub_revealed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Scrub a log line (a structlog processor)."""
    if _revealed.get():
        for name, value in event.items():
            if isinstance(value, str | dict | list | tuple):
                event[name] = scrubbed(value)
    return event
