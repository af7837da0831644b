"""A photo's face on a drawn figure, as case 2 makes it: found, joined without a seam, in the drawing's skin, with one pair of brows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import find_peaks

from services.common import imaging
from services.common.picture import Picture
from services.diffusion.backend import GenerateTask, Subject
from services.faceswap.backend import FaceSelector, SwapResult
from services.faceswap.backends.blend.color import to_lab
from tests.default_models import make

SAMPLE_FACE = Path(__file__).parents[2] / "samples" / "face.jpg"
PEOPLE = {
    "short hair": {"gender": "여성", "age": "30대 후반", "hair_color": "갈색", "hair_length": "짧은 머리", "upper_color": "주황색"},
    "long hair": {"gender": "여성", "age": "20대", "hair_color": "검은색", "hair_length": "긴 머리"},
    "dark skin": {"gender": "남성", "age": "30대", "skin": "어두운 피부", "hair_color": "검은색", "hair_length": "짧은 머리"},
    "white hair": {"gender": "남성", "age": "70대", "hair_color": "흰색", "hair_length": "짧은 머리"},
}


class Patience:
    """A monitor that lets everything go on."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Swap:
    """A drawing and what became of it."""

    drawing: np.ndarray
    result: SwapResult

    @property
    def eyes(self) -> np.ndarray:
        return np.array(self.result.target_face.landmarks[:2])

    @property
    def eye_distance(self) -> float:
        return float(np.linalg.norm(self.eyes[1] - self.eyes[0]))

    def patch(self, pixels: np.ndarray, across: float, down: float) -> np.ndarray:
        """Mean CIELAB colour around a place given in eye distances from the middle of the eyes."""
        x, y = np.round(self.eyes.mean(axis=0) + np.array([across, down]) * self.eye_distance).astype(int)
        reach = round(0.12 * self.eye_distance)
        return to_lab(pixels[y - reach : y + reach + 1, x - reach : x + reach + 1]).mean(axis=(0, 1))


@pytest.fixture(scope="module", params=PEOPLE)
def swap(request: pytest.FixtureRequest) -> Swap:
    artist = make("diffusion")
    artist.load()
    traits = PEOPLE[request.param]
    task = GenerateTask(prompt=", ".join(traits.values()), attributes=traits, subject=Subject.FULL_BODY, seed=3, monitor=Patience())
    ((drawn,),) = artist.generate([task])
    blender = make("faceswap")
    blender.load()
    anyone = FaceSelector()
    result = blender.swap(
        imaging.decode(SAMPLE_FACE.read_bytes()),
        Picture(pixels=drawn.pixels),
        source_face=anyone,
        target_face=anyone,
        monitor=Patience(),
    )
    return Swap(drawing=drawn.pixels, result=result)


def dark_bands(pixels: np.ndarray, eye: np.ndarray, eye_distance: float) -> int:
    """How many times lightness dips between the forehead and the lid above an eye."""
    x, y = np.round(eye).astype(int)
    top, bottom, half = (round(share * eye_distance) for share in (0.75, 0.12, 0.12))
    profile = to_lab(pixels[y - top : y - bottom, x - half : x + half + 1])[..., 0].mean(axis=1)
    # The hollow between forehead and brow bone is half as deep at most; a drawn brow thrice, save a white one.
    dips, _ = find_peaks(-profile, prominence=0.08 * profile.mean())
    return len(dips)


def test_the_face_of_a_drawing_is_found_at_its_head(swap):
    box = swap.result.target_face.box
    height, width = swap.drawing.shape[:2]
    assert (height, width) == (1024, 768)
    assert abs(box.x + box.width / 2 - width / 2) < 0.05 * width
    assert box.y + box.height < 0.25 * height


def test_the_edge_of_the_face_does_not_show(swap):
    assert swap.result.seam_error < 6


def test_one_pair_of_brows_remains(swap):
    bands = [dark_bands(swap.result.pixels, eye, swap.eye_distance) for eye in swap.eyes]
    assert max(bands) == 1


def test_cheeks_have_the_color_of_the_drawings_skin(swap):
    cheeks = np.mean([swap.patch(swap.result.pixels, side, 0.55) for side in (-0.6, 0.6)], axis=0)
    drawn_cheeks = np.mean([swap.patch(swap.drawing, side, 0.55) for side in (-0.6, 0.6)], axis=0)
    neck = swap.patch(swap.drawing, 0, 2.15)
    assert np.linalg.norm(cheeks - drawn_cheeks) < 8
    assert np.linalg.norm(cheeks - neck) < 8


def test_nothing_but_the_face_is_touched(swap):
    changed = np.argwhere((swap.result.pixels != swap.drawing).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    middle = swap.eyes.mean(axis=0)
    reach = swap.eye_distance * np.array([1.15, 1.15, 0.9, 1.9])
    assert left > middle[0] - reach[0]
    assert right < middle[0] + reach[1]
    assert top > middle[1] - reach[2]
    assert bottom < middle[1] + reach[3]
