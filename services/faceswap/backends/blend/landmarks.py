"""The five landmarks of a face, measured where the picture shows them and taken from usual proportions where it does not.

Eye centres: F. Timm and E. Barth, Accurate eye centre localisation by means of gradients, VISAPP 2011.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from services.faceswap.backends.blend.cascade import Cascade
from services.faceswap.frame import FRAME_SIDE, FaceFrame, map_points, warp

# Where eyes lie in a cascade's face window, as a share of its side.
USUAL_EYES = np.array([[0.31, 0.38], [0.69, 0.38]])
EYE_CASCADES = ("haarcascade_eye.xml", "haarcascade_eye_tree_eyeglasses.xml")

# Forehead and lower face are read in a view whose eyes are level, EYE_DISTANCE apart, their midpoint at EYES_MIDDLE.
EYE_DISTANCE = 64.0  # pixels
VIEW_SIDE = 160
EYES_MIDDLE = np.array([80.0, 62.0])
# Anthropometric proportions in eye distances below the eyes (L. G. Farkas, Anthropometry of the Head and Face, 1994).
USUAL_MOUTH_DROP = 1.06
USUAL_MOUTH_HALF_WIDTH = 0.40
USUAL_NOSE_SHARE = 0.58  # of the way from the eyes to the mouth
FOREHEAD_RANGE = (0.46, 0.80)  # eye distances above the eyes: just over the brows, well below a bare forehead's hairline
SKIN_TOLERANCE = 14.0  # CIELAB distance, lightness counted half


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """Five points of a face, and which of them the picture itself shows."""

    points: np.ndarray  # 5×2, float64: left eye, right eye, nose, mouth left, mouth right, as seen; picture pixels
    eyes_measured: bool
    mouth_measured: bool
    forehead: float = FOREHEAD_RANGE[0]  # eye distances above the eyes that show skin, hair and hats begin above

    @property
    def eye_distance(self) -> float:
        """Pixels between the eye centres."""
        return float(np.linalg.norm(self.points[1] - self.points[0]))

    def moved(self, offset: np.ndarray) -> Landmarks:
        """The same landmarks, each `offset` (x, y) away."""
        return replace(self, points=self.points + offset)

    def mapped(self, transform: np.ndarray) -> Landmarks:
        """The same landmarks in another frame, by a 2×3 similarity."""
        return replace(self, points=map_points(transform, self.points))


class LandmarkFinder:
    """Finds the landmarks of a face that is cut out upright."""

    def __init__(self) -> None:
        self._cascades = [Cascade(file) for file in EYE_CASCADES]

    def find(self, frame: FaceFrame) -> Landmarks:
        """Find eyes, then nose and mouth below them."""
        gray = cv2.equalizeHist(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY))
        pair = self._eye_pair(gray)
        eyes = np.array([refine_eye(gray, eye) for eye in (pair if pair is not None else USUAL_EYES * FRAME_SIDE)])
        eyes_measured = pair is not None
        if not plausible_eyes(eyes):
            eyes, eyes_measured = (pair if pair is not None else USUAL_EYES * FRAME_SIDE), False
        view_transform = level_eyes(eyes)
        view = warp(frame.pixels, view_transform, VIEW_SIDE, VIEW_SIDE)
        lower, mouth_measured = find_lower_face(view)
        lower = map_points(cv2.invertAffineTransform(view_transform), lower)
        return Landmarks(
            points=frame.to_picture(np.vstack([eyes, lower])),
            eyes_measured=eyes_measured,
            mouth_measured=mouth_measured,
            forehead=measure_forehead(view),
        )

    def _eye_pair(self, gray: np.ndarray) -> np.ndarray | None:
        """The most usual pair among the windows that the eye cascades report; None when no pair is plausible."""
        centers = []
        upper = gray[: int(0.62 * FRAME_SIDE)]
        for cascade in self._cascades:
            centers += [(x + width / 2, y + height / 2) for x, y, width, height in cascade.find(upper, FRAME_SIDE // 9, FRAME_SIDE // 2)]
        pairs = [np.array(pair) for pair in product(centers, centers) if plausible_eyes(np.array(pair))]
        return min(pairs, key=lambda pair: float(np.abs(pair - USUAL_EYES * FRAME_SIDE).sum()), default=None)


def plausible_eyes(eyes: np.ndarray) -> bool:
    """Whether two points of the frame can be the eyes of the face in it."""
    across, down = (eyes[1] - eyes[0]) / FRAME_SIDE
    off_center = abs(eyes[:, 0].mean() / FRAME_SIDE - 0.5)
    height = eyes[:, 1].mean() / FRAME_SIDE
    return bool(0.25 < across < 0.56 and abs(down) < 0.36 * across and off_center < 0.13 and 0.24 < height < 0.54)


def refine_eye(gray: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Move a rough eye position to the iris centre: the dark point that most gradients around it point away from.

    Args:
        gray: the frame, uint8.
        eye: x, y in the frame, pixels.
    """
    reach = FRAME_SIDE // 12
    x, y = (int(np.clip(round(coordinate), reach, FRAME_SIDE - reach - 1)) for coordinate in eye)
    patch = cv2.GaussianBlur(gray[y - reach : y + reach + 1, x - reach : x + reach + 1], (0, 0), 1.2).astype(np.float64)
    down, across = (np.asarray(slope) for slope in np.gradient(patch))
    strength = np.asarray(np.hypot(across, down))
    strong = strength > strength.mean() + 0.3 * strength.std()
    if not strong.any():
        return eye
    rows, columns = np.nonzero(strong)
    directions = np.stack([across[strong], down[strong]], axis=1) / strength[strong, None]
    grid = np.stack(np.meshgrid(np.arange(patch.shape[1]), np.arange(patch.shape[0])), axis=-1).reshape(-1, 1, 2)
    away = np.stack([columns, rows], axis=1) - grid
    distance = np.linalg.norm(away, axis=2)
    agreement = np.einsum("cgk,gk->cg", away, directions) / np.maximum(distance, 1)
    support = (np.clip(agreement, 0, None) ** 2 * (distance < 0.8 * reach)).mean(axis=1).reshape(patch.shape)
    offset = np.hypot(*(np.mgrid[-reach : reach + 1, -reach : reach + 1] / reach))
    score = support * (255 - patch) * np.exp(-(offset**2))
    # The mean of the best points is steadier than the single best.
    best = score >= 0.9 * score.max()
    found_rows, found_columns = np.nonzero(best)
    return np.array([x - reach + found_columns.mean(), y - reach + found_rows.mean()])


def level_eyes(eyes: np.ndarray) -> np.ndarray:
    """The 2×3 similarity that brings two eyes to where the view of the lower face expects them."""
    across, down = eyes[1] - eyes[0]
    scale = EYE_DISTANCE / np.hypot(across, down)
    angle = np.arctan2(down, across)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, EYES_MIDDLE - turn @ eyes.mean(axis=0)])


def measure_forehead(view: np.ndarray) -> float:
    """How far above the eyes the skin of the cheeks goes on, eye distances within `FOREHEAD_RANGE`.

    Args:
        view: VIEW_SIDE×VIEW_SIDE×3, uint8, RGB, eyes level as for `find_lower_face`.
    """
    lab = np.asarray(cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)) * [0.5, 1.0, 1.0]
    center, eye_row = EYES_MIDDLE.astype(int)
    near, far = (int(share * EYE_DISTANCE) for share in (0.30, 0.60))
    cheeks = np.median(lab[eye_row + near : eye_row + far, center - near : center + near], axis=(0, 1))
    lowest, highest = (round(share * EYE_DISTANCE) for share in FOREHEAD_RANGE)
    is_skin = np.linalg.norm(lab[:, center - near : center + near] - cheeks, axis=2) < SKIN_TOLERANCE
    covered = (above for above in range(lowest, highest) if is_skin[eye_row - above].mean() < 0.9)
    return next(covered, highest) / EYE_DISTANCE


def find_lower_face(view: np.ndarray) -> tuple[np.ndarray, bool]:
    """Find nose and mouth below level eyes.

    The mouth is a row that is dark between lighter lips and redder than the skin; the nose tip lies above dark nostrils.

    Args:
        view: VIEW_SIDE×VIEW_SIDE×3, uint8, RGB, eyes at `EYES_MIDDLE` ± half `EYE_DISTANCE`.

    Returns:
        3×2 points of the view (nose, mouth left, mouth right), and whether the mouth was seen rather than assumed.
    """
    lab = cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    dark = np.clip(cv2.Sobel(cv2.GaussianBlur(lab[..., 0], (0, 0), 3), cv2.CV_32F, 0, 2, ksize=5), 0, None)
    red = cv2.GaussianBlur(lab[..., 1], (0, 0), 3)
    center = int(EYES_MIDDLE[0])
    half = int(USUAL_MOUTH_HALF_WIDTH * EYE_DISTANCE)
    rows = EYES_MIDDLE[1] + EYE_DISTANCE * np.arange(0.78, 1.40, 1 / EYE_DISTANCE)
    band = rows.astype(int)
    middle = slice(center - half, center + half + 1)
    evidence = _standard(dark[band, middle].mean(axis=1)) + _standard(red[band, middle].mean(axis=1))
    usual = np.exp(-0.5 * ((rows - EYES_MIDDLE[1]) / EYE_DISTANCE - USUAL_MOUTH_DROP) ** 2 / 0.13**2)
    best = int(np.argmax((evidence - evidence.min()) * usual))
    measured = bool(evidence[best] > 1.0 and dark[band, middle].mean(axis=1).max() > 0.5)
    row = float(rows[best]) if measured else EYES_MIDDLE[1] + USUAL_MOUTH_DROP * EYE_DISTANCE
    left, right = _mouth_corners(dark, int(row)) if measured else (center - half, center + half)
    nose = [((left + right) / 2 + center) / 2, EYES_MIDDLE[1] + USUAL_NOSE_SHARE * (row - EYES_MIDDLE[1])]
    return np.array([nose, [left, row], [right, row]], dtype=np.float64), measured


def _mouth_corners(dark: np.ndarray, row: int) -> tuple[float, float]:
    """How far the dark line of the mouth goes to either side, within what a mouth can be."""
    line = dark[max(0, row - 6) : row + 7].max(axis=0)
    center = int(EYES_MIDDLE[0])
    shortest, longest = int(0.28 * EYE_DISTANCE), int(0.58 * EYE_DISTANCE)
    enough = 0.35 * line[center - shortest : center + shortest + 1].mean()

    def reach(direction: int) -> int:
        ends = (step for step in range(shortest, longest) if line[center + direction * step] < enough)
        return next(ends, int(USUAL_MOUTH_HALF_WIDTH * EYE_DISTANCE))

    return float(center - reach(-1)), float(center + reach(1))


def _standard(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean()) / (values.std() + 1e-6))
