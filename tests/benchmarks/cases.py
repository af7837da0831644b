"""Submissions to measure with. Every picture is another one, so that no answer comes from memory."""

from __future__ import annotations

import itertools
from functools import cache

import grpc.aio
import numpy as np

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request, SubmitSuperResolutionRequest
from services.common import imaging
from services.common.settings import MIB
from tests.benchmarks.noop_mesh import ROOT

MESSAGE_LIMIT = (("grpc.max_receive_message_length", 72 * MIB), ("grpc.max_send_message_length", 72 * MIB))

_numbers = itertools.count()


@cache
def _frame() -> np.ndarray:
    return imaging.decode((ROOT / "samples" / "cctv_frame.jpg").read_bytes()).pixels


def fresh_frame(side: int = 0) -> bytes:
    """The sample CCTV frame as JPEG, or its middle `side`×`side` pixels, with a mark that no other frame has."""
    pixels = _frame()
    if side:
        top, left = ((length - side) // 2 for length in pixels.shape[:2])
        pixels = pixels[top : top + side, left : left + side]
    pixels = pixels.copy()
    pixels[:16, :16] = np.random.default_rng(next(_numbers)).integers(0, 256, 3, np.uint8)
    return imaging.encode(pixels, imaging.JPEG)


def case1(picture: ImageSource) -> SubmitCase1Request:
    """The case with the most model calls."""
    request = SubmitCase1Request(frames=[picture], variants=1)
    request.options.seed = next(_numbers)
    return request


def super_resolution(picture: ImageSource) -> SubmitSuperResolutionRequest:
    """The simplest one."""
    return SubmitSuperResolutionRequest(image=picture)


def gateway_channel(edge: str) -> grpc.aio.Channel:
    """A connection to the gateway that no other channel shares."""
    return grpc.aio.insecure_channel(edge, options=(*MESSAGE_LIMIT, ("grpc.use_local_subchannel_pool", 1)))
