"""What can be asked of every model of this service."""

from __future__ import annotations

from services.common.backend import Unsupported
from services.superres.backend import UpscaleTask

MAX_OUTPUT_PIXELS = 50_000_000  # a result travels as a picture, and pictures have at most so many
SCALES = (1, 2, 3, 4)


def demand_possible(task: UpscaleTask, model: str) -> None:
    """Refuse a task before any work is done for it.

    Raises:
        Unsupported: the scale is not 1 to 4, or the result would have more than 50 megapixels.
    """
    if task.scale not in SCALES:
        raise Unsupported(f"{model} enlarges 1 to 4 times, not {task.scale}")
    width, height = task.picture.width * task.scale, task.picture.height * task.scale
    if width * height > MAX_OUTPUT_PIXELS:
        limit = MAX_OUTPUT_PIXELS // 1_000_000
        fitting = [scale for scale in SCALES if task.picture.width * task.picture.height * scale**2 <= MAX_OUTPUT_PIXELS]
        advice = f"scale {max(fitting)} or a smaller picture" if fitting else "a smaller picture"
        raise Unsupported(f"the result would be {width}×{height}, more than {limit} megapixels; ask for {advice}")
