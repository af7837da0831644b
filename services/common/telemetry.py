"""OpenTelemetry traces: one trace follows a request from the gateway through the queue to the model services (W3C Trace Context)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc.aio
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_client_interceptors, aio_server_interceptor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.common.settings import software_version

_UNTRACED = ("/grpc.health.", "/grpc.reflection.")

tracer = trace.get_tracer("dasibom")


def setup_telemetry(service: str, otlp_endpoint: str) -> None:
    """Send this process's spans to a collector.

    Args:
        service: name of the service, as traces show it.
        otlp_endpoint: `host:port` of an OTLP gRPC receiver; empty sends nothing.
    """
    if not otlp_endpoint:
        return
    resource = Resource.create({"service.name": f"dasibom-{service}", "service.version": software_version()})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp_endpoint, insecure=True), schedule_delay_millis=500))
    trace.set_tracer_provider(provider)


def flush_telemetry() -> None:
    """Send the spans that still wait; call before the process ends."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def server_interceptors() -> Sequence[grpc.aio.ServerInterceptor]:
    """A span for each call that this process answers; health checks and reflection left out. None where no traces are sent."""
    if not _enabled():
        return ()
    return (aio_server_interceptor(filter_=_is_traced),)  # type: ignore[no-untyped-call]


def client_interceptors() -> Sequence[grpc.aio.ClientInterceptor]:
    """A span for each call that this process makes, and its context sent along; health checks left out. None where no traces are sent."""
    if not _enabled():
        return ()
    interceptors: Sequence[grpc.aio.ClientInterceptor] = aio_client_interceptors(filter_=_is_traced)  # type: ignore[no-untyped-call]
    return interceptors


def _enabled() -> bool:
    # Spans that go nowhere would still cost each call a part of a millisecond.
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def _is_traced(call: Any) -> bool:
    method = call.method.decode() if isinstance(call.method, bytes) else call.method
    return not method.startswith(_UNTRACED)
