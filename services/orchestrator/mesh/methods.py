"""Which rpc a request goes to: every inference request type belongs to exactly one."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from dasibom.diffusion.v1 import diffusion_service_pb2
from dasibom.faceswap.v1 import face_swap_service_pb2
from dasibom.superres.v1 import super_res_service_pb2
from dasibom.vqa.v1 import vqa_service_pb2

SERVICES: dict[str, ServiceDescriptor] = {
    "vqa": vqa_service_pb2.DESCRIPTOR.services_by_name["VqaService"],
    "diffusion": diffusion_service_pb2.DESCRIPTOR.services_by_name["DiffusionService"],
    "faceswap": face_swap_service_pb2.DESCRIPTOR.services_by_name["FaceSwapService"],
    "superres": super_res_service_pb2.DESCRIPTOR.services_by_name["SuperResService"],
}


@dataclass(frozen=True, kw_only=True)
class Method:
    """One inference rpc."""

    service: str  # `vqa`, `diffusion`, `faceswap` or `superres`
    path: str  # `/dasibom.vqa.v1.VqaService/Answer`
    response: type[Message]  # with `oneof event { Progress progress; … result }`
    result: type[Message]


def _method(service: str, descriptor: MethodDescriptor) -> Method:
    result = descriptor.output_type.fields_by_name["result"].message_type
    if result is None:
        raise TypeError(f"{descriptor.full_name} has no result message")
    return Method(
        service=service,
        path=f"/{descriptor.containing_service.full_name}/{descriptor.name}",
        response=GetMessageClass(descriptor.output_type),
        result=GetMessageClass(result),
    )


METHODS: dict[str, Method] = {
    descriptor.input_type.full_name: _method(service, descriptor)
    for service, services in SERVICES.items()
    for descriptor in services.methods
}
"""By full name of the request type."""


def method_for(request: Message) -> Method:
    """The rpc that `request` is made for."""
    return METHODS[request.DESCRIPTOR.full_name]
