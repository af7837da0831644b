"""Which cases the pictures and what is known allow, which inputs each would use, and which case is best."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.orchestrator.v1.result_pb2 import CasePlan, ImageFinding
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.kinds import CCTV, FACE, SURE
from services.orchestrator.workflows.texts import say

PREFERENCE = ("case2", "case3", "case1", "super_resolution")
"""Best first: what shows the whole person, then what weighs everything against each other, then what shows the face, then the picture."""


def plan(findings: Sequence[ImageFinding], *, has_person_info: bool, language: Language) -> list[CasePlan]:
    """Every case, runnable ones first, each group best first.

    References open no case: a family photo is for the eye.

    Args:
        findings: what each picture is; at least one.
        has_person_info: whether anything is known of the person's looks.
        language: of the reasons.
    """
    cctv = frames(findings)
    face = best_face(findings)
    reasons = {
        "case1": "yes" if cctv else "no",
        "case2": {
            (True, True): "yes",
            (False, True): "no_info",
            (True, False): "no_face",
            (False, False): "neither",
        }[has_person_info, face is not None],
        "case3": {(True, True): "yes", (True, False): "no_face", (False, True): "no_cctv", (False, False): "neither"}[
            bool(cctv), face is not None
        ],
        "super_resolution": "yes" if cctv or face else "no",
    }
    low = to_enhance(findings)
    images = {
        "case1": cctv,
        "case2": [face] if face else [],
        "case3": [*cctv, face] if cctv and face else [],
        "super_resolution": [low] if low else [],
    }
    plans = [
        CasePlan(
            kind=kind,
            runnable=reasons[kind] == "yes",
            reason=say(f"plan.{kind}.{reasons[kind]}", language, count=len(cctv), number=low, face=face),
            images=images[kind] if reasons[kind] == "yes" else [],
        )
        for kind in PREFERENCE
    ]
    return sorted(plans, key=lambda item: not item.runnable)


def frames(findings: Sequence[ImageFinding]) -> list[int]:
    """Numbers of the CCTV frames to use, surest first, equals in their order: the sure ones; doubtful ones only when no other is there."""
    cctv = sorted((finding for finding in findings if finding.kind == CCTV), key=lambda finding: -finding.confidence)
    sure = [finding for finding in cctv if finding.confidence > SURE]
    return [finding.number for finding in sure or cctv]


def best_face(findings: Sequence[ImageFinding]) -> int | None:
    """Number of the face photo whose face is fittest for comparison; the first of equals; None without one."""
    faces = [finding for finding in findings if finding.kind == FACE]
    return max(faces, key=lambda finding: finding.face_quality).number if faces else None


def to_enhance(findings: Sequence[ImageFinding]) -> int | None:
    """Number of the picture to enhance: of the CCTV frames, else of the face photos, the one with the largest face; the first of equals."""
    usable = set(frames(findings))
    chosen = [finding for finding in findings if finding.number in usable] or [finding for finding in findings if finding.kind == FACE]
    return max(chosen, key=lambda finding: finding.face_ratio).number if chosen else None
