"""How many people and faces there are, and whether someone is alone."""

from __future__ import annotations

from services.vqa.backends.vision.phrase import Finding, Phrase, unknown
from services.vqa.backends.vision.scene import Scene

_HOW_PEOPLE = Phrase(
    ko="서 있는 사람의 윤곽(HOG), 얼굴(Haar), 단순한 배경 앞의 인물 윤곽을 찾아 셌습니다. 앉아 있거나 가려졌거나 사진 높이의 1/8보다 작은 "
    "사람은 놓칠 수 있습니다.",
    en="Upright shapes (HOG), faces (Haar) and outlines before a plain background were counted; people who sit, are hidden or are smaller "
    "than an eighth of the picture may be missed.",
)
_HOW_FACES = Phrase(
    ko="정면과 옆얼굴을 Haar 분류기로 찾아 셌습니다. 가려지거나 작은 얼굴은 놓칠 수 있습니다.",
    en="Frontal faces and profiles were found with Haar cascades; hidden or small ones may be missed.",
)
_NOTHING_FOUND = 0.3  # confidence that there is nobody when nobody was found: such detectors miss many


def people_count(scene: Scene) -> Finding:
    """How many people are visible."""
    count = len(scene.people)
    return Finding(
        text=Phrase(ko=f"{count}명", en=f"{count}"),
        value=str(count),
        confidence=_trust([person.confidence for person in scene.people], scene),
        method=_HOW_PEOPLE,
        boxes=tuple(scene.in_picture(person.box) for person in scene.people),
    )


def face_count(scene: Scene) -> Finding:
    """How many faces are visible."""
    count = len(scene.faces)
    return Finding(
        text=Phrase(ko=f"{count}개", en=f"{count}"),
        value=str(count),
        confidence=_trust([face.confidence for face in scene.faces], scene),
        method=_HOW_FACES,
        boxes=tuple(scene.in_picture(face.box) for face in scene.faces),
    )


def other_people(scene: Scene) -> Finding:
    """Whether there are people besides the main one."""
    others = scene.people[1:]
    if not scene.people:
        return unknown(_HOW_PEOPLE + Phrase(ko="찾은 사람이 없습니다.", en="Nobody was found."))
    return Finding(
        text=Phrase(ko=f"다른 사람 {len(others)}명", en=f"{len(others)} other")
        if others
        else Phrase(ko="다른 사람 없음", en="nobody else"),
        value=str(len(others)),
        confidence=_trust([person.confidence for person in scene.people], scene),
        method=_HOW_PEOPLE,
        boxes=tuple(scene.in_picture(person.box) for person in others),
    )


def company(scene: Scene) -> Finding:
    """Whether the main person is alone."""
    if not scene.people:
        return unknown(_HOW_PEOPLE + Phrase(ko="찾은 사람이 없습니다.", en="Nobody was found."))
    alone = len(scene.people) == 1
    return Finding(
        text=Phrase(ko="혼자", en="alone") if alone else Phrase(ko="다른 사람과 함께 보임", en="seen with others"),
        value="alone" if alone else "with others",
        # Being near each other is not being together.
        confidence=0.8 * _trust([person.confidence for person in scene.people], scene),
        method=_HOW_PEOPLE + Phrase(ko="함께 다니는 사이인지는 알 수 없습니다.", en="Whether they belong together cannot be told."),
        boxes=tuple(scene.in_picture(person.box) for person in scene.people),
    )


def _trust(confidences: list[float], scene: Scene) -> float:
    """A count is as sure as its least sure member, and less so in the dark, where detectors miss people."""
    return (min(confidences) if confidences else _NOTHING_FOUND) * (0.5 + 0.5 * scene.light.color_trust())
