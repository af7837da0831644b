"""The `blend` backend finds faces, says where eyes and mouth are, and how good the face is."""

import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import skimage.data

from services.common.backend import Unsupported
from services.faceswap.backends.blend import BlendBackend
from tests.default_models import default_spec

COLLINS_EYES = np.array([(203, 101), (246, 103)])
COLLINS_MOUTH = np.array([(204, 144), (243, 144)])
HOPPER_EYES = np.array([(223, 189), (305, 186)])


def landmarks(face):
    return np.array(face.landmarks)


def test_the_eyes_and_the_mouth_lie_where_a_person_would_put_them(backend, picture, collins, log):
    (face,) = backend.detect(picture(collins), with_embedding=False, monitor=log)
    assert np.abs(landmarks(face)[:2] - COLLINS_EYES).max() < 4
    assert np.abs(landmarks(face)[3:] - COLLINS_MOUTH).max() < 9
    assert COLLINS_EYES[:, 1].max() < face.landmarks[2][1] < COLLINS_MOUTH[:, 1].min()
    assert 0.7 < face.score <= 1
    assert face.embedding is None


def test_eyes_are_found_behind_spectacles(backend, picture, hopper, log):
    (face,) = backend.detect(picture(hopper), with_embedding=False, monitor=log)
    assert np.abs(landmarks(face)[:2] - HOPPER_EYES).max() < 8


def test_left_stays_left_in_a_mirrored_picture(backend, picture, collins, log):
    (face,) = backend.detect(picture(collins[:, ::-1]), with_embedding=False, monitor=log)
    mirrored = np.array([(511 - x, y) for x, y in COLLINS_EYES[::-1]])
    assert np.abs(landmarks(face)[:2] - mirrored).max() < 5


@pytest.mark.parametrize("degrees", [-28, 28])
def test_a_leaning_head_is_found_with_its_eyes(backend, picture, small_collins, turned, log, degrees):
    pixels, transform = turned(small_collins, degrees)
    face = max(backend.detect(picture(pixels), with_embedding=False, monitor=log), key=lambda face: face.score)
    expected = (COLLINS_EYES - [125, 0]) @ transform[:, :2].T + transform[:, 2]
    assert np.abs(landmarks(face)[:2] - expected).max() < 5


def test_faces_come_largest_first(backend, picture, collins, hopper, log):
    pixels = np.hstack([cv2.resize(collins, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)[:400], hopper[:400]])
    first, second = backend.detect(picture(pixels), with_embedding=False, monitor=log)
    assert first.box.width > second.box.width
    assert first.box.x > collins.shape[1] * 0.8 - 5 > second.box.x


@pytest.mark.parametrize("name", ["coffee", "rocket", "clock"])
def test_a_picture_without_people_shows_no_face(backend, picture, log, name):
    pixels = getattr(skimage.data, name)()
    pixels = cv2.resize(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3), (300, 200), interpolation=cv2.INTER_AREA)
    assert backend.detect(picture(pixels), with_embedding=False, monitor=log) == []


def test_sixteen_megapixels_take_little_longer_than_a_quarter(backend, picture, collins, log):
    spent = []
    for side in (480, 4000):
        pixels = picture(cv2.resize(collins, (side, side)))
        begun = time.process_time()
        (face,) = backend.detect(pixels, with_embedding=False, monitor=log)
        spent.append(time.process_time() - begun)
        assert np.abs(landmarks(face)[:2] / (side / 512) - COLLINS_EYES).max() < 4
    assert spent[1] < 3 * spent[0] + 2


def test_quality_falls_with_every_fault(backend, picture, hopper, log):
    def quality(pixels):
        (face,) = backend.detect(picture(pixels), with_embedding=False, monitor=log)
        return face.quality

    hopper = cv2.resize(hopper[100:400, 110:410], (225, 225), interpolation=cv2.INTER_AREA)
    good = quality(hopper)
    assert 0.7 < good <= 1
    shade = np.clip((np.arange(225) - 22) / 180, 0.1, 1)[None, :, None]
    faults = {
        "small": cv2.resize(hopper, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA),
        "blurred": cv2.GaussianBlur(hopper, (0, 0), 6),
        "dark": (hopper * 0.25).astype(np.uint8),
        "lit from a side": (hopper * shade).astype(np.uint8),
    }
    rated = {name: quality(pixels) for name, pixels in faults.items()}
    assert {name: rating for name, rating in rated.items() if rating > 0.75 * good} == {}


def test_threads_that_share_the_backend_do_not_disturb_each_other(backend, picture, small_collins, log):
    pictures = [picture(small_collins), picture(small_collins[:, ::-1])] * 2

    def find(pixels):
        return backend.detect(pixels, with_embedding=False, monitor=log)

    alone = [find(pixels) for pixels in pictures[:2]]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(find, pictures)) == alone * 2


def test_embeddings_are_refused_with_the_backend_that_has_them(backend, picture, collins, log):
    with pytest.raises(Unsupported, match="insightface"):
        backend.detect(picture(collins), with_embedding=True, monitor=log)


def test_detection_reports_each_pass_up_to_the_last(backend, picture, small_collins, log):
    backend.detect(picture(small_collins), with_embedding=False, monitor=log)
    assert {stage for stage, _, _ in log.reports} == {"detect"}
    steps = [step for _, step, _ in log.reports]
    assert steps == list(range(log.reports[0][2] + 1))


def test_work_before_loading_and_after_unloading_is_refused(picture, collins, log):
    backend = BlendBackend(default_spec("faceswap"))
    with pytest.raises(RuntimeError, match="load"):
        backend.detect(picture(collins), with_embedding=False, monitor=log)
    backend.load()
    backend.unload()
    with pytest.raises(RuntimeError, match="load"):
        backend.detect(picture(collins), with_embedding=False, monitor=log)
