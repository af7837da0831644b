"""What callers read when Envoy itself answers, instead of Envoy's own words about connections and upstreams."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LocalReply:
    """Envoy's own answer to one HTTP status."""

    http_status: int  # with `and_above`, this and all greater ones
    code: int  # google.rpc.Code
    reason: str  # of google.rpc.ErrorInfo, as services/common/errors.py names them
    message: str
    korean: str  # google.rpc.LocalizedMessage
    retry_after_seconds: int = 0  # 0: none
    and_above: bool = False


# Envoy takes the first that fits. %LOCAL_REPLY_BODY% is Envoy's own text: kept only where it speaks about the request, not about us.
LOCAL_REPLIES = (
    LocalReply(400, 3, "INVALID_REQUEST", "The request cannot be read: %LOCAL_REPLY_BODY%", "요청을 읽을 수 없습니다."),
    LocalReply(401, 16, "UNAUTHENTICATED", "A valid API key or token is needed.", "올바른 API 키 또는 토큰이 필요합니다."),
    LocalReply(403, 7, "PERMISSION_DENIED", "This caller may not do this.", "이 요청을 할 권한이 없습니다."),
    LocalReply(404, 5, "NOT_FOUND", "There is no such path or method.", "해당 경로 또는 메서드가 없습니다."),
    LocalReply(408, 4, "DEADLINE_EXCEEDED", "The request came too slowly.", "요청 전송이 너무 느립니다."),
    LocalReply(413, 3, "REQUEST_TOO_LARGE", "The request is too large.", "요청이 너무 큽니다."),
    LocalReply(
        429,
        8,
        "RESOURCE_EXHAUSTED",
        "Too many requests; try again later.",
        "요청이 너무 많습니다. 잠시 후 다시 시도하세요.",
        retry_after_seconds=1,
    ),
    LocalReply(431, 3, "REQUEST_TOO_LARGE", "The request's headers are too large.", "요청 헤더가 너무 큽니다."),
    LocalReply(501, 12, "UNIMPLEMENTED", "This is not supported.", "지원하지 않는 요청입니다."),
    LocalReply(
        502,
        14,
        "UNAVAILABLE",
        "The service cannot be reached now; try again.",
        "지금은 서비스에 연결할 수 없습니다. 다시 시도하세요.",
        retry_after_seconds=1,
    ),
    LocalReply(
        503,
        14,
        "UNAVAILABLE",
        "The service cannot be reached now; try again.",
        "지금은 서비스에 연결할 수 없습니다. 다시 시도하세요.",
        retry_after_seconds=1,
    ),
    LocalReply(504, 4, "DEADLINE_EXCEEDED", "The service did not answer in time.", "서비스가 제시간에 응답하지 않았습니다."),
    LocalReply(500, 13, "INTERNAL", "Something went wrong on our side.", "서버에 문제가 생겼습니다.", and_above=True),
    LocalReply(400, 9, "FAILED_PRECONDITION", "The request cannot be served as it is.", "이 요청은 처리할 수 없습니다.", and_above=True),
)
