"""The bootstrap of every process that serves gRPC.

    host = ServiceHost("vqa", settings)
    host.add(add_VqaServiceServicer_to_server, servicer, "dasibom.vqa.v1.VqaService")
    await host.run()

`run` serves until SIGTERM or SIGINT and then drains: health says NOT_SERVING, callers get `drain_notice_seconds` to see it and go
elsewhere, no new calls are taken, and those that run get `drain_seconds` to finish. A second signal ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import grpc
import grpc.aio
import uvloop
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from services.common.errors import ServiceError
from services.common.health import Readiness
from services.common.interceptors import CallInterceptor, StreamCloser
from services.common.logs import setup_logging
from services.common.settings import MIB, BadSetting, ServerSettings, Settings, read_settings
from services.common.telemetry import flush_telemetry, server_interceptors, setup_telemetry

logger = logging.getLogger(__name__)


class ServiceHost:
    """One gRPC server with everything around it: health, reflection, metrics, traces, TLS, drain."""

    def __init__(self, service: str, settings: ServerSettings) -> None:
        """Make the server, without starting it.

        Args:
            service: name in logs, traces and metrics.
            settings: addresses, TLS and limits.
        """
        self.service = service
        self.settings = settings
        self.readiness = Readiness()
        self.port = 0  # the port that is really served, once started
        self._names: list[str] = []
        self._stop = asyncio.Event()
        limit = settings.max_message_mib * MIB
        self._server = grpc.aio.server(
            interceptors=(StreamCloser(), *server_interceptors(), CallInterceptor()),
            options=(
                ("grpc.max_receive_message_length", limit),
                ("grpc.max_send_message_length", limit),
                # Two processes on one port would share its calls by chance, so a taken port is an error.
                ("grpc.so_reuseport", 0),
                # The gateway pings idle connections; do not take that for abuse.
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
                ("grpc.keepalive_permit_without_calls", 1),
            ),
        )
        health_pb2_grpc.add_HealthServicer_to_server(self.readiness.servicer, self._server)

    def add(self, add_to_server: Callable[[Any, Any], None], servicer: object, full_name: str) -> None:
        """Serve one more gRPC service.

        Args:
            add_to_server: the generated `add_…Servicer_to_server`.
            servicer: its implementation.
            full_name: its full name, such as `dasibom.vqa.v1.VqaService`.
        """
        add_to_server(servicer, self._server)
        self._names.append(full_name)

    async def start(self) -> None:
        """Begin to serve. Health says NOT_SERVING until `readiness.set_ready(True)`."""
        names = (*self._names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        self.port = self._bind()
        await self.readiness.watch_over(self._names)
        if self.settings.metrics_port:
            start_http_server(self.settings.metrics_port, addr=self.settings.metrics_listen)
        await self._server.start()
        # What is alive now stays alive; looking at it again and again would cost each call.
        gc.collect()
        gc.freeze()
        logger.info("%s serves on port %d", self.service, self.port)

    async def stop(self) -> None:
        """Drain, then stop."""
        await self.readiness.drain()
        await asyncio.sleep(self.settings.drain_notice_seconds)
        await self._server.stop(self.settings.drain_seconds)
        logger.info("%s has stopped", self.service)

    async def run(self, *, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Serve until a signal comes, then drain.

        Args:
            prepare: done before health says SERVING; the port is open meanwhile, so that health and status can be asked.

        Raises:
            SystemExit: the preparation failed; says why.
        """
        await self.start()
        async with _signals(self._stop):
            if prepare is not None:
                await self._unless_stopped(prepare())
            if not self._stop.is_set():
                await self.readiness.set_ready(True)
                await self._stop.wait()
            logger.info("%s drains", self.service)
            await self.stop()

    async def _unless_stopped(self, preparation: Awaitable[None]) -> None:
        """Wait for the preparation; a signal that comes meanwhile cancels it."""
        preparing = asyncio.ensure_future(preparation)
        stopping = asyncio.create_task(self._stop.wait())
        stopping.add_done_callback(lambda _: preparing.cancel())
        try:
            await preparing
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
        except ServiceError as error:
            await self._server.stop(None)
            raise SystemExit(f"{self.service} cannot start: {error.message}") from error
        finally:
            stopping.cancel()

    def _bind(self) -> int:
        try:
            if self.settings.tls_certificate is None or self.settings.tls_key is None:
                return self._server.add_insecure_port(self.settings.listen)
            authority = self.settings.tls_client_ca
            credentials = grpc.ssl_server_credentials(
                [(self.settings.tls_key.read_bytes(), self.settings.tls_certificate.read_bytes())],
                root_certificates=authority.read_bytes() if authority else None,
                require_client_auth=authority is not None,
            )
            return self._server.add_secure_port(self.settings.listen, credentials)
        except RuntimeError as error:
            raise SystemExit(f"{self.service} cannot listen on {self.settings.listen}: is another process using it? ({error})") from None


@contextlib.asynccontextmanager
async def _signals(stop: asyncio.Event) -> AsyncIterator[None]:
    """Within: the first SIGTERM or SIGINT sets `stop`, a second one ends the process."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def first() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, first)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def run_service(service: str, kind: type[Settings], main: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Read the settings, set up logs and traces, run `main` on uvloop, and flush the traces at the end.

    Args:
        service: name in logs and traces.
        kind: the class of its settings.
        main: serves until it is told to stop.

    Raises:
        SystemExit: a setting is wrong; names it.
    """
    try:
        settings = read_settings(kind, service)
        setup_logging(service, settings.log_level)
        setup_telemetry(service, settings.otlp_endpoint)
        try:
            uvloop.run(main(settings))
        finally:
            flush_telemetry()
    except BadSetting as error:
        raise SystemExit(f"{service} cannot start: {error}") from None
