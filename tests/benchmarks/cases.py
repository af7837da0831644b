"""Submissions to measure with. Every picture is another one, so that no answer comes from memory."""

from __future__ import annotations

import itertools

import grpc.aio
import numpy as np

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request, SubmitSuperResolutionRequest
from services.common import imaging
from services.common.settings import MIB

MESSAGE_LIMIT = (("grpc.max_receive_message_length", 72 * MIB), ("grpc.max_send_message_length", 72 * MIB))

_numbers = itertools.count()


def fresh_picture(width: int = 160, height: int = 120) -> bytes:
    """A JPEG of noise that was never seen before."""
    noise = np.random.default_rng(next(_numbers)).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return imaging.encode(imaging.resize(noise, width, height), imaging.JPEG)


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
