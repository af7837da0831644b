"""How fit a face is for being recognised, by people or by a model: its size, sharpness and light."""

from __future__ import annotations

import cv2
import numpy as np

from services.faceswap.frame import FRAME_SIDE, FaceFrame

# ISO/IEC 19794-5 asks for 90 pixels between the eyes of a full portrait and 60 at least.
GOOD_EYE_DISTANCE = 60.0  # pixels
GOOD_DETAIL = 12.0  # mean Laplacian deviation of a sharp face, grey levels, at FRAME_SIDE
GOOD_LIGHT = (90.0, 190.0)  # mean grey level
GOOD_BALANCE = 0.75  # darker half of the face over the brighter one


def measure_quality(frame: FaceFrame, eye_distance: float) -> float:
    """Rate a face from 0 (useless) to 1 (a good portrait).

    The product of four shares, each 1 when good enough, so that any one fault shows.

    Args:
        frame: the face, cut out upright.
        eye_distance: pixels of the picture.
    """
    gray = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    face = gray[FRAME_SIDE // 8 : -FRAME_SIDE // 8, FRAME_SIDE // 6 : -FRAME_SIDE // 6].astype(np.float64)
    size = min(1.0, eye_distance / GOOD_EYE_DISTANCE)
    # Smoothed first, so that noise does not pass for detail.
    detail = cv2.Laplacian(cv2.GaussianBlur(face, (0, 0), 1.5), cv2.CV_64F, ksize=3).std()
    sharpness = min(1.0, float(detail) / GOOD_DETAIL)
    level = face.mean()
    light = float(np.clip(min(level / GOOD_LIGHT[0], (255 - level) / (255 - GOOD_LIGHT[1])), 0, 1))
    halves = sorted((face[:, : face.shape[1] // 2].mean(), face[:, face.shape[1] // 2 :].mean()))
    balance = min(1.0, float(halves[0] / max(halves[1], 1.0)) / GOOD_BALANCE)
    return float(size * sharpness * light * balance)
