"""The `blend` backend puts one face onto another: in place, in the target's light, without a seam, and nothing else changed."""

import cv2
import numpy as np
import pytest

from services.common.backend import Cancelled, Unsupported
from services.faceswap.backend import FaceChoice, FaceSelector, NoFaceFound, NoSuchFace, RetargetOptions
from services.faceswap.backends.blend.color import to_lab
from services.faceswap.backends.blend.seam import blend
from services.faceswap.seam import measure_seam
from tests.default_models import default_spec, make

LARGEST = FaceSelector()


@pytest.fixture
def swap(backend, picture, log):
    def swap(source, target, source_face=LARGEST, target_face=LARGEST, monitor=log):
        return backend.swap(picture(source), picture(target), source_face=source_face, target_face=target_face, monitor=monitor)

    return swap


def skin(pixels, face):
    """Median CIELAB colour of the face between brows and chin."""
    box = face.box
    rows, columns = (slice(int(start + 0.3 * side), int(start + 0.9 * side)) for start, side in ((box.y, box.height), (box.x, box.width)))
    return np.median(to_lab(pixels[rows, columns]).reshape(-1, 3), axis=0)


def slope(pixels, face):
    """Light right of the nose over light left of it."""
    x, y = np.round(face.landmarks[2]).astype(int)
    return pixels[y - 10 : y + 10, x + 10 : x + 25].mean() / pixels[y - 10 : y + 10, x - 25 : x - 10].mean()


def test_pixels_away_from_the_face_stay_exactly_as_they_were(swapped, small_collins):
    changed = np.argwhere((swapped.pixels != small_collins).any(axis=2))
    box = swapped.target_face.box
    assert swapped.pixels.shape == small_collins.shape
    assert swapped.pixels.dtype == np.uint8
    assert len(changed) > 0.25 * box.width**2
    assert changed[:, 0].min() > box.y - 0.1 * box.height
    assert changed[:, 0].max() < box.y + 1.25 * box.height
    assert changed[:, 1].min() > box.x - 0.1 * box.width
    assert changed[:, 1].max() < box.x + 1.1 * box.width


def test_the_transform_brings_the_source_eyes_onto_the_target_eyes(swapped):
    eyes = np.array(swapped.source_face.landmarks[:2]) @ swapped.transform[:, :2].T + swapped.transform[:, 2]
    assert np.abs(eyes - np.array(swapped.target_face.landmarks[:2])).max() < 3
    assert swapped.transform.dtype == np.float64
    assert swapped.similarity is None


def test_the_face_is_the_sources_not_the_targets(swapped, small_hopper, small_collins):
    aligned = cv2.warpAffine(small_hopper, swapped.transform, (210, 210))
    x, y = np.round(np.mean(swapped.target_face.landmarks, axis=0)).astype(int)
    inside = np.s_[y - 25 : y + 25, x - 20 : x + 20]

    def likeness(other):
        return np.corrcoef(swapped.pixels[inside].mean(axis=2).ravel(), other[inside].mean(axis=2).ravel())[0, 1]

    assert likeness(aligned) > 0.85
    assert likeness(small_collins) < 0.6


@pytest.mark.parametrize(
    "light", [np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.8, 0.5]), np.array([0.3, 0.3, 0.3])], ids=["plain", "evening", "dark"]
)
def test_the_face_takes_on_the_targets_color_and_light(swap, small_hopper, small_collins, light):
    target = (small_collins * light).astype(np.uint8)
    result = swap(small_hopper, target)
    assert np.linalg.norm(skin(result.pixels, result.target_face) - skin(target, result.target_face)) < 6


def test_the_face_takes_on_light_from_a_side(swap, swapped, small_hopper, small_collins):
    light = np.clip((np.arange(210) + 5) / 200, 0.3, 1)
    sided = swap(small_hopper, (small_collins * light[None, :, None]).astype(np.uint8))
    assert slope(sided.pixels, sided.target_face) > 1.12 * slope(swapped.pixels, swapped.target_face)


def test_a_grey_target_stays_grey(swap, small_hopper, small_collins):
    grey = np.dstack([cv2.cvtColor(small_collins, cv2.COLOR_RGB2GRAY)] * 3)
    result = swap(small_hopper, grey)
    assert np.ptp(result.pixels.astype(int), axis=2).max() <= 4


def test_a_face_swapped_onto_itself_stays_itself(swap, small_collins):
    result = swap(small_collins, small_collins)
    assert np.abs(result.pixels.astype(int) - small_collins).max() <= 6
    assert result.seam_error < 1  # the one grey level that OpenCV's cloning may cut off


def test_hair_over_the_forehead_stays_and_a_bare_forehead_is_replaced(swap, small_hopper):
    fringed = small_hopper.copy()
    fringed[15:26, 30:120] = (40, 30, 25)
    forehead = np.s_[15:23, 60:90]
    assert (swap(small_hopper, fringed).pixels[forehead] == fringed[forehead]).all()
    darker = (small_hopper * 0.8).astype(np.uint8)
    assert (swap(small_hopper, darker).pixels[forehead] != darker[forehead]).any()


def test_the_seam_shows_less_than_that_of_a_pasted_face(swapped, small_hopper, small_collins):
    pasted, mask = small_collins.copy(), (swapped.pixels != small_collins).any(axis=2).astype(np.uint8) * 255
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    pasted[mask > 0] = cv2.warpAffine(small_hopper, swapped.transform, (210, 210))[mask > 0]
    assert swapped.seam_error < 5
    assert measure_seam(pasted, small_collins, mask, reach=2.2) > 2 * swapped.seam_error
    assert measure_seam(small_collins, small_collins, mask, reach=2.2) == 0


def test_a_colored_edge_does_not_bleed_into_the_face():
    target = np.full((120, 120, 3), (20, 60, 200), dtype=np.uint8)
    face = np.full((120, 120, 3), (205, 160, 140), dtype=np.uint8)
    mask = np.zeros((120, 120), dtype=np.uint8)
    cv2.circle(mask, (60, 60), 40, 255, -1)
    joined = blend(face, target, mask, feather=5)
    assert np.abs(joined[45:75, 45:75].astype(int) - (205, 160, 140)).max() < 8
    assert (joined[mask == 0] == target[mask == 0]).all()


@pytest.mark.parametrize("crop", [np.s_[:172], np.s_[66:], np.s_[:, 57:], np.s_[:, :143]], ids=["bottom", "top", "left", "right"])
def test_a_face_at_the_edge_of_the_picture_is_swapped_too(swap, small_hopper, small_collins, crop):
    result = swap(small_hopper, small_collins[crop])
    assert result.pixels.shape == small_collins[crop].shape
    assert (result.pixels != small_collins[crop]).any()


def test_a_face_partly_outside_the_source_leaves_no_smear(swap, small_hopper, small_collins):
    result = swap(small_collins[:160], small_hopper)
    chin = np.s_[112:, :]
    assert (result.pixels[chin] == small_hopper[chin]).all()


def test_the_chosen_face_is_the_one_replaced(swap, small_hopper, small_collins):
    both = np.full((210, 360, 3), 128, dtype=np.uint8)
    both[:150, :150] = small_hopper
    both[:, 150:] = small_collins

    def replaced(selector):
        result = swap(small_collins, both, target_face=selector)
        changed = np.argwhere((result.pixels != both).any(axis=2))
        assert np.ptp(changed[:, 1]) < 130
        return "Hopper" if changed[:, 1].mean() < 150 else "Collins"

    assert replaced(FaceSelector(choice=FaceChoice.MOST_CENTRAL)) == "Collins"
    assert replaced(FaceSelector(choice=FaceChoice.LARGEST)) == "Hopper"
    assert replaced(FaceSelector(choice=FaceChoice.INDEX, index=1)) == "Collins"


def test_an_index_beyond_the_faces_says_how_many_there_are(swap, small_collins):
    with pytest.raises(NoSuchFace, match="face 3 of the target picture does not exist: it shows 1"):
        swap(small_collins, small_collins, target_face=FaceSelector(choice=FaceChoice.INDEX, index=3))


@pytest.mark.parametrize("role", ["source", "target"])
def test_a_picture_without_a_face_is_named_with_what_would_help(swap, small_collins, role):
    empty = np.full((200, 300, 3), 128, dtype=np.uint8)
    pictures = {"source": small_collins, "target": small_collins} | {role: empty}
    with pytest.raises(NoFaceFound, match=f"the {role} picture .300×200. shows no face.*front"):
        swap(**pictures)


@pytest.mark.parametrize("last_stage", ["detect_source", "detect_target", "align", "match_color", "blend"])
def test_a_caller_who_leaves_ends_the_work_at_any_stage(swap, small_collins, last_stage):
    stages = []

    class Leaving:
        def report(self, stage, step, total, preview=None):
            stages.append(stage)
            if stage == last_stage:
                raise Cancelled

    with pytest.raises(Cancelled):
        swap(small_collins, small_collins, monitor=Leaving())
    assert stages.count(last_stage) == 1


def test_posing_and_comparing_are_refused_with_the_backends_that_can(backend, picture, small_collins, log):
    with pytest.raises(Unsupported, match="liveportrait"):
        backend.retarget(picture(small_collins), RetargetOptions(values={"smile": 0.5}), face=LARGEST, monitor=log)
    with pytest.raises(Unsupported, match="insightface"):
        backend.compare(picture(small_collins), picture(small_collins), monitor=log)


def test_an_unknown_backend_is_named():
    import dataclasses

    with pytest.raises(ValueError, match="mystery"):
        make("faceswap", dataclasses.replace(default_spec("faceswap"), backend="mystery"))
