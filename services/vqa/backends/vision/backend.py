"""The backend that answers by measuring.

A task's picture becomes a `Scene`, which measures each thing once and only when asked; each topic that can be measured has one
function from a scene to a `Finding`; all other questions are answered "unknown", with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.common.backend import ModelSpec
from services.vqa.backend import Answer, AnswerTask
from services.vqa.backends.vision.ambience import lighting, location_type, time_of_day
from services.vqa.backends.vision.clothing import clothing, hair_color, lower_color, upper_color
from services.vqa.backends.vision.company import company, face_count, other_people, people_count
from services.vqa.backends.vision.grading import compression, noise, resolution, sharpness
from services.vqa.backends.vision.kind import image_kind
from services.vqa.backends.vision.phrase import Finding, Phrase, unknown
from services.vqa.backends.vision.scene import Detectors, Scene
from services.vqa.backends.vision.topics import topic_of

MEASURES: dict[str, Callable[[Scene], Finding]] = {
    "people_count": people_count,
    "face_count": face_count,
    "other_people": other_people,
    "company": company,
    "upper_color": upper_color,
    "lower_color": lower_color,
    "clothing": clothing,
    "hair_color": hair_color,
    "lighting": lighting,
    "time_of_day": time_of_day,
    "location_type": location_type,
    "image_kind": image_kind,
    "resolution": resolution,
    "sharpness": sharpness,
    "noise": noise,
    "compression": compression,
}

_NOT_MEASURED = unknown(
    Phrase(
        ko="vision 백엔드는 색, 빛, 화질, 사람 수처럼 잴 수 있는 것에만 답합니다. "
        "이 질문에는 언어 모델(paligemma, llava, openai)이 답할 수 있습니다.",
        en="The vision backend answers only what it can measure: colors, light, picture quality, people. "
        "A language model (paligemma, llava, openai) can answer this.",
    )
)
_SKIN_TONE = unknown(
    Phrase(
        ko="조명의 색과 카메라의 보정을 모르면 피부 톤은 잴 수 없습니다.",
        en="Skin tone cannot be measured without knowing the color of the light and the camera's calibration.",
    )
)


class VisionBackend:
    """Classical vision with OpenCV: colors, light, quality, faces, people."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self._detectors: Detectors | None = None

    def load(self) -> None:
        """Load OpenCV's own detectors.

        Raises:
            FileNotFoundError: OpenCV was installed without its cascades.
        """
        self._detectors = Detectors()

    def unload(self) -> None:
        """Drop the detectors."""
        self._detectors = None

    def answer(self, tasks: Sequence[AnswerTask]) -> list[list[Answer]]:
        """Answer every question of every task; see `VqaBackend.answer`.

        Raises:
            Cancelled: a task's caller has left.
            RuntimeError: `load` was not called.
        """
        if self._detectors is None:
            raise RuntimeError("the vision backend was asked before it was loaded")
        return [self._answer_task(task, self._detectors) for task in tasks]

    def _answer_task(self, task: AnswerTask, detectors: Detectors) -> list[Answer]:
        scene = Scene(task.picture, detectors, task.monitor)
        findings: dict[str, Finding] = {}
        answers = []
        for index, question in enumerate(task.questions):
            task.monitor.report("answer", index, len(task.questions))
            topic = topic_of(question)
            if topic not in findings:
                findings[topic] = _find(scene, topic)
            answers.append(findings[topic].answer(task.language))
        task.monitor.report("answer", len(task.questions), len(task.questions))
        return answers


def _find(scene: Scene, topic: str) -> Finding:
    if topic == "skin_tone":
        return _SKIN_TONE
    return MEASURES[topic](scene) if topic in MEASURES else _NOT_MEASURED
