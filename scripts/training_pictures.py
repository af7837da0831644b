"""Where the `compact` model's training pictures come from: public-domain photographs in Python packages, and scenes drawn here.

The photographs in `tests/benchmarks/superres_quality.py` (astronaut, camera, coffee) are held out: none of them is used here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Package, path in it, licence as the package states it, how much of its size carries detail.
PHOTOGRAPHS: tuple[tuple[str, str, str, float], ...] = (
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "public domain (US Navy)", 1.0),
    ("skimage", "data/chelsea.png", "CC0 (Stefan van der Walt)", 1.0),
    ("skimage", "data/rocket.jpg", "public domain (SpaceX)", 1.0),
    ("skimage", "data/hubble_deep_field.jpg", "public domain (NASA)", 1.0),
    ("skimage", "data/retina.jpg", "CC0 (Mikael Häggström)", 0.4),
    ("skimage", "data/brick.png", "CC0 (CC0Textures)", 1.0),
    ("skimage", "data/grass.png", "CC0 (linolafett)", 1.0),
    ("skimage", "data/gravel.png", "CC0 (CC0Textures)", 1.0),
)
# DejaVu and Nanum Gothic: for the letters of signs and of a recorder's time stamp.
FONTS: tuple[tuple[str, str], ...] = (
    ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf"),
    ("matplotlib", "mpl-data/fonts/ttf/DejaVuSansMono.ttf"),
    ("koreanize_matplotlib", "fonts/NanumGothicBold.ttf"),
)
WORDS = ("CAM", "REC", "EXIT", "STOP", "출입구", "주차장", "편의점", "버스", "정류장", "지하철", "서울", "부산", "약국", "은행", "마트")
SIDE = 512  # of a drawn scene, pixels


def photographs() -> dict[str, np.ndarray]:
    """Every training photograph by name: H×W×3, uint8, RGB."""
    pictures = {}
    for package, path, _, scale in PHOTOGRAPHS:
        picture = np.asarray(Image.open(package_file(package, path)).convert("RGB"))
        if scale != 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pictures[Path(path).stem] = picture
    return pictures


def package_file(package: str, path: str) -> Path:
    """Where a package's data file lies. The package is not imported: some change settings of others when they are."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; see requirements/training.txt")
    return Path(spec.origin).parent / path


def draw_scene(rng: np.random.Generator, palette: np.ndarray, *, letters: bool) -> np.ndarray:
    """Draw a dead-leaves scene: overlapping shapes of widely varying sizes, which give edges and flat areas as photographs have them.

    Networks that restore pictures learn well from them (Achddou et al., 2021, "Synthetic images as a regularity prior").

    Args:
        rng: the source of chance.
        palette: N×3, uint8, RGB: colors to draw with.
        letters: whether words are written over the shapes.

    Returns:
        SIDE×SIDE×3, uint8, RGB.
    """
    # Drawn twice as large and reduced, so that edges are as soft as a good lens makes them.
    large = 2 * SIDE
    canvas = np.full((large, large, 3), palette[rng.integers(len(palette))], np.uint8)
    radii = 8.0 * (400 / 8.0) ** (rng.random(500) ** 1.5)
    # Roughly the largest first, or they would hide all others.
    for radius in radii[np.argsort(-radii * rng.uniform(0.3, 1.0, len(radii)))]:
        _draw_leaf(canvas, rng, palette, float(radius))
    if letters:
        _write_words(canvas, rng)
    return np.asarray(cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _draw_leaf(canvas: np.ndarray, rng: np.random.Generator, palette: np.ndarray, radius: float) -> None:
    large = canvas.shape[0]
    center = rng.uniform(0, large, 2)
    corners = int(rng.choice((3, 4, 5, 6, 24)))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, np.pi)
    lengths = radius * (rng.uniform(0.5, 1.2, corners) if corners < 24 else 1.0)
    outline = np.stack((np.cos(angles), np.sin(angles) * rng.uniform(0.2, 1)), axis=1) * np.reshape(lengths, (-1, 1)) + center
    low = np.clip(np.floor(outline.min(axis=0)).astype(int), 0, large)
    high = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 1, 0, large)
    width, height = high - low
    if width < 1 or height < 1:
        return
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(outline - low).astype(np.int32)], 255)
    patch = canvas[low[1] : high[1], low[0] : high[0]]
    patch[mask > 0] = _texture(rng, palette, int(height), int(width))[mask > 0]


def _texture(rng: np.random.Generator, palette: np.ndarray, height: int, width: int) -> np.ndarray:
    color = palette[rng.integers(len(palette))].astype(np.float32)
    kind = rng.random()
    if kind < 0.4 or min(height, width) < 8:
        return np.broadcast_to(color.astype(np.uint8), (height, width, 3))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    if kind < 0.6:  # shading
        field = along / max(height, width) * rng.uniform(-80, 80)
    elif kind < 0.8:  # stripes
        field = np.sin(along * 2 * np.pi / rng.uniform(6, 40)) * rng.uniform(8, 60)
    else:  # cloth, plaster, leaves: noise of one grain size
        grain = rng.uniform(2, 10)
        coarse = rng.standard_normal((max(2, int(height / grain)), max(2, int(width / grain))), dtype=np.float32)
        field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * rng.uniform(5, 35)
    return np.asarray(np.clip(color + field[..., None], 0, 255), np.uint8)


def _write_words(canvas: np.ndarray, rng: np.random.Generator) -> None:
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(4, 14))):
        words = rng.random() < 0.6
        text = " ".join(rng.choice(WORDS, int(rng.integers(1, 4)))) if words else str(rng.integers(10**8))
        font_file = FONTS[-1 if words else int(rng.integers(len(FONTS)))]  # only the last has Hangul
        font = ImageFont.truetype(str(package_file(*font_file)), int(rng.integers(24, 120)))
        fill = tuple(int(value) for value in rng.choice(([255] * 3, [0] * 3, list(rng.integers(0, 256, 3)))))
        left, top = rng.integers(-40, canvas.shape[0] - 60, 2)
        draw.text((float(left), float(top)), text, font=font, fill=fill)
    canvas[:] = np.asarray(image)
