"""Two public-domain portraits as pictures, and the loaded backend."""

from collections.abc import Callable

import cv2
import matplotlib.cbook
import numpy as np
import pytest
import skimage.data

from services.common.picture import Picture
from services.faceswap.backend import FaceSelector, SwapResult
from services.faceswap.backends.blend import BlendBackend
from tests.default_models import default_spec


class Log:
    """A monitor that remembers what it is told."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, int, int]] = []

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.reports.append((stage, step, total))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def backend() -> BlendBackend:
    backend = BlendBackend(default_spec("faceswap"))
    backend.load()
    return backend


@pytest.fixture(scope="session")
def collins() -> np.ndarray:
    """NASA's portrait, 512×512; eyes at about (203, 101) and (246, 103)."""
    return np.asarray(skimage.data.astronaut())


@pytest.fixture(scope="session")
def hopper() -> np.ndarray:
    """The US Navy's portrait, 512×600, with spectacles; eyes at about (223, 189) and (305, 186)."""
    path = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))


@pytest.fixture(scope="session")
def turned() -> Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]:
    """Turns a picture about its middle, clockwise; gives the picture and the 2×3 transform."""

    def turn(pixels: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
        height, width = pixels.shape[:2]
        transform = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
        return cv2.warpAffine(pixels, transform, (width, height), borderMode=cv2.BORDER_REFLECT), transform

    return turn


@pytest.fixture(scope="session")
def picture() -> Callable[[np.ndarray], Picture]:
    return lambda pixels: Picture(pixels=np.ascontiguousarray(pixels))


@pytest.fixture(scope="session")
def small_collins(collins: np.ndarray) -> np.ndarray:
    """Her face in 210×210 pixels, which are searched sooner; eyes at about (78, 101) and (121, 103)."""
    return np.ascontiguousarray(collins[:210, 125:335])


@pytest.fixture(scope="session")
def small_hopper(hopper: np.ndarray) -> np.ndarray:
    """Her face at half size in 150×150 pixels; eyes at about (56, 45) and (97, 43)."""
    return cv2.resize(hopper[100:400, 110:410], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def swapped(
    backend: BlendBackend, picture: Callable[[np.ndarray], Picture], small_hopper: np.ndarray, small_collins: np.ndarray
) -> SwapResult:
    """Hopper's face on Collins."""
    largest = FaceSelector()
    return backend.swap(picture(small_hopper), picture(small_collins), source_face=largest, target_face=largest, monitor=Log())
