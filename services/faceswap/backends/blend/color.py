"""Colour and light of one face carried over to another, in CIELAB.

Mean and deviation: E. Reinhard et al., Color transfer between images, IEEE Computer Graphics and Applications, 2001.
"""

from __future__ import annotations

import cv2
import numpy as np

# How far contrast may be changed, least and most, for lightness and for each of the two chroma axes: beyond it the source would
# look washed out or burnt. Drawn skin has next to no chroma contrast, blotched skin has much.
CONTRAST_RANGE = np.array([(0.65, 1.2), (0.5, 1.2), (0.5, 1.2)])
LIGHT_SHARE = 0.6  # how much of the target's light from a side is taken on; all of it would flatten the source's relief
GREY_CHROMA = 0.5  # CIELAB units; below it a face is a grey picture's
SKIN_TOLERANCE = 16.0  # CIELAB distance from a face's median colour, lightness counted half
HIGHLIGHT = 1.5  # deviations above the mean of skin: where teeth and the whites of eyes begin
MAX_STRETCH = 5.0  # of highlights: more would make spots of every glint
WHITE = 99.0  # percentile of a face's lightness that eyes and teeth reach


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
    is_ours, is_theirs = skin(ours, inside), skin(theirs, inside)
    mean, wanted = ours[is_ours].mean(axis=0), theirs[is_theirs].mean(axis=0)
    deviation, wanted_deviation = ours[is_ours].std(axis=0), theirs[is_theirs].std(axis=0)
    # Dim light weakens contrast and chroma along with the level.
    dimming = min(1.0, float(wanted[0] / max(mean[0], 1.0)))
    contrast = np.clip(wanted_deviation / np.maximum(deviation, 1e-3), *(dimming * CONTRAST_RANGE.T))
    if np.abs(theirs[is_theirs][:, 1:]).mean() < GREY_CHROMA:
        contrast[1:] = 0
    matched = (ours - mean) * contrast + wanted
    highlight = HIGHLIGHT * deviation[0] * contrast[0] + wanted[0]
    whites = [float(np.percentile(lab[inside, 0], WHITE)) for lab in (matched, theirs)]
    matched[..., 0] = stretch_highlights(matched[..., 0], highlight, *whites)
    # What is no skin in both faces says nothing of the light.
    difference = masked_blur(theirs - matched, is_ours & is_theirs, light_radius)
    # At its edge the face has to meet the target's light altogether.
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[..., None] / light_radius
    matched += (LIGHT_SHARE + (1 - LIGHT_SHARE) * np.exp(-depth)) * difference
    matched[..., 0] = np.clip(matched[..., 0], 0, 100)
    rgb = cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8))


def stretch_highlights(lightness: np.ndarray, start: float, white: float, wanted: float) -> np.ndarray:
    """Bring what is lighter than skin up to the target's white, since teeth and eyes are as bright in a dark face as in a fair one.

    Args:
        lightness: CIELAB L.
        start: where highlights begin.
        white: the brightest of the face.
        wanted: the brightest of the target's face.
    """
    slope = float(np.clip((wanted - start) / max(white - start, 1.0), 1.0, MAX_STRETCH))
    return np.asarray(lightness + (slope - 1) * np.maximum(lightness - start, 0))


def to_lab(pixels: np.ndarray) -> np.ndarray:
    """CIELAB of RGB pixels: float32, L 0..100."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def skin(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where a face is skin, H×W, bool: what is near its usual colour, so no eyes, brows, teeth, lips or spectacles."""
    off = np.linalg.norm((lab - np.median(lab[inside], axis=0)) * [0.5, 1.0, 1.0], axis=2)
    return np.asarray(inside & (off < SKIN_TOLERANCE))


def masked_blur(values: np.ndarray, weighed: np.ndarray, radius: float) -> np.ndarray:
    """Gaussian blur of H×W×3 values that looks only at the weighed pixels; far from all of them it is 0."""
    weight = weighed.astype(np.float32)[..., None]
    total = cv2.GaussianBlur(values.astype(np.float32) * weight, (0, 0), radius)
    share = cv2.GaussianBlur(weight, (0, 0), radius)[..., None]
    return np.asarray(total / np.maximum(share, 1e-3))
