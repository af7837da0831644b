"""The `insightface` backend puts one face onto another: the right ones, in place, and says how like its source the result is."""

import tracemalloc

import numpy as np
import pytest

from services.common.backend import Cancelled
from services.common.picture import Picture
from services.faceswap.backend import FaceChoice, FaceSelector, NoFaceFound, NoSuchFace
from services.faceswap.backends.insight.paste import WHOLE_PIXELS
from tests.tiny import insightface as tiny

pytestmark = pytest.mark.filterwarnings(tiny.DEPRECATED)

LARGEST = FaceSelector()


@pytest.fixture
def swap(backend, picture, log):
    def swap(source, target, source_face=LARGEST, target_face=LARGEST, monitor=log, backend=backend):
        return backend.swap(picture(source), picture(target), source_face=source_face, target_face=target_face, monitor=monitor)

    return swap


def identity(backend, picture, log, pixels, index=0):
    return backend.detect(picture(pixels), with_embedding=True, monitor=log)[index].embedding


def test_the_result_is_like_its_source_and_says_how_much(backend, picture, log, swap, portrait, group):
    result = swap(portrait, group)
    before = float(identity(backend, picture, log, portrait) @ identity(backend, picture, log, group))
    assert result.similarity > 0.9 > before + 0.2
    assert -1 <= result.similarity <= 1


def test_pixels_away_from_the_face_stay_exactly_as_they_were(swap, portrait, group):
    result = swap(portrait, group)
    changed = np.argwhere((result.pixels != group).any(axis=2))
    assert result.pixels.shape == group.shape
    assert result.pixels.dtype == np.uint8
    assert len(changed) > 96 * 96 / 2
    assert (changed.min(axis=0) > 160).all()  # the others' faces lie before
    assert (changed.max(axis=0) < 320).all()


def test_the_transform_brings_the_source_landmarks_onto_the_targets(swap, portrait, group):
    result = swap(portrait, group, target_face=FaceSelector(choice=FaceChoice.INDEX, index=1))
    mapped = np.array(result.source_face.landmarks) @ result.transform[:, :2].T + result.transform[:, 2]
    assert np.abs(mapped - np.array(result.target_face.landmarks)).max() < 0.01
    assert result.transform.dtype == np.float64
    assert np.linalg.det(result.transform[:, :2]) == pytest.approx(0.25, abs=1e-3)  # half as large on each side


@pytest.mark.parametrize(
    ("selector", "left"),
    [
        (LARGEST, 192),
        (FaceSelector(choice=FaceChoice.MOST_CENTRAL), 112),
        (FaceSelector(choice=FaceChoice.INDEX, index=2), 272),
    ],
    ids=["largest", "most central", "by index"],
)
def test_the_chosen_face_is_replaced_and_the_chosen_face_is_taken(backend, picture, log, swap, portrait, group, selector, left):
    replaced = swap(portrait, group, target_face=selector)
    assert replaced.target_face.box.x == left
    assert replaced.source_face.box.x == 96
    changed = np.argwhere((replaced.pixels != group).any(axis=2))[:, 1]
    width = replaced.target_face.box.width
    assert left - width < changed.min() < changed.max() < left + 2 * width

    taken = swap(group, portrait, source_face=selector)
    assert taken.source_face.box.x == left
    faces = backend.detect(picture(group), with_embedding=True, monitor=log)
    index = [face.box.x for face in faces].index(left)
    at_the_place = backend._features(taken.pixels[..., ::-1].copy(), [taken.target_face], "embed", log)[0]
    likeness = [float(face.embedding @ at_the_place / np.linalg.norm(at_the_place)) for face in faces]
    assert int(np.argmax(likeness)) == index
    assert taken.similarity == pytest.approx(likeness[index], abs=1e-5)


def test_an_index_beyond_the_faces_says_how_many_there_are(swap, portrait, group):
    with pytest.raises(NoSuchFace, match="face 3 of the source picture does not exist: it shows 3"):
        swap(group, portrait, source_face=FaceSelector(choice=FaceChoice.INDEX, index=3))


@pytest.mark.parametrize("role", ["source", "target"])
def test_a_picture_without_a_face_is_named_with_what_would_help(swap, portrait, role):
    pictures = {"source": portrait, "target": portrait} | {role: np.full((200, 300, 3), 128, np.uint8)}
    with pytest.raises(NoFaceFound, match=f"the {role} picture .300×200. shows no face.*front"):
        swap(**pictures)


def test_a_face_of_a_few_pixels_is_refused_with_what_would_help(swap, portrait):
    # The search enlarges to 320 pixels; in the picture itself the eyes are under three pixels apart.
    enlarged = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(enlarged, 4, 4, person=2)
    with pytest.raises(NoFaceFound, match=r"too small.*enlarge"):
        swap(portrait, enlarged[8::16, 8::16])


@pytest.mark.parametrize("cell", [(0, 0), (9, 0), (0, 9), (9, 9)])
def test_a_face_that_reaches_over_the_edge_is_swapped_too(backend, picture, log, swap, portrait, cell):
    target = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(target, *cell, person=2)
    result = swap(portrait, target)
    before = float(identity(backend, picture, log, portrait) @ identity(backend, picture, log, target))
    assert result.similarity > before  # by little: what lies beyond the picture stays black


def test_a_gray_target_stays_gray(backend, portrait, log):
    target = Picture(pixels=portrait, was_grey=True)
    result = backend.swap(Picture(pixels=portrait), target, source_face=LARGEST, target_face=LARGEST, monitor=log)
    changed = result.pixels[(result.pixels != portrait).any(axis=2)]
    assert np.ptp(changed.astype(int), axis=-1).max() == 0


def test_the_seam_is_measured(swap, portrait, group):
    bright = np.clip(group * 1.6, 0, 255).astype(np.uint8)
    bright[224:256, 224:256] = (255, 0, 0)  # the detector goes by this color
    assert 0 < swap(portrait, group).seam_error < swap(portrait, bright).seam_error < 100


def test_a_swap_reports_every_stage(swap, log, portrait, group):
    swap(portrait, group)
    assert list(dict.fromkeys(stage for stage, _, _ in log.reports)) == ["detect_source", "embed", "detect_target", "swap", "compare"]
    ends = {stage: (step, total) for stage, step, total in log.reports}
    assert all(step == total for step, total in ends.values())


@pytest.mark.parametrize("last_stage", ["detect_source", "embed", "detect_target", "swap", "compare"])
def test_a_caller_who_leaves_ends_the_work_at_any_stage(swap, portrait, last_stage):
    stages = []

    class Leaving:
        def report(self, stage, step, total, preview=None):
            stages.append(stage)
            if stage == last_stage:
                raise Cancelled

    with pytest.raises(Cancelled):
        swap(portrait, portrait, monitor=Leaving())
    assert stages.count(last_stage) == 1


def test_a_huge_picture_is_pasted_into_around_the_face_only(make, swap, portrait):
    """As the library does it over the whole picture, in a fraction of its memory."""
    import cv2
    from insightface.app.common import Face

    searching = make(defaults={"det_size": 640})
    enlarged = np.full((480, 640, 3), 120, np.uint8)
    tiny.draw_face(enlarged, 12, 9, person=2)
    target = cv2.resize(enlarged, (2400, 1800), interpolation=cv2.INTER_NEAREST)
    assert target.shape[0] * target.shape[1] > WHOLE_PIXELS
    tracemalloc.start()
    result = swap(portrait, target, backend=searching)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 7 * target.nbytes

    ours, theirs = (np.array(face.landmarks, np.float32) for face in (result.source_face, result.target_face))
    pack = searching._pack
    source = Face(kps=ours)
    pack.recognizer.get(portrait[..., ::-1].copy(), source)
    tracemalloc.start()
    whole = pack.swapper.get(target[..., ::-1].copy(), Face(kps=theirs), source, paste_back=True)[..., ::-1]
    library_peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert library_peak > 2 * peak
    difference = np.abs(result.pixels.astype(int) - whole)
    assert difference.max() <= 6
    assert difference.mean() <= 0.15
