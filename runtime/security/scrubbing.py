"""Keeps tokens in addresses, control characters and revealed secrets out of logs and traces."""

import re
from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import Status
from structlog.typing import EventDict, WrappedLogger

from runtime.security.revealed_secrets import scrubbed_text

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
    """Removes tokens, and secrets that the activity around it has revealed, when a span ends, before it is exported."""

    def on_end(self, span: ReadableSpan) -> None:
        # A span that has ended is read-only by its interface, and exporters read these fields.
        span._name = without_token(span.name)
        span._attributes = _scrubbed(span.attributes or {})
        for event in span.events:
            event._attributes = _scrubbed(event.attributes or {})
        if span.status.description:
            span._status = Status(span.status.status_code, _without_secrets(span.status.description))


def _scrubbed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _without_secrets(value) if isinstance(value, str) else value for name, value in attributes.items()}


def _without_secrets(text: str) -> str:
    return scrubbed_text(without_token(text))
