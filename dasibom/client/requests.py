"""From friendly arguments to the messages of the API."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypedDict, TypeVar

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from dasibom.client.errors import InvalidRequest
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.input_pb2 import AgeBasis, CaseOptions, PersonInfo
from dasibom.orchestrator.v1.job_pb2 import JobKind, JobState

CaseRequest: TypeAlias = (
    pb.AnalyzeCaseRequest | pb.SubmitCase1Request | pb.SubmitCase2Request | pb.SubmitCase3Request | pb.SubmitSuperResolutionRequest
)
AnyCaseRequest = TypeVar("AnyCaseRequest", bound=CaseRequest)


class RunOptions(TypedDict, total=False):
    """How a case is run; every one may be left out."""

    language: str  # of messages and reports: `ko` or `en`
    seed: int  # of everything drawn by chance, 0..2³²-1
    models: Mapping[str, str]  # model by service, such as `{"diffusion": "composite"}`
    display_name: str  # a name of your own for the job
    labels: Mapping[str, str]  # labels of your own, for filtering lists
    request_id: str  # UUID of this submission; the same one again answers the same job. Made when absent


def with_options(request: AnyCaseRequest, options: RunOptions) -> AnyCaseRequest:
    """Put the options and a request id into a request."""
    named: dict[str, Any] = {**options}
    request.request_id = named.pop("request_id", "") or str(uuid.uuid4())
    request.options.CopyFrom(CaseOptions(**{name: value for name, value in named.items() if value is not None}))
    return request


def person_info(info: PersonInfo | Mapping[str, str] | None) -> PersonInfo | None:
    """What is known of a person, from a mapping of field names.

    Raises:
        InvalidRequest: a field that there is not.
    """
    if info is None or isinstance(info, PersonInfo):
        return info
    fields = [field.name for field in PersonInfo.DESCRIPTOR.fields]
    unknown = sorted(set(info) - set(fields))
    if unknown:
        raise InvalidRequest(f"person info has no field {', '.join(unknown)}; its fields are {', '.join(fields)}")
    return PersonInfo(**info)


def missing_case(record: Mapping[str, Any] | None) -> Struct | None:
    """A record of a missing person as it is.

    Raises:
        InvalidRequest: it holds what JSON has not.
    """
    if record is None:
        return None
    struct = Struct()
    try:
        struct.update(record)
    except (ValueError, TypeError) as error:
        raise InvalidRequest(f"the record must hold what JSON has: text, numbers, true, false, null, lists and objects ({error})") from None
    return struct


def age_basis(age: str) -> AgeBasis.ValueType:
    """Which age a picture shows, from `then`, `now` or nothing.

    Raises:
        InvalidRequest: another word.
    """
    return AgeBasis.ValueType(_number(AgeBasis, "AGE_BASIS_", age) if age else 0)


def list_request(
    *,
    states: Iterable[str | int],
    kinds: Iterable[str | int],
    label: str,
    created_after: datetime | None,
    created_before: datetime | None,
    page_size: int,
) -> pb.ListJobsRequest:
    """Ask for jobs; states and kinds by number or by name, with or without prefix, in any case.

    Raises:
        InvalidRequest: a state or kind that there is not.
    """
    request = pb.ListJobsRequest(page_size=page_size, label=label)
    request.states.extend(JobState.ValueType(_number(JobState, "JOB_STATE_", state)) for state in states)
    request.kinds.extend(JobKind.ValueType(_number(JobKind, "JOB_KIND_", kind)) for kind in kinds)
    for field, moment in (("created_after", created_after), ("created_before", created_before)):
        if moment is not None:
            timestamp = Timestamp()
            # A naive time is one of this machine's clock.
            timestamp.FromDatetime(moment.astimezone())
            getattr(request, field).CopyFrom(timestamp)
    return request


def _number(enum: Any, prefix: str, value: str | int) -> int:
    if isinstance(value, int):
        return value
    name = prefix + value.upper().replace("-", "_").removeprefix(prefix)
    if name not in enum.keys():  # noqa: SIM118 - no mapping, but has keys()
        known = ", ".join(key.removeprefix(prefix).lower() for key, number in enum.items() if number)
        raise InvalidRequest(f"{value!r} is none of {known}")
    return int(enum.Value(name))
