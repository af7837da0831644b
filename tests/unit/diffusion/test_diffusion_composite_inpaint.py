"""In-painting without a model: what it repairs, and what it says it cannot do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from services.common.backend import Unsupported
from services.common.picture import Picture
from services.diffusion.backend import GeneratedImage, GenerateTask
from tests.default_models import make


class Silent:
    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None: ...


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return np.ascontiguousarray(data.astronaut()[40:296, 90:346])


@pytest.fixture(scope="module")
def scratch(photo: np.ndarray) -> np.ndarray:
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.line(mask, (20, 10), (230, 240), 255, 3)
    return mask


def inpaint(pixels: np.ndarray, mask: np.ndarray | None, prompt: str, seed: int = 0, num_images: int = 1) -> list[GeneratedImage]:
    backend = make("diffusion")
    backend.load()
    task = GenerateTask(prompt=prompt, init_image=Picture(pixels=pixels), mask=mask, seed=seed, num_images=num_images, monitor=Silent())
    return backend.generate([task])[0]


@pytest.mark.parametrize("prompt", ["", "remove the scratch", "흠집 제거", "사진 복원"])
def test_a_scratch_is_removed(photo: np.ndarray, scratch: np.ndarray, prompt: str) -> None:
    damaged = photo.copy()
    damaged[scratch > 0] = 255
    repaired = inpaint(damaged, scratch, prompt)[0].pixels.astype(int)
    hole = scratch > 0
    before, after = (np.abs(pixels[hole].astype(int) - photo[hole]).mean() for pixels in (damaged, repaired))
    assert after < 0.15 * before


def test_pixels_away_from_the_mask_are_untouched(photo: np.ndarray, scratch: np.ndarray) -> None:
    repaired = inpaint(photo, scratch, "")[0].pixels
    far = cv2.dilate(scratch, np.ones((13, 13), np.uint8)) == 0
    assert np.array_equal(repaired[far], photo[far])


def test_the_same_seed_gives_the_same_pixels(photo: np.ndarray, scratch: np.ndarray) -> None:
    assert np.array_equal(inpaint(photo, scratch, "", seed=3)[0].pixels, inpaint(photo, scratch, "", seed=3)[0].pixels)
    assert [image.seed for image in inpaint(photo, scratch, "", seed=3, num_images=2)] == [3, 4]


def test_an_empty_mask_changes_nothing(photo: np.ndarray) -> None:
    assert np.array_equal(inpaint(photo, np.zeros(photo.shape[:2], np.uint8), "")[0].pixels, photo)


@pytest.mark.parametrize(
    "prompt",
    ["add a red hat", "round glasses", "안경을 씌워 줘", "replace the background", "a smiling face", "remove the hat and add glasses"],
)
def test_new_content_is_refused_and_names_who_can(photo: np.ndarray, scratch: np.ndarray, prompt: str) -> None:
    with pytest.raises(Unsupported, match="sdxl or flux"):
        inpaint(photo, scratch, prompt)


def test_a_mask_over_most_of_the_picture_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(Unsupported, match="covers 100%"):
        inpaint(photo, np.full(photo.shape[:2], 255, np.uint8), "")


def test_a_mask_of_another_size_is_refused_with_both_sizes(photo: np.ndarray) -> None:
    with pytest.raises(Unsupported, match="10×10 pixels, the picture 256×256"):
        inpaint(photo, np.full((10, 10), 255, np.uint8), "")


def test_a_mask_without_a_picture_is_refused() -> None:
    backend = make("diffusion")
    with pytest.raises(Unsupported, match="init_image"):
        backend.generate([GenerateTask(prompt="", mask=np.zeros((8, 8), np.uint8), monitor=Silent())])
