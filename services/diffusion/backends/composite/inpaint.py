"""In-painting without a model: removes what is under a mask by continuing its surroundings.

Two classical methods: A. Telea, "An image inpainting technique based on the fast marching method" (2004), which continues smooth
areas, and M. Bertalmio et al., "Navier-Stokes, fluid dynamics, and image and video inpainting" (2001), which continues edges. Their
results are averaged, the film grain of the surroundings is put back, and the seam is feathered. Nothing new can come of this: no
object, no face.
"""

from __future__ import annotations

import re

import cv2
import numpy as np

from services.common.backend import Unsupported
from services.diffusion.backends.composite.attributes import find

RADIUS = 5  # pixels that each method looks around
FEATHER = 1.2  # pixels, standard deviation
LARGEST_SHARE = 0.35  # of the picture; more than that cannot be continued from its surroundings

_REMOVE = re.compile(
    r"(?<![a-z])(?:remov|eras|delet|restor|repair|clean|inpaint|in-paint|fix|heal|get rid|take away|retouch)|"
    r"제거|지우|지워|삭제|복원|복구|보정|없애|수리|정리"
)
_ADD = re.compile(
    r"(?<![a-z])(?:add|put on|replace|insert|draw|give|wear|change|turn)(?:s|es|ing|ed)?(?![a-z])|"
    r"추가|넣어|바꾸|바꿔|교체|그려|씌워|씌우|입혀|입히|변경|합성"
)


def check_prompt(prompt: str) -> None:
    """Refuse what continuing the surroundings cannot do.

    Raises:
        Unsupported: the prompt asks for something new.
    """
    text = prompt.lower().strip()
    if not text or (_REMOVE.search(text) and not _ADD.search(text)):
        return
    named = [text[hit.start : hit.end] for hit in find(text)]
    what = f" ({', '.join(named[:3])})" if named else ""
    raise Unsupported(
        f"composite cannot paint new content{what} into a picture: it only removes what the mask covers by continuing the surroundings. "
        "Leave the prompt empty, or ask for a removal or restoration ('remove the scratch', '흠집 제거'). For new content use a diffusion "
        "model: sdxl or flux."
    )


def inpaint(pixels: np.ndarray, mask: np.ndarray, seed: int) -> np.ndarray:
    """Fill the masked area from its surroundings.

    Args:
        pixels: H×W×3, uint8, RGB.
        mask: H×W, uint8; 128 and above is filled.
        seed: decides the grain.

    Returns:
        H×W×3, uint8, RGB; pixels away from the mask are untouched.

    Raises:
        Unsupported: the mask covers too much to be continued.
    """
    if mask.shape != pixels.shape[:2]:
        raise Unsupported(
            f"the mask is {mask.shape[1]}×{mask.shape[0]} pixels, the picture {pixels.shape[1]}×{pixels.shape[0]}; both must have one size"
        )
    hole = np.asarray(mask >= 128, np.uint8)
    share = float(hole.mean())
    if share > LARGEST_SHARE:
        raise Unsupported(
            f"the mask covers {share:.0%} of the picture; composite continues surroundings over at most {LARGEST_SHARE:.0%}. "
            "To make so much anew use sdxl or flux."
        )
    if not hole.any():
        return pixels.copy()
    filled = (
        cv2.inpaint(pixels, hole, RADIUS, cv2.INPAINT_TELEA).astype(np.float32) + cv2.inpaint(pixels, hole, RADIUS, cv2.INPAINT_NS)
    ) / 2
    filled += _grain(pixels, hole, seed)
    weight = np.maximum(cv2.GaussianBlur(hole.astype(np.float32), (0, 0), FEATHER), hole)[:, :, None]
    weight[weight < 0.02] = 0
    return np.asarray(np.clip(np.round(filled * weight + pixels * (1 - weight)), 0, 255), np.uint8)


def _grain(pixels: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
    """Noise as strong as around the hole: a filled area without grain shows."""
    ring = (cv2.dilate(hole, np.ones((15, 15), np.uint8)) > 0) & (cv2.dilate(hole, np.ones((5, 5), np.uint8)) == 0)
    if not ring.any():
        return np.zeros((*hole.shape, 1), np.float32)
    detail = pixels.astype(np.float32).mean(axis=2)
    detail -= cv2.GaussianBlur(detail, (0, 0), 1.0)
    # The median is blind to edges, which are no grain.
    strength = min(float(np.median(np.abs(detail[ring]))) * 1.4826, 6.0)
    noise = np.random.default_rng(seed & 0xFFFFFFFFFFFFFFFF).standard_normal(hole.shape).astype(np.float32)
    return np.asarray((noise * strength * hole)[:, :, None])
