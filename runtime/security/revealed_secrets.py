"""Removes revealed secrets from whatever leaves an activity: output, errors and log lines.

`reveal` notes each secret in the scrubber of the activity that runs, so one rule covers every runner.
"""

import base64
import html
import re
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from models.contracts.base import REDACTED

_SHORTEST = 6
_HEX = re.compile("%[0-9A-F]{2}")
# JSON within JSON escapes the backslashes again.
_ESCAPED = re.compile(r"\\+(?:u([0-9a-fA-F]{4}))?|([^\\])", re.DOTALL)
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

    These are its words (`abc` of `Bearer abc`), it and them percent-encoded and in HTML, and what basic authentication
    encodes. `scrubbed_text` also finds them where JSON has escaped some of their characters.

    Values shorter than six characters are not scrubbed: they would match ordinary text.
    """
    known = _revealed.get()
    if known is None:
        return
    parts = {secret, *secret.split(), *_basic_credentials(secret)}
    encoded = {quote(part, safe="") for part in parts}
    lower = {_HEX.sub(lambda found: found[0].lower(), part) for part in encoded}
    parts |= encoded | lower | {html.escape(part) for part in parts}
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
    return _without_escaped(text, known) if "\\" in text else text


def _without_escaped(text: str, known: Sequence[str]) -> str:
    r"""Replace the secrets in a text with JSON's escapes: `abc\/def` and `abc\u002fdef` are `abc/def`."""
    plain = _unescaped(text)
    # Longest first, so that no part of a secret is found before the whole.
    wanted = [one for one in map(_unescaped, known) if len(one) >= _SHORTEST and one in plain]
    if not wanted:
        return text
    ends = [found.end() for found in _ESCAPED.finditer(text) if _character(found)]
    kept: list[str] = []
    done = 0
    for found in re.finditer("|".join(map(re.escape, wanted)), plain):
        start = ends[found.start() - 1] if found.start() else 0
        kept += text[done:start], REDACTED
        done = ends[found.end() - 1]
    return "".join([*kept, text[done:]])


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    """Return the character that is meant; none for backslashes, which may be an escape's or the text's own."""
    return chr(int(found[1], 16)) if found[1] else found[2] or ""


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
