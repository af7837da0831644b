"""Korean for what services and libraries say in English, so that whoever reads Korean alone knows what to do."""

from __future__ import annotations

import re

from dasibom.client import DasibomError
from dasibom.command.terminal import COMMAND

# By reason, which is stable as the API promises, or by gRPC code where the gateway gives no reason.
_REASONS = {
    "JOB_NOT_FOUND": "그 번호의 작업이 없습니다. 목록 보기: {COMMAND} jobs",
    "FILE_NOT_FOUND": "그 번호의 파일이 없습니다. 번호가 틀렸거나 이미 지워졌습니다",
    "WRONG_JOB_STATE": "작업이 지금 상태에서는 그렇게 할 수 없습니다. 실행 중인 작업은 먼저 취소하고, 재시도는 실패·취소된 작업만 됩니다",
    "INVALID_REQUEST": "요청이 올바르지 않습니다",
    "UNKNOWN_MODEL": "그런 모델은 없습니다. 모델 보기: {COMMAND} models",
    "IMAGE_NOT_AN_IMAGE": "사진 파일이 아닙니다. JPEG, PNG 또는 WebP를 지정하십시오",
    "IMAGE_UNSUPPORTED_FORMAT": "읽을 수 없는 사진 형식입니다. JPEG, PNG 또는 WebP로 바꾸십시오",
    "IMAGE_TOO_LARGE": "사진 파일이 너무 큽니다",
    "IMAGE_TOO_MANY_PIXELS": "사진의 화소 수가 너무 많습니다. 줄여서 다시 지정하십시오",
    "IMAGE_TOO_SMALL": "사진이 너무 작습니다",
    "IMAGE_ANIMATED": "움직이는 그림입니다. 한 장면만 저장해 지정하십시오",
    "IMAGE_TRUNCATED": "사진 파일의 뒷부분이 잘렸습니다. 원본 파일을 다시 받으십시오",
    "IMAGE_CORRUPT": "사진 파일이 손상되었습니다. 원본 파일을 다시 받으십시오",
    "IMAGE_TOO_COMPLEX": "사진 파일의 구조가 지나치게 복잡합니다. 다른 이름으로 다시 저장해 지정하십시오",
    "UPLOAD_INCOMPLETE": "전송이 중간에 끊겼습니다. 다시 실행하십시오",
    "UPLOAD_CORRUPT": "전송 중에 파일이 달라졌습니다. 다시 실행하십시오",
    "EMPTY_UPLOAD": "파일이 비어 있습니다",
    "URL_REFUSED": "서버가 이 주소의 사진을 받아 오지 않습니다. 파일로 지정하십시오",
    "URL_FETCH_FAILED": "서버가 이 주소에서 사진을 받아 오지 못했습니다. 파일로 지정하십시오",
    "BAD_S3_URL": "S3 주소가 올바르지 않습니다",
    "BUCKET_NOT_ALLOWED": "서버가 이 버킷을 읽을 수 없게 되어 있습니다. 파일로 지정하십시오",
    "OBJECT_NOT_FOUND": "그 S3 주소에는 파일이 없습니다",
    "OBJECT_NOT_READABLE": "서버에 그 S3 파일을 읽을 권한이 없습니다. 파일로 지정하십시오",
    "BAD_FOLDER": "그 폴더의 사진을 쓸 수 없습니다",
    "NO_FACE": "얼굴 사진이 없습니다. --face로 지정하거나 fileUrl이 있는 기록을 쓰십시오",
    "JOB_NOT_SUCCEEDED": "성공한 작업의 그림만 공개할 수 있습니다",
    "NO_PICTURE": "이 작업은 사람 그림을 만들지 않았습니다. --artifact로 공개할 그림을 지정하십시오",
    "ARTIFACT_NOT_FOUND": "작업에 그런 이름의 파일이 없습니다",
    "NOT_A_PICTURE": "그 파일은 그림이 아닙니다",
    "BAD_CASE_ID": "작업의 라벨 missing_case는 파일 이름이 될 수 없습니다. --case-id로 영문자·숫자·-·_만 쓰십시오",
    "NO_PUBLIC_ADDRESS": "서버에 공개 주소가 정해져 있지 않습니다. 관리자에게 문의하십시오",
    "REQUEST_TOO_LARGE": "요청이 너무 큽니다",
    "UNSTORABLE_TEXT": "글에 저장할 수 없는 문자(U+0000)가 있습니다",
    "UNAUTHENTICATED": "이 서버는 API 키를 요구합니다. --api-key 또는 DASIBOM_API_KEY로 맞는 키를 지정하십시오",
    "PERMISSION_DENIED": "이 키로는 할 수 없는 일입니다. 서버 관리자에게 문의하십시오",
    "RESOURCE_EXHAUSTED": "서버에 요청이 너무 많습니다. 잠시 뒤에 다시 실행하십시오",
    "DATABASE_UNAVAILABLE": "서버의 데이터베이스가 응답하지 않습니다. 잠시 뒤에 다시 실행하십시오",
    "STORAGE_UNAVAILABLE": "서버의 파일 저장소가 응답하지 않습니다. 잠시 뒤에 다시 실행하십시오",
    "UNAVAILABLE": "서버가 응답하지 않습니다. 잠시 뒤에 다시 실행하십시오",
    "DRAINING": "서버가 다시 시작되고 있습니다. 잠시 뒤에 다시 실행하십시오",
    "DEADLINE_EXCEEDED": "서버가 제때 응답하지 않았습니다. 다시 실행하십시오",
    "INTERNAL": "서버 안에서 오류가 났습니다. 참조 번호와 함께 관리자에게 알려 주십시오",
}

# What the library that reads the command line says.
_USAGE = (
    (r"Missing argument '(.+)'\.", "{1} 인자가 빠졌습니다"),
    (r"Missing option '(.+)'\.", "{1} 옵션이 빠졌습니다"),
    (r"No such option: (\S+)", "{1} 옵션은 없습니다"),
    (r"No such command '(.+?)'\.", "{1} 명령은 없습니다."),
    (r"Option '(.+)' requires an argument\.", "{1} 옵션에는 값이 필요합니다"),
    (r"Got unexpected extra arguments? \((.+)\)", "남는 인자가 있습니다: {1}"),
    (r"Did you mean (.+)\?", "혹시 {1}입니까?"),
    (r"\(?Possible options: (.+?)\)?$", "비슷한 옵션: {1}"),
    (r"Invalid value for (.+?): ", "{1}의 값이 올바르지 않습니다: "),
    (r"Input should be less than or equal to (\S+)", "{1} 이하여야 합니다"),
    (r"Input should be greater than or equal to (\S+)", "{1} 이상이어야 합니다"),
    (r"Input should be a valid integer.*", "정수여야 합니다"),
    (r"Input should be a valid datetime.*", "날짜나 시각이어야 합니다. 예: 2026-11-23 또는 2026-11-23T09:00"),
    (r"Value error, (.+) is not one of (.+?)\.?$", "{2} 가운데 하나여야 합니다"),
)


def explain(error: DasibomError) -> str:
    """What an error of the service means; empty when its reason is none that is known here."""
    return _REASONS.get(error.reason or error.code.name, "").format(COMMAND=COMMAND)


def usage(message: str) -> str:
    """What is wrong with a command line; what is not known here stays English."""
    for pattern, korean in _USAGE:
        message = re.sub(pattern, re.sub(r"\{(\d)\}", r"\\\1", korean), message)
    return message
