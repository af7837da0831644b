"""Pictures drawn by numbers: what they show makes no difference to a model of random weights."""

from __future__ import annotations

import numpy as np

from services.common.picture import Picture


def drawn(width: int, height: int, number: int = 0) -> Picture:
    """Waves in three colors; another picture for each number."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(x / (7 + number + 3 * channel) + y / (11 + 2 * channel)) for channel in range(3)]
    return Picture(pixels=((np.stack(waves, axis=-1) + 1) * 127).astype(np.uint8))
