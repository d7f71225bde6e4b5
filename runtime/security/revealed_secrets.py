"""Removes revealed secrets from whatever leaves an activity: output, errors and log lines.

`reveal` notes each secret in the scrubber of the activity that runs, so one rule covers every runner.
"""

import base64
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

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
    """Scrub a secret from now on, in each form in which it is echoed.

    These are its words (`abc` of `Bearer abc`), it and them percent-encoded, and what basic authentication encodes.

    Values shorter than six characters are not scrubbed: they would match ordinary text.
    """
    known = _revealed.get()
    if known is None:
        return
    parts = {secret, *secret.split(), *_basic_credentials(secret)}
    parts |= {quote(part, safe="") for part in parts}
    known.update(part for part in parts if len(part) >= _SHORTEST)


def _basic_credentials(secret: str) -> tuple[str, ...]:
    scheme, _, encoded = secret.partition(" ")
    if scheme.lower() != "basic":
        return ()
    try:
        plain = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ()
    return plain, plain.partition(":")[2]


def scrubbed_text(text: str) -> str:
    """Return a text with every revealed secret replaced."""
    known = sorted(_revealed.get() or (), key=lambda secret: (-len(secret), secret))
    for secret in known:
        text = text.replace(secret, REDACTED)
    for secret in known:
        text = _without_cut(text, secret)
    return text


def _without_cut(text: str, secret: str) -> str:
    """Replace the beginning of a secret where a library has cut the text, at its end or before three dots."""
    if secret[:_SHORTEST] not in text:
        return text
    for length in range(len(secret) - 1, _SHORTEST - 1, -1):
        beginning = secret[:length]
        if text.endswith(beginning):
            text = text[:-length] + REDACTED
        if f"{beginning}..." in text:
            text = text.replace(f"{beginning}...", f"{REDACTED}...")
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
