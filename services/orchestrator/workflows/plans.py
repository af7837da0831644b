"""Which cases the pictures and what is known allow, which inputs each would use, and which case is best."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.orchestrator.v1.result_pb2 import CasePlan, ImageFinding
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.kinds import CCTV, FACE
from services.orchestrator.workflows.texts import say

PREFERENCE = ("case2", "case3", "case1", "super_resolution")
"""Best first: the case that uses most of what was given."""


def plan(findings: Sequence[ImageFinding], *, has_person_info: bool, language: Language) -> list[CasePlan]:
    """Every case, runnable ones first, each group best first.

    Args:
        findings: what each picture is; at least one.
        has_person_info: whether anything is known of the person's looks.
        language: of the reasons.
    """
    cctv = [finding.number for finding in findings if finding.kind == CCTV]
    face = best_face(findings)
    reasons = {
        "case1": "yes" if cctv else "no",
        "case2": {
            (True, True): "yes",
            (False, True): "no_info",
            (True, False): "no_face",
            (False, False): "neither",
        }[has_person_info, face is not None],
        "case3": "yes" if cctv and face else "no_cctv" if not cctv else "no_face",
        "super_resolution": "yes",
    }
    low = to_enhance(findings)
    images = {
        "case1": cctv,
        "case2": [face] if face else [],
        "case3": [*cctv, face] if cctv and face else [],
        "super_resolution": [low],
    }
    plans = [
        CasePlan(
            kind=kind,
            runnable=reasons[kind] == "yes",
            reason=say(f"plan.{kind}.{reasons[kind]}", language, count=len(cctv), number=low),
            images=images[kind] if reasons[kind] == "yes" else [],
        )
        for kind in PREFERENCE
    ]
    return sorted(plans, key=lambda item: not item.runnable)


def best_face(findings: Sequence[ImageFinding]) -> int | None:
    """Number of the face photo whose face is fittest for comparison; the first of equals; None without one."""
    faces = [finding for finding in findings if finding.kind == FACE]
    return max(faces, key=lambda finding: finding.face_quality).number if faces else None


def to_enhance(findings: Sequence[ImageFinding]) -> int:
    """Number of the picture to enhance: of the CCTV frames, else of all, the one with the largest face; the first of equals."""
    frames = [finding for finding in findings if finding.kind == CCTV] or list(findings)
    return max(frames, key=lambda finding: finding.face_ratio).number
