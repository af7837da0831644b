"""OpenTelemetry traces: one trace follows a request from the gateway through the queue to the model services (W3C Trace Context)."""

from __future__ import annotations

from collections.abc import Sequence

import grpc.aio
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_client_interceptors, aio_server_interceptor, filters
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.common.settings import software_version

_UNTRACED = filters.negate(filters.any_of(filters.service_name("grpc.health.v1.Health"), filters.service_prefix("grpc.reflection")))

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


def server_interceptor() -> grpc.aio.ServerInterceptor:
    """A span for each call that this process answers; health checks and reflection left out."""
    interceptor: grpc.aio.ServerInterceptor = aio_server_interceptor(filter_=_UNTRACED)  # type: ignore[no-untyped-call]
    return interceptor


def client_interceptors() -> Sequence[grpc.aio.ClientInterceptor]:
    """A span for each call that this process makes, and its context sent along; health checks left out."""
    interceptors: Sequence[grpc.aio.ClientInterceptor] = aio_client_interceptors(filter_=_UNTRACED)  # type: ignore[no-untyped-call]
    return interceptors
