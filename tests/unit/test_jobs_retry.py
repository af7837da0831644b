"""Which failed model calls are made again."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from services.common.errors import (
    DeadlineExceeded,
    Draining,
    FailedPrecondition,
    Internal,
    InvalidRequest,
    ResourceExhausted,
    ServiceError,
    Unavailable,
)
from services.common.status import grpc_code, trailers
from services.orchestrator.jobs.retry import RetryPolicy, failure_of


def told(error: ServiceError) -> grpc.aio.AioRpcError:
    """An error as one of our services sends it."""
    return grpc.aio.AioRpcError(grpc_code(error), grpc.aio.Metadata(), grpc.aio.Metadata(*trailers(error)), details=error.message)


def bare(code: grpc.StatusCode, *trailing: tuple[str, str | bytes]) -> grpc.aio.AioRpcError:
    """An error that no service of ours has sent."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailing), details="reset reason: connection termination")


@pytest.mark.parametrize(
    "error",
    [
        told(Unavailable("away")),
        told(Draining()),
        told(ResourceExhausted("busy", retry_after=2)),
        # Whether the service or its caller sees first that the time is up, is chance.
        told(DeadlineExceeded()),
        *map(bare, (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL)),
        *map(bare, (grpc.StatusCode.UNKNOWN, grpc.StatusCode.CANCELLED)),
    ],
)
def test_a_service_that_is_away_busy_or_cut_off_is_asked_again(error: grpc.aio.AioRpcError) -> None:
    assert failure_of(error).transient


@pytest.mark.parametrize(
    "error",
    [
        told(InvalidRequest("bad")),
        told(FailedPrecondition("no weights")),
        told(Internal("reference 1")),
        told(ResourceExhausted("never enough memory")),
        *map(bare, (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT)),
    ],
)
def test_what_would_fail_again_is_not_asked_again(error: grpc.aio.AioRpcError) -> None:
    assert not failure_of(error).transient


def test_the_services_own_words_and_its_wish_for_time_are_kept() -> None:
    failure = failure_of(told(ResourceExhausted("64 requests are waiting", reason="QUEUE_FULL", retry_after=1.5)))
    assert (failure.code, failure.reason, failure.message) == ("RESOURCE_EXHAUSTED", "QUEUE_FULL", "64 requests are waiting")
    assert failure.retry_after == 1.5
    assert failure_of(bare(grpc.StatusCode.UNAVAILABLE)).retry_after is None


@pytest.mark.parametrize("broken", [b"\xff\xff\xff", told(InvalidRequest("other words")).trailing_metadata()["grpc-status-details-bin"]])
def test_details_that_a_proxy_has_garbled_do_not_hide_the_error(broken: bytes) -> None:
    failure = failure_of(bare(grpc.StatusCode.UNAVAILABLE, ("grpc-status-details-bin", broken)))
    assert (failure.code, failure.transient) == ("UNAVAILABLE", True)


def test_pauses_grow_to_a_bound_and_differ_between_callers() -> None:
    policy = RetryPolicy(first_seconds=0.2, growth=2.0, longest_seconds=5.0)
    for failures, longest in ((1, 0.2), (2, 0.4), (3, 0.8), (6, 5.0), (60, 5.0)):
        pauses = {policy.seconds(failures) for _ in range(50)}
        assert len(pauses) > 1
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest
