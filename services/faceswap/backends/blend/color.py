"""Colour and light of one face carried over to another, in CIELAB.

Mean and deviation: E. Reinhard et al., Color transfer between images, IEEE Computer Graphics and Applications, 2001.
"""

from __future__ import annotations

import cv2
import numpy as np

CONTRAST_RANGE = (0.6, 1.5)  # beyond this the source would look washed out or burnt
LIGHT_SHARE = 0.6  # how much of the target's light from a side is taken on; all of it would flatten the source's relief
GREY_CHROMA = 0.5  # CIELAB units; below it a face is a grey picture's
TRIM = 10  # percent of the darkest and of the brightest: eyes, brows, teeth, highlights, spectacles are not skin


def match_color(source: np.ndarray, target: np.ndarray, mask: np.ndarray, light_radius: float) -> np.ndarray:
    """Give the source face the skin colour, contrast and light of the target face that it lies over.

    Args:
        source: H×W×3, uint8, RGB, already aligned.
        target: H×W×3, uint8, RGB.
        mask: H×W, uint8, 255 on the face.
        light_radius: pixels; light is what varies over more than this.

    Returns:
        H×W×3, uint8, RGB.
    """
    ours, theirs = to_lab(source), to_lab(target)
    inside = mask > 0
    skin_ours, skin_theirs = skin(ours, inside), skin(theirs, inside)
    deviation, wanted_deviation = skin_ours.std(axis=0), skin_theirs.std(axis=0)
    # Dim light weakens contrast and chroma along with the level.
    dimming = min(1.0, float(skin_theirs[:, 0].mean() / max(skin_ours[:, 0].mean(), 1.0)))
    contrast = np.clip(wanted_deviation / np.maximum(deviation, 1e-3), dimming * CONTRAST_RANGE[0], dimming * CONTRAST_RANGE[1])
    if np.abs(skin_theirs[:, 1:]).mean() < GREY_CHROMA:
        contrast[1:] = 0
    matched = (ours - skin_ours.mean(axis=0)) * contrast + skin_theirs.mean(axis=0)
    light = masked_blur(theirs[..., 0], inside, light_radius) - masked_blur(matched[..., 0], inside, light_radius)
    matched[..., 0] = np.clip(matched[..., 0] + LIGHT_SHARE * light, 0, 100)
    rgb = cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8))


def to_lab(pixels: np.ndarray) -> np.ndarray:
    """CIELAB of RGB pixels: float32, L 0..100."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def skin(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The N×3 pixels of a face without its darkest and brightest."""
    face = lab[inside]
    low, high = np.percentile(face[:, 0], [TRIM, 100 - TRIM])
    return np.asarray(face[(face[:, 0] >= low) & (face[:, 0] <= high)])


def masked_blur(values: np.ndarray, inside: np.ndarray, radius: float) -> np.ndarray:
    """Gaussian blur that looks only at pixels inside; what lies outside takes the value of the nearest inside."""
    weight = inside.astype(np.float32)
    total = cv2.GaussianBlur(values * weight, (0, 0), radius)
    share = cv2.GaussianBlur(weight, (0, 0), radius)
    return np.asarray(total / np.maximum(share, 1e-3))
