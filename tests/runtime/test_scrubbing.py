"""Tokens and control characters do not reach logs and traces."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.security.revealed_secrets import note_revealed, scrubbed_text, scrubbing
from runtime.security.scrubbing import ScrubbedSpans, scrub_event, without_controls


def test_spans_contain_no_token() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(ScrubbedSpans())
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with provider.get_tracer("test").start_as_current_span("POST /api/callbacks/abc.def") as span:
        span.set_attribute("http.url", "http://x/api/callbacks/abc.def?y=1")
        span.set_attribute("http.target", "/sign-in?token=abc.def&x=1")
        span.set_attribute("url.query", "token=abc.def")
        span.set_attribute("http.status_code", 202)
    [ended] = kept.get_finished_spans()
    assert ended.name == "POST /api/callbacks/***"
    assert dict(ended.attributes or {}) == {
        "http.url": "http://x/api/callbacks/***?y=1",
        "http.target": "/sign-in?token=***&x=1",
        "url.query": "token=***",
        "http.status_code": 202,
    }


def test_log_lines_contain_no_token_and_no_control_character() -> None:
    event = {"event": "request", "path": "/sign-in?token=abc", "name": "a\x1b[31m\u202eb", "ms": 3}
    assert scrub_event(None, "info", event) == {
        "event": "request",
        "path": "/sign-in?token=***",
        "name": r"a\x1b[31m\u202eb",
        "ms": 3,
    }
    assert without_controls("two\nlines\tstay") == "two\nlines\tstay"


@pytest.mark.parametrize(
    "echoed",
    [
        r"abc\/def+ghi=tail12345",
        r"abc/def\u002Bghi=tail12345",
        r"abc\u002fdef\u002bghi\u003dtail12345",
        r"abc\\\/def+ghi=tail12345",
        "abc%2fdef%2bghi%3dtail12345",
        r"\u0061bc/def+ghi=tail1234\u0035",
    ],
)
def test_a_secret_is_recognised_although_json_escapes_it(echoed: str) -> None:
    with scrubbing():
        note_revealed("Bearer abc/def+ghi=tail12345")
        note_revealed(r"back\slash")
        shown = scrubbed_text(rf'{{"error": "C:\\new \u00e9", "saw": "{echoed}", "b": "back\\slash"}}')
    assert shown == r'{"error": "C:\\new \u00e9", "saw": "********", "b": "********"}'


def test_a_secret_is_recognised_in_html() -> None:
    with scrubbing():
        note_revealed("one&two<three")
        assert scrubbed_text("saw one&amp;two&lt;three") == "saw ********"


def test_a_secret_is_recognised_in_the_ways_in_which_it_is_echoed() -> None:
    with scrubbing():
        note_revealed("Basic dXNlcjpvcGVuIHNlc2FtZQ==")
        note_revealed("long-secret/value")
        assert scrubbed_text("dXNlcjpvcGVuIHNlc2FtZQ== means user:open sesame") == "******** means ********"
        assert scrubbed_text("the password is 'open sesame'") == "the password is '********'"
        assert scrubbed_text("?q=long-secret%2Fvalue") == "?q=********"
        assert scrubbed_text("cut at its end: long-secret/v") == "cut at its end: ********"
        assert scrubbed_text("{'key': 'long-secret...', 'b': 1}") == "{'key': '********...', 'b': 1}"
        assert scrubbed_text("long-secrets") == "long-secrets"
