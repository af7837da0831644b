"""How pictures lose quality on their way through a camera and a recorder, as code.

A picture is blurred by lens and motion, sampled by the sensor, gets noise in the dark and is compressed; then a recorder or
a messenger does it all once more. That "second order" model (Wang et al., Real-ESRGAN, 2021) makes the pairs that
the `compact` model was trained on and is measured with.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One trip through a device: blur, resize, noise, JPEG. All lengths are pixels of the final, small picture."""

    size: float = 1.0  # of the picture after this pass, relative to the final one; the last pass always ends at 1
    interpolation: int = cv2.INTER_AREA
    blur: tuple[float, float] = (0.0, 0.0)  # standard deviations of the Gaussian along its two axes
    angle: float = 0.0  # of the first axis, radians
    noise: float = 0.0  # standard deviation of the sensor's noise, grey levels
    shot: float = 0.0  # variance of the photon noise per grey level
    grey_noise: bool = False  # the same noise in all channels
    quality: int = 0  # of the JPEG, 1..100; 0 for none


Recipe = tuple[Pass, ...]

# Made smaller only; a photo sent on by a messenger; a frame of a poor surveillance camera.
RECIPES: dict[str, Recipe] = {
    "clean": (Pass(),),
    "phone": (
        Pass(size=1.2, blur=(0.5, 0.5), noise=3, shot=0.05, quality=85),
        Pass(interpolation=cv2.INTER_LINEAR, noise=1, quality=75),
    ),
    "cctv": (
        Pass(size=0.9, blur=(1.0, 0.6), angle=0.5, noise=6, shot=0.15, quality=60),
        Pass(interpolation=cv2.INTER_CUBIC, blur=(0.3, 0.3), noise=2, grey_noise=True, quality=45),
    ),
}


def random_recipe(rng: np.random.Generator) -> Recipe:
    """Draw a recipe: from a mere reduction in size to a bad recorder's second-hand frame."""
    count = int(rng.choice((0, 1, 2), p=(0.25, 0.35, 0.4)))
    if count == 0:
        return (Pass(interpolation=int(rng.choice(INTERPOLATIONS[:2]))),)
    return tuple(_random_pass(rng, strength=1.0 if index == 0 else 0.5) for index in range(count))


def degrade(picture: np.ndarray, scale: int, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Make the low-quality version of a picture.

    Args:
        picture: H×W×3, uint8, RGB.
        scale: how many times smaller the result is: H/scale × W/scale, rounded down.
        recipe: the passes, first to last.
        rng: where the noise comes from.

    Returns:
        h×w×3, uint8, RGB, aligned so that enlarging it `scale` times lies on the original.
    """
    height, width = picture.shape[0] // scale, picture.shape[1] // scale
    pixels = picture[: height * scale, : width * scale].astype(np.float32)
    for index, step in enumerate(recipe):
        last = index == len(recipe) - 1
        pixels = _blur(pixels, step, pixels.shape[1] / width)
        size = (width, height) if last else (max(1, round(width * step.size)), max(1, round(height * step.size)))
        if size != (pixels.shape[1], pixels.shape[0]):
            # Only area sampling keeps what lies between the samples; the others alias, as cheap devices do.
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=step.interpolation), np.float32)
        pixels = _compress(_add_noise(pixels, step, rng), step.quality)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _random_pass(rng: np.random.Generator, *, strength: float) -> Pass:
    # Light damage is more frequent than heavy: a network that expects much blur sharpens good pictures to their harm.
    sigma = (0.2 + 1.1 * float(rng.random()) ** 1.5) * strength
    isotropic = rng.random() < 0.5
    return Pass(
        size=float(rng.uniform(0.7, 1.5)),
        interpolation=int(rng.choice(INTERPOLATIONS)),
        blur=(0.0, 0.0) if rng.random() < 0.35 else (sigma, sigma if isotropic else sigma * float(rng.uniform(0.3, 1.0))),
        angle=float(rng.uniform(0, np.pi)),
        noise=0.0 if rng.random() < 0.3 else (0.5 + 11.5 * float(rng.random()) ** 2) * strength,
        shot=0.0 if rng.random() < 0.5 else float(rng.uniform(0.02, 0.4)) * strength,
        grey_noise=bool(rng.random() < 0.4),
        quality=0 if rng.random() < 0.2 else int(rng.integers(30, 96)),
    )


def _blur(pixels: np.ndarray, step: Pass, factor: float) -> np.ndarray:
    first, second = (max(sigma * factor, 1e-3) for sigma in step.blur)
    if max(first, second) < 0.2:  # narrower than a pixel: no effect
        return pixels
    radius = int(np.ceil(3 * max(first, second)))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    along = x * np.cos(step.angle) + y * np.sin(step.angle)
    across = y * np.cos(step.angle) - x * np.sin(step.angle)
    kernel = np.exp(-0.5 * ((along / first) ** 2 + (across / max(second, 0.2)) ** 2))
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101))


def _add_noise(pixels: np.ndarray, step: Pass, rng: np.random.Generator) -> np.ndarray:
    if not step.noise and not step.shot:
        return pixels
    shape = (*pixels.shape[:2], 1) if step.grey_noise else pixels.shape
    # Photon noise is Poisson; at these counts a Gaussian of the same variance is the same to the eye, and quick to draw.
    level = pixels.mean(axis=2, keepdims=True) if step.grey_noise else pixels
    deviation = np.sqrt(step.noise**2 + step.shot * np.clip(level, 0, 255))
    return np.asarray(pixels + deviation * rng.standard_normal(shape, dtype=np.float32), np.float32)


def _compress(pixels: np.ndarray, quality: int) -> np.ndarray:
    if not quality:
        return pixels
    bgr = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)[..., ::-1]
    encoded = cv2.imencode(".jpg", np.ascontiguousarray(bgr), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.float32)[..., ::-1]
