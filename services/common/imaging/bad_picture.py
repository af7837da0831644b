"""The one error that encoded pictures are refused with."""

from __future__ import annotations

# reason → (Korean, English). Facts in braces are given where the error is raised; `detail` is English and for the curious.
_MESSAGES = {
    "not_an_image": (
        "사진 파일이 아닙니다. PNG, JPEG, WebP 파일을 보내 주세요.",
        "not a picture ({detail}); send a PNG, JPEG or WebP file",
    ),
    "unsupported_format": (
        "지원하지 않는 사진 형식입니다({format}). PNG, JPEG, WebP 파일로 바꾸어 보내 주세요.",
        "{format} is not supported; send a PNG, JPEG or WebP file",
    ),
    "too_large": (
        "파일이 너무 큽니다({size:,}바이트). {limit:,}바이트 이하여야 합니다.",
        "the file has {size:,} bytes; at most {limit:,} are allowed",
    ),
    "too_many_pixels": (
        "사진이 너무 큽니다({width}×{height}픽셀). 전체 {limit:,}픽셀 이하여야 합니다.",
        "the picture has {width}×{height} pixels; at most {limit:,} pixels in all are allowed",
    ),
    "too_small": (
        "사진이 너무 작습니다({width}×{height}픽셀). 가로와 세로가 각각 {limit}픽셀 이상이어야 합니다.",
        "the picture has {width}×{height} pixels; each side must have at least {limit}",
    ),
    "animated": (
        "움직이는 사진은 받지 않습니다. 한 장면만 담은 {format} 파일을 보내 주세요.",
        "this {format} is animated; send a file with one still picture",
    ),
    "truncated": (
        "파일이 중간에 끊겼습니다. 사진을 다시 올려 주세요.",
        "the file ends too early ({detail}); send the whole file",
    ),
    "corrupt": (
        "파일이 손상되었습니다. 사진을 다시 저장해서 보내 주세요.",
        "the file is corrupt ({detail}); save the picture again and send that",
    ),
    "too_complex": (
        "사진 파일의 구조가 지나치게 복잡합니다. 사진을 다시 저장해서 보내 주세요.",
        "the file is too complex ({detail}); save the picture again and send that",
    ),
}


class BadPicture(ValueError):
    """The bytes are no picture that this project accepts; the text says what was wrong and what would be right."""

    reason: str  # a stable key, so that programs may branch on it

    def __init__(self, reason: str, **facts: str | int) -> None:
        """Refuse a picture.

        Args:
            reason: one of `not_an_image`, `unsupported_format`, `too_large`, `too_many_pixels`, `too_small`, `animated`,
                `truncated`, `corrupt`, `too_complex`.
            facts: what the message of that reason mentions.
        """
        korean, english = _MESSAGES[reason]
        self.reason = reason
        self.korean = korean.format(**facts)
        self.english = english.format(**facts)
        super().__init__(self.english)
