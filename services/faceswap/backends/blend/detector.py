"""Where faces are: a vote of the Haar cascades that ship with OpenCV.

A single cascade takes gravel and coins for faces. Two cascades trained apart seldom err at the same place, so each vote
counts as independent evidence: `score = 1 - Π(1 - p)`, with `p` from how clearly the window passed the cascade's last stage.

Viola and Jones, Rapid object detection using a boosted cascade of simple features, CVPR 2001.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from services.common.backend import Monitor
from services.common.picture import Box
from services.faceswap.backends.blend.cascade import Cascade

MIN_SCORE = 0.55
SURE_SCORE = 0.7  # two cascades agree clearly
MIN_WINDOW = 28  # pixels in the searched picture; the cascades were trained at 20 to 24
SEARCH_SIDE = 640  # pixels of the longer side: bounds the time for any picture
FINE_SIDE = 1280  # a second look for small faces
MAX_ENLARGEMENT = 2.0
ROLLS = (-25.0, 25.0)  # degrees; upright cascades see up to about 15 degrees beside each
ROLLED_MIN_WINDOW = 48


@dataclass(frozen=True, kw_only=True)
class Detection:
    """A face before its landmarks are known."""

    box: Box  # square
    roll: float  # degrees that the head leans clockwise
    score: float  # 0..1


@dataclass(frozen=True, kw_only=True)
class Voter:
    """One cascade, and what its vote is worth."""

    file: str
    middle: float  # level weight at which a window is as likely a face as not
    slope: float
    trust: float  # the most that this cascade alone can say, 0..1
    profile: bool = False  # trained on one side of the head: asked for both


VOTERS = (
    Voter(file="haarcascade_frontalface_default.xml", middle=4.0, slope=1.5, trust=0.6),
    Voter(file="haarcascade_frontalface_alt2.xml", middle=54.3, slope=0.7, trust=0.62),
    Voter(file="haarcascade_profileface.xml", middle=1.0, slope=0.6, trust=0.6, profile=True),
)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One look over the whole picture."""

    scale: float  # of the searched picture to the picture
    roll: float = 0.0  # degrees that heads lean clockwise
    profile: bool = False  # whether to look for heads from the side too
    only_when_unsure: bool = True  # left out when the looks before show a sure face


def plan_passes(longest: int) -> list[Pass]:
    """The looks that a picture is worth whose longer side is `longest` pixels."""
    coarse = min(SEARCH_SIDE / longest, MAX_ENLARGEMENT)
    fine = min(FINE_SIDE / longest, MAX_ENLARGEMENT)
    passes = [Pass(scale=coarse, only_when_unsure=False)]
    if coarse < min(fine, 1.0):
        passes.append(Pass(scale=min(fine, 1.0), only_when_unsure=False))
    if fine > passes[-1].scale:
        passes.append(Pass(scale=fine))
    return [*passes, Pass(scale=coarse, profile=True), *(Pass(scale=coarse, roll=roll) for roll in ROLLS)]


class Detector:
    """Finds faces in a grey picture."""

    def __init__(self) -> None:
        self._cascades = [(voter, Cascade(voter.file)) for voter in VOTERS]

    def find(self, gray: np.ndarray, stage: str, monitor: Monitor) -> list[Detection]:
        """Find faces, largest first.

        First upright and coarsely, then finely as far as the picture has finer detail. Only when that shows no face surely:
        enlarged, from the side, and with the head leaning.

        Args:
            gray: H×W, uint8.
            stage: the name of this search for the monitor.
            monitor: told of each pass.
        """
        passes = plan_passes(max(gray.shape))
        found: list[Detection] = []
        for step, look in enumerate(passes):
            monitor.report(stage, step, len(passes))
            if not (look.only_when_unsure and any(detection.score >= SURE_SCORE for detection in found)):
                found += self._search(gray, look)
        monitor.report(stage, len(passes), len(passes))
        return suppress(found)

    def _search(self, gray: np.ndarray, look: Pass) -> list[Detection]:
        interpolation = cv2.INTER_AREA if look.scale < 1 else cv2.INTER_CUBIC
        searched = cv2.resize(gray, None, fx=look.scale, fy=look.scale, interpolation=interpolation)
        height, width = searched.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), look.roll, 1.0)
        if look.roll:
            searched = cv2.warpAffine(searched, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        back = cv2.invertAffineTransform(turn)
        return [_placed(vote, back, look) for vote in elect(self._votes(searched, look)) if vote[1] >= MIN_SCORE]

    def _votes(self, gray: np.ndarray, look: Pass) -> Iterable[tuple[int, Box, float]]:
        min_window = ROLLED_MIN_WINDOW if look.roll else MIN_WINDOW
        for index, (voter, cascade) in enumerate(self._cascades):
            for flip in (False, True) if voter.profile else (False,):
                if voter.profile and not look.profile:
                    continue
                view = np.ascontiguousarray(gray[:, ::-1]) if flip else gray
                windows, weights = cascade.find_weighted(view, min_window)
                for (x, y, width, height), weight in zip(windows, weights, strict=True):
                    left = gray.shape[1] - x - width if flip else x
                    probability = voter.trust / (1 + np.exp((voter.middle - weight) / voter.slope))
                    yield index, Box(x=float(left), y=float(y), width=float(width), height=float(height)), float(probability)


def elect(votes: Iterable[tuple[int, Box, float]]) -> list[tuple[Box, float]]:
    """Join the votes of different cascades for the same face into one box and score."""
    open_votes = sorted(votes, key=lambda vote: -vote[2])
    elected: list[tuple[Box, float]] = []
    while open_votes:
        leader = open_votes[0][1]
        together = [vote for vote in open_votes if overlap(leader, vote[1]) > 0.35]
        open_votes = [vote for vote in open_votes if vote not in together]
        strongest = {index: (box, probability) for index, box, probability in reversed(together)}
        doubt = float(np.prod([1 - probability for _, probability in strongest.values()]))
        weights = [probability for _, probability in strongest.values()]
        sides = [(box.x, box.y, box.width, box.height) for box, _ in strongest.values()]
        x, y, width, height = np.average(sides, axis=0, weights=weights)
        elected.append((Box(x=float(x), y=float(y), width=float(width), height=float(height)), 1 - doubt))
    return elected


def suppress(found: list[Detection]) -> list[Detection]:
    """Keep the best of those that overlap, and beside a sure face nothing that is barely one; largest first."""
    if any(detection.score >= SURE_SCORE for detection in found):
        found = [detection for detection in found if detection.score >= (MIN_SCORE + SURE_SCORE) / 2]
    kept: list[Detection] = []
    for candidate in sorted(found, key=lambda detection: -detection.score):
        if all(overlap(candidate.box, other.box) < 0.2 for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda detection: -detection.box.width)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.width * a.height + b.width * b.height - shared)


def _placed(vote: tuple[Box, float], back: np.ndarray, look: Pass) -> Detection:
    """Bring a window of the searched picture back to the whole picture; a turned window turns about its centre."""
    box, score = vote
    side = (box.width + box.height) / 2 / look.scale
    center = back[:, :2] @ (box.x + box.width / 2, box.y + box.height / 2) + back[:, 2]
    x, y = center / look.scale - side / 2
    return Detection(box=Box(x=float(x), y=float(y), width=side, height=side), roll=look.roll, score=score)
