"""Keeps tokens in addresses, and control characters, out of logs and traces."""

import re
from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from structlog.typing import EventDict, WrappedLogger

_CALLBACK = re.compile(r"(/api/callbacks/)[^/?#\s\"']+")
_TOKEN = re.compile(r"((?:^|[?&])token=)[^&#\s\"']+")
# C0 and C1 controls, and the marks that change the direction of text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def without_token(text: str) -> str:
    """Replace the token of a callback's path and of a sign-in link."""
    return _TOKEN.sub(r"\1***", _CALLBACK.sub(r"\1***", text))


def without_controls(text: str) -> str:
    """Write control and direction characters as escapes, so that a terminal shows them instead of obeying."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def scrub_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: no text of a log line holds a token or a control character."""
    for name, value in event.items():
        if isinstance(value, str) and not name.startswith("_"):
            event[name] = without_controls(without_token(value))
    return event


class ScrubbedSpans(SpanProcessor):
    """Removes tokens from the attributes and the name of a span when it ends, before it is exported."""

    def on_end(self, span: ReadableSpan) -> None:
        # A span that has ended is read-only by its interface, and exporters read these two fields.
        span._name = without_token(span.name)
        span._attributes = _scrubbed(span.attributes or {})


def _scrubbed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: without_token(value) if isinstance(value, str) else value for name, value in attributes.items()}
