"""Traces: the same work followed through gateway, services, events and consumers (OpenTelemetry, W3C `traceparent`).

Off unless a collector is named; then nothing of OpenTelemetry is loaded, and a trace that somebody else began is still
handed on. Spans say routes, statuses and types of events: never an address, an id of a person, or a value.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from shared import env, logs
from shared.env import setting
from shared.version import version

log = logs.get(__name__)

HEADER: Final = "traceparent"
PREFIX: Final = "OTEL"
_LONGEST: Final = 64

# The trace that the present work belongs to, carried from request to event to event.
trace_context: ContextVar[str | None] = ContextVar("trace_context", default=None)

_tracer: Any = None
_provider: Any = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where traces go; what else OpenTelemetry reads (`OTEL_TRACES_SAMPLER` …) it reads by itself."""

    endpoint: str = setting(
        "Collector that traces are sent to by OTLP over HTTP, such as http://collector:4318; empty: no traces.",
        default="",
        variable="OTEL_EXPORTER_OTLP_ENDPOINT",
    )


class Kind(Enum):
    """On which side of a call a span stands."""

    SERVER = "SERVER"
    CONSUMER = "CONSUMER"


@dataclass(slots=True)
class Work:
    """One piece of work under way: its span, when traces are on, and how the context was before."""

    span: Any
    before: Token[str | None]


class NoTelemetry(Exception):
    """Traces are asked for and OpenTelemetry is not installed."""


def configure(part: str, *, endpoint: str) -> None:
    """Send this process's traces to `endpoint` from now on; without one, nothing is loaded.

    `part` names the service, which is what traces are searched by.

    Raises:
        NoTelemetry: its packages are missing.
    """
    global _tracer, _provider
    if not endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise NoTelemetry("traces need OpenTelemetry: install vitrail[telemetry]") from missing
    described = {"service.name": part, "service.namespace": "vitrail", "service.version": version()}
    provider = TracerProvider(resource=Resource.create(described))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    _provider, _tracer = provider, provider.get_tracer("vitrail")
    log.info("traces_sent")


def load(part: str) -> Settings:
    """Return the settings of a part.

    Raises:
        SettingsError: see `env.environment`.
    """
    return env.load(Settings, env.environment(part), prefix=PREFIX)


def close() -> None:
    """Send what is still held back; the end of a process calls it."""
    global _tracer, _provider
    provider, _tracer, _provider = _provider, None, None
    if provider is not None:
        provider.shutdown()


def begin(name: str, *, kind: Kind, parent: str | None) -> Work:
    """Begin a piece of work as part of the trace that `parent` names (a `traceparent`), or of a new one.

    What is told or called meanwhile names it: `trace_context` is its own.
    """
    if parent is not None and len(parent) > _LONGEST:
        parent = None
    if _tracer is None:
        return Work(None, trace_context.set(parent))
    return _begin_span(name, kind=kind, parent=parent)


def end(work: Work, *, attributes: Mapping[str, str | int] | None = None, has_failed: bool = False) -> None:
    """End it; `attributes` are OpenTelemetry's own names and ours, with nothing personal."""
    trace_context.reset(work.before)
    if work.span is None:
        return
    if attributes:
        work.span.set_attributes(attributes)
    if has_failed:
        from opentelemetry.trace import StatusCode

        work.span.set_status(StatusCode.ERROR)
    work.span.end()


def _begin_span(name: str, *, kind: Kind, parent: str | None) -> Work:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    propagator = TraceContextTextMapPropagator()
    context = propagator.extract({HEADER: parent} if parent else {})
    span = _tracer.start_span(name, context=context, kind=SpanKind[kind.value])
    about = span.get_span_context()
    # RFC: W3C Trace Context §3.2, version 00.
    flags = f"{int(about.trace_flags):02x}"
    return Work(span, trace_context.set(f"00-{about.trace_id:032x}-{about.span_id:016x}-{flags}"))
