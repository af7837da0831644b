"""What the running of jobs, whatever their case, says to people: Korean first."""

from __future__ import annotations

from google.rpc import status_pb2

from services.common.errors import DeadlineExceeded, FailedPrecondition, Internal, ServiceError, Unavailable
from services.common.status import to_status
from services.orchestrator.jobs.door import CallGivenUp
from services.orchestrator.jobs.retry import CallFailure
from services.orchestrator.workflows.context import ModelRefused

_SERVICES = {
    "vqa": ("사진 분석", "picture analysis"),
    "diffusion": ("그림 생성", "picture generation"),
    "faceswap": ("얼굴 처리", "face processing"),
    "superres": ("화질 개선", "super-resolution"),
}


def _name(service: str, language: str) -> str:
    korean, english = _SERVICES.get(service, (service, service))
    return english if language == "en" else korean


def waiting_message(service: str, failure: CallFailure, language: str) -> str:
    """A model service is being waited for."""
    name = _name(service, language)
    if failure.code == "RESOURCE_EXHAUSTED":
        return f"The {name} service is busy; waiting" if language == "en" else f"{name} 서비스가 바빠서 기다리고 있습니다"
    return f"The {name} service does not answer; waiting" if language == "en" else f"{name} 서비스가 응답하지 않아 기다리고 있습니다"


def refusal_status(error: ModelRefused, language: str) -> status_pb2.Status:
    """A model service refused a request that the case cannot do without."""
    name = _name(error.service, language)
    message = f"The {name} service refused: {error}" if language == "en" else f"{name} 서비스가 요청을 처리할 수 없습니다: {error}"
    return _status(FailedPrecondition(message, reason=error.reason or "MODEL_REFUSED", metadata={"service": error.service}))


def given_up_status(error: CallGivenUp, language: str) -> status_pb2.Status:
    """A model service gave no answer in time."""
    name, seconds = _name(error.service, language), f"{error.seconds:.0f}"
    message = (
        f"The {name} service gave no answer within {seconds} seconds. Retry the job when it is back."
        if language == "en"
        else f"{name} 서비스가 {seconds}초 안에 응답하지 않았습니다. 서비스가 복구되면 작업을 다시 시도하십시오."
    )
    kind = Unavailable if error.failure.code == "UNAVAILABLE" else DeadlineExceeded
    return _status(kind(message, reason="SERVICE_UNAVAILABLE", metadata={"service": error.service}))


def abandoned_status(recoveries: int, language: str) -> status_pb2.Status:
    """The job's workers died again and again."""
    message = (
        f"The job was given up: {recoveries} workers died while running it."
        if language == "en"
        else f"작업을 처리하던 프로그램이 {recoveries}번 중단되어 작업을 포기했습니다."
    )
    return _status(FailedPrecondition(message, reason="WORKERS_DIED"))


def unexpected_status(reference: str, language: str) -> status_pb2.Status:
    """Something broke that should not; what, is in the log under the reference."""
    message = (
        f"Something went wrong on our side; please report it with the reference {reference}."
        if language == "en"
        else f"시스템 오류로 작업을 끝내지 못했습니다. 참조 번호 {reference}와 함께 알려 주십시오."
    )
    return _status(Internal(message, metadata={"reference": reference}))


def _status(error: ServiceError) -> status_pb2.Status:
    return to_status(error)
