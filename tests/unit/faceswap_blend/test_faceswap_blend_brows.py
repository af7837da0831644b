"""Eyebrows are told from skin and hair, and painted over only where they would be seen beside other ones."""

import cv2
import numpy as np
import pytest

from services.faceswap.backends.blend.brows import find_brows, without_doubled_brows
from services.faceswap.backends.blend.landmarks import Landmarks

SKIN = np.array([222, 180, 156])
EYES = np.array([(60.0, 80.0), (100.0, 80.0)])
LANDMARKS = Landmarks(points=np.vstack([EYES, [(80, 104), (66, 122), (94, 122)]]), eyes_measured=True, mouth_measured=True)


def face(*, brow_height: int | None, hair_to: int = 30, brow_color: tuple[int, int, int] = (60, 40, 30)) -> np.ndarray:
    """Skin lit from the left with eyes, hair down to a row, and brows so many pixels above the eyes."""
    light = np.linspace(1.05, 0.85, 160)[None, :, None]
    pixels = np.clip(np.broadcast_to(SKIN, (160, 160, 3)) * light, 0, 255).astype(np.uint8)
    pixels[:hair_to] = (50, 35, 25)
    for x, y in EYES.astype(int):
        cv2.ellipse(pixels, (int(x), int(y)), (8, 3), 0, 0, 360, (40, 30, 30), -1)
        if brow_height is not None:
            cv2.line(pixels, (int(x) - 10, int(y) - brow_height), (int(x) + 10, int(y) - brow_height), brow_color, 3)
    return pixels


@pytest.mark.parametrize("color", [(60, 40, 30), (205, 202, 198)], ids=["dark", "white"])
def test_brows_are_found_by_their_color(color):
    rows, columns = np.nonzero(find_brows(face(brow_height=16, brow_color=color), LANDMARKS))
    assert abs(rows.mean() - 64) < 1
    assert (columns.min(), columns.max()) == pytest.approx((50, 110), abs=3)


def test_a_face_without_brows_shows_none_though_it_is_lit_from_a_side():
    assert not find_brows(face(brow_height=None), LANDMARKS).any()


def test_a_fringe_is_not_taken_for_brows():
    assert not find_brows(face(brow_height=None, hair_to=62), LANDMARKS).any()


def test_brows_that_would_be_doubled_turn_into_skin():
    target = face(brow_height=16)
    painted = without_doubled_brows(target, LANDMARKS, face(brow_height=9), LANDMARKS)
    bare = face(brow_height=None)
    assert np.abs(painted.astype(int) - bare).max() < 12
    assert (painted[75:] == target[75:]).all()
    assert (painted[:50] == target[:50]).all()


def test_brows_in_the_same_place_as_the_new_ones_stay():
    target = face(brow_height=16)
    assert (without_doubled_brows(target, LANDMARKS, face(brow_height=17), LANDMARKS) == target).all()
