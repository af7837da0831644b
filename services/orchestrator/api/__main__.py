"""`python -m services.orchestrator.api`: serve the API."""

from __future__ import annotations

from redis.asyncio import Redis

from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import add_OrchestratorServiceServicer_to_server
from services.common.imaging import DEFAULT_LIMITS
from services.common.server import ServiceHost, run_service
from services.orchestrator.api.health import HealthChecker
from services.orchestrator.api.readiness import follow
from services.orchestrator.api.servicer import OrchestratorServicer
from services.orchestrator.history import History, migrate_when_reachable
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.jobs.publish import Publisher
from services.orchestrator.jobs.queue import Wakeups, make_app
from services.orchestrator.jobs.submit import Submitter
from services.orchestrator.jobs.watch import Watcher
from services.orchestrator.mesh import Mesh
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.storage import FetchPolicy, ForeignObjects, GuardedFetcher, open_storage

SERVICE = "dasibom.orchestrator.v1.OrchestratorService"
_REDIS_CONNECTIONS = 5_000  # half of what Redis accepts by default


async def main(settings: OrchestratorSettings) -> None:
    """Serve until told to stop."""
    history = History.open(settings.database_url)
    # Each job that is watched takes a connection of its own; the client's own bound of 100 would turn watchers away.
    redis = Redis.from_url(settings.redis_url, max_connections=_REDIS_CONNECTIONS)
    storage = open_storage(settings.storage_url, endpoint_url=settings.s3_endpoint_url, region=settings.s3_region)
    mesh = Mesh(settings.mesh_target, ca=settings.mesh_ca, max_message_mib=settings.max_message_mib)
    events = EventLog(redis, keep_seconds=settings.event_seconds)
    models = ModelDirectory(mesh)
    policy = FetchPolicy(allowed_hosts=settings.fetch_allowed_hosts, max_bytes=DEFAULT_LIMITS.max_bytes, timeout=settings.fetch_seconds)
    foreign = ForeignObjects(
        settings.s3_source_buckets,
        max_bytes=DEFAULT_LIMITS.max_bytes,
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
    )
    intake = PictureIntake(history, storage, GuardedFetcher(policy), foreign)
    health = HealthChecker(history=history, redis=redis, storage=storage, mesh=mesh)
    servicer = OrchestratorServicer(
        history=history,
        storage=storage,
        submitter=Submitter(history=history, intake=intake, models=models, events=events, wakeups=Wakeups(make_app(settings))),
        intake=intake,
        watcher=Watcher(history, events),
        eraser=Eraser(history, storage, redis, events),
        publisher=Publisher(
            history,
            storage,
            base_url=settings.published_url,
            gateway_url=settings.public_url,
            link_seconds=settings.link_seconds,
        ),
        models=models,
        health=health,
        keepalive_seconds=settings.keepalive_seconds,
    )
    host = ServiceHost("api", settings)
    host.add(add_OrchestratorServiceServicer_to_server, servicer, SERVICE)
    async with follow(health, host.readiness):
        await host.run(prepare=lambda: migrate_when_reachable(settings.database_url))
    await mesh.close()
    await redis.aclose()
    await storage.close()
    await foreign.close()
    await history.close()


if __name__ == "__main__":
    run_service("api", OrchestratorSettings, main)
