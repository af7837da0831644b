"""What workflows say to people, Korean first."""

from __future__ import annotations

from services.orchestrator.workflows.context import Language, ModelRefused
from services.orchestrator.workflows.texts import analyze, case1, case2, case3, common, super_resolution

_TEXTS = common.TEXTS | case1.TEXTS | case2.TEXTS | case3.TEXTS | super_resolution.TEXTS | analyze.TEXTS

_SERVICES = {
    "vqa": ("사진 분석", "picture analysis"),
    "diffusion": ("그림 생성", "picture generation"),
    "faceswap": ("얼굴 처리", "face"),
    "superres": ("화질 개선", "super-resolution"),
}


def has(key: str) -> bool:
    """Whether there is a text of that key."""
    return key in _TEXTS


def say(key: str, language: Language, **values: object) -> str:
    """The text of `key`, filled in."""
    korean, english = _TEXTS[key]
    return (english if language == "en" else korean).format(**values)


def why(refused: ModelRefused, language: Language, model: str) -> str:
    """The reason of a refusal by a service's model, for people."""
    key = f"refused.{refused.reason}"
    korean, english = _SERVICES.get(refused.service, (refused.service, refused.service))
    service = english if language == "en" else korean
    return say(key if key in _TEXTS else "refused", language, service=service, model=model, detail=refused)
