"""Log lines name their run; spans are exported to the configured endpoint."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOGGING = """
import logging, structlog
from runtime.settings import read_settings
from runtime.telemetry import configure_telemetry, tracing_is_on
configure_telemetry(read_settings(), process="test")
with structlog.contextvars.bound_contextvars(run_id="run-1"):
    structlog.get_logger("podium").info("started", kind="agent")
    logging.getLogger("library").warning("said %s", "so")
    logging.getLogger("httpx2").info("GET a URL with a key")
    try:
        password = "hidden-word"
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("podium").exception("failed")
assert not tracing_is_on()
"""

TRACING = """
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import structlog
from runtime.settings import read_settings
from runtime.telemetry import configure_telemetry, configure_tracing, tracing_is_on
spans = InMemorySpanExporter()
configure_telemetry(read_settings(), process="test")
configure_tracing(SimpleSpanProcessor(spans), process="test")
with trace.get_tracer("t").start_as_current_span("outer"):
    structlog.get_logger().info("inside")
assert tracing_is_on()
(span,) = spans.get_finished_spans()
assert span.resource.attributes["service.name"] == "podium-test"
"""


def run(code: str, **env: str) -> list[str]:
    """Run code in its own process: telemetry is set up once per process."""
    done = subprocess.run(
        (sys.executable, "-c", code), cwd=ROOT, env={"PATH": "/usr/bin", **env}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_log_lines_of_every_library_name_the_run() -> None:
    lines = [json.loads(line) for line in run(LOGGING, PODIUM_LOG_FORMAT="json")]
    assert [line["event"] for line in lines] == ["started", "said so", "failed"]
    assert {line["run_id"] for line in lines} == {"run-1"}
    assert lines[0]["kind"] == "agent"
    assert lines[1]["logger"] == "library"
    assert "ValueError: broken" in lines[2]["exception"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_local_variables_but_its_source(log_format: str) -> None:
    assert "hidden-word" not in "\n".join(run(LOGGING, PODIUM_LOG_FORMAT=log_format))


def test_a_log_line_inside_a_span_names_its_trace() -> None:
    (line,) = run(TRACING, PODIUM_LOG_FORMAT="json")
    assert len(json.loads(line)["trace_id"]) == 32
