"""What every model of this service does once its network is done."""

from __future__ import annotations

import cv2
import numpy as np

from services.superres.backend import UpscaleResult, UpscaleTask
from services.superres.faces import enhance_faces
from services.superres.tiling import Grid


def finish(task: UpscaleTask, pixels: np.ndarray, tiles: Grid) -> UpscaleResult:
    """Enhance faces where that is asked for, and enlarge the picture's alpha.

    Args:
        task: what was asked for.
        pixels: (scale·H)×(scale·W)×3, uint8, RGB: what the network made.
        tiles: the tiles that it was made in.

    Raises:
        Cancelled: the task's caller has left.
    """
    faces = 0
    if task.enhance_faces:
        task.monitor.report("enhance_faces", 0, 1)
        pixels, faces = enhance_faces(pixels)
        task.monitor.report("enhance_faces", 1, 1)
    return UpscaleResult(
        pixels=pixels,
        alpha=_enlarged_alpha(task.picture.alpha, task.scale),
        tiles=len(tiles),
        tile=max(tiles.height, tiles.width),
        faces_enhanced=faces,
    )


def _enlarged_alpha(alpha: np.ndarray | None, scale: int) -> np.ndarray | None:
    """By interpolation: a network trained on photos would draw texture into an even mask."""
    if alpha is None or scale == 1:
        return alpha
    # For uint8 OpenCV clamps what bicubic overshoots.
    return np.asarray(cv2.resize(alpha, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))
