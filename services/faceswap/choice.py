"""Which face of a picture is meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.common.picture import Box, Picture
from services.faceswap.backend import Face, FaceChoice, FaceSelector, NoFaceFound, NoSuchFace


def choose(faces: Sequence[Face], selector: FaceSelector, picture: Picture, role: str) -> int:
    """Pick the face that is meant.

    Args:
        faces: what was found, largest first.
        selector: which one is meant.
        picture: where they were found.
        role: what the caller calls the picture: "source" or "target".

    Returns:
        Its index in `faces`.

    Raises:
        NoFaceFound: there is none.
        NoSuchFace: the index is beyond them.
    """
    if not faces:
        raise NoFaceFound(
            f"the {role} picture ({picture.width}×{picture.height}) shows no face that can be found: what helps is a face seen from "
            "the front, at least 40 pixels wide, lit evenly and not covered; enlarge or enhance a small or dark picture first"
        )
    if selector.choice is FaceChoice.MOST_CENTRAL:
        return min(range(len(faces)), key=lambda index: _distance_from_middle(faces[index].box, picture))
    if selector.choice is FaceChoice.INDEX:
        if not 0 <= selector.index < len(faces):
            raise NoSuchFace(f"face {selector.index} of the {role} picture does not exist: it shows {len(faces)}, counted from 0")
        return selector.index
    return 0


def _distance_from_middle(box: Box, picture: Picture) -> float:
    return float(np.hypot(box.x + box.width / 2 - picture.width / 2, box.y + box.height / 2 - picture.height / 2))
