"""`python -m tests.benchmarks.bare_model HOST:PORT`: as little of a model service as grpc.aio allows: no interceptor, check or batch."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import uvloop

from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1 import super_res_service_pb2_grpc

MESSAGE_LIMIT = (("grpc.max_receive_message_length", 72 << 20), ("grpc.max_send_message_length", 72 << 20))


class BareSuperRes(super_res_service_pb2_grpc.SuperResServiceServicer):
    """Gives every picture back as it is."""

    async def Upscale(self, request: superres.UpscaleRequest, context: Any) -> AsyncIterator[superres.UpscaleResponse]:
        yield superres.UpscaleResponse(result=superres.UpscaleResult(image=request.image, tiles=1))


async def main(address: str) -> None:
    """Serve until killed."""
    server = grpc.aio.server(options=MESSAGE_LIMIT)
    super_res_service_pb2_grpc.add_SuperResServiceServicer_to_server(BareSuperRes(), server)
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
