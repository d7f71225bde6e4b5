"""Logs, traces and SDK metrics of one process.

Log lines carry the run they belong to (structlog's context variables). Spans come from the replay-safe provider, so
that a replayed workflow does not repeat them.
"""

import logging
import logging.config
import os
from typing import Any
from uuid import UUID

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider, create_tracer_provider
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from runtime.security.revealed_secrets import scrub_revealed
from runtime.security.scrubbing import ScrubbedSpans, scrub_event
from runtime.settings import Settings


def configure_telemetry(settings: Settings, *, process: str) -> None:
    """Set up logs and, where an exporter is configured, traces; call once when a process starts."""
    configure_logging(settings)
    if _exports("TRACES"):
        configure_tracing(BatchSpanProcessor(OTLPSpanExporter()), process=process)
    if _exports("METRICS"):
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        metrics.set_meter_provider(MeterProvider([reader], resource=_resource(process)))


def _exports(signal: str) -> bool:
    """Return whether the environment names where traces, or metrics, go."""
    return bool(
        os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    )


def _resource(process: str) -> Resource:
    return Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or f"podium-{process}"})


def configure_tracing(*processors: SpanProcessor, process: str) -> ReplaySafeTracerProvider:
    """Install the global tracer provider; only the first call of a process has an effect."""
    provider = create_tracer_provider(resource=_resource(process))
    for processor in (ScrubbedSpans(), *processors):
        provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    return provider


def tracing_is_on() -> bool:
    """Return whether spans are exported; Temporal's tracing plugin is left out otherwise."""
    return isinstance(trace.get_tracer_provider(), ReplaySafeTracerProvider)


def current_trace_id() -> UUID | None:
    """Return the id of the trace that this code is part of, which has as many bytes as a UUID; None without one."""
    context = trace.get_current_span().get_span_context()
    return UUID(int=context.trace_id) if context.is_valid else None


def sdk_runtime(settings: Settings) -> Runtime | None:
    """Return a Temporal runtime that serves the SDK's metrics; None for the default runtime."""
    if settings.metrics_address is None:
        return None
    served = PrometheusConfig(bind_address=settings.metrics_address, durations_as_seconds=True, unit_suffix=True)
    return Runtime(telemetry=TelemetryConfig(metrics=served))


def configure_logging(settings: Settings) -> None:
    """Send the lines of structlog and of the logging module through one chain to standard output."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_ids,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "podium": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                    "processors": _rendering(settings),
                }
            },
            "handlers": {
                "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "podium"}
            },
            "root": {"handlers": ["out"], "level": settings.log_level.upper()},
            # One line per outgoing request is noise, and its URL may contain a key.
            "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpx2", "httpcore", "httpcore2")},
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _rendering(settings: Settings) -> list[Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format == "json":
        return [
            strip,
            structlog.processors.format_exc_info,
            scrub_event,
            scrub_revealed,
            structlog.processors.JSONRenderer(default=str),
        ]
    colours = bool(os.environ.get("FORCE_COLOR"))
    # Plain tracebacks: rich ones print local variables, and a local may be a secret.
    return [
        strip,
        structlog.processors.format_exc_info,
        scrub_event,
        scrub_revealed,
        structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
    ]


def _add_trace_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context: Any = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event
