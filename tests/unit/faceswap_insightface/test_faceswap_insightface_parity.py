"""What the backend gives is what the library's own pipeline gives on the same files, number by number."""

import contextlib
import io

import numpy as np
import pytest
from insightface.app import FaceAnalysis
from insightface.model_zoo import get_model

from services.faceswap.backend import FaceSelector
from tests.tiny import insightface as tiny

pytestmark = pytest.mark.filterwarnings(tiny.DEPRECATED)


@pytest.fixture(params=[0, 320], ids=["128 and 640", "320"])
def size(request):
    """Of the search; 0 for both of the library's."""
    return request.param


@pytest.fixture
def library(folder, size):
    """The library's own analysis of a folder."""
    analysis = FaceAnalysis(name=str(folder / tiny.PACK), providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=0, det_size=(size, size))
    return analysis


@pytest.fixture
def ours(make, size):
    return make(defaults={"det_size": size})


@pytest.fixture
def pictures(size, portrait, group):
    """One face; three; and two in a picture that fits no grid. Each as large as it is searched."""
    side = size or 640
    whole = [np.full((side, side, 3), 128, np.uint8) for _ in range(3)]
    whole[0][:320, :320] = portrait
    whole[1][:320, :320] = group
    tiny.draw_face(whole[2], 4, 4, person=5)
    tiny.draw_face(whole[2], 15, 3, person=6, stride=16)
    return [*whole[:2], np.ascontiguousarray(whole[2][3:-9, 5:-11])]


def test_boxes_landmarks_scores_and_embeddings_are_the_librarys(library, ours, picture, log, pictures):
    found = []
    for pixels in pictures:
        theirs = {tuple(face.bbox): face for face in library.get(np.ascontiguousarray(pixels[..., ::-1]))}
        faces = ours.detect(picture(pixels), with_embedding=True, monitor=log)
        assert len(faces) == len(theirs)
        found.append(len(faces))
        for face in faces:
            box = face.box
            same = theirs[tuple(np.array((box.x, box.y, box.x + box.width, box.y + box.height), np.float32))]
            assert face.score == same.det_score
            assert (np.array(face.landmarks, np.float32) == same.kps).all()
            if len(faces) == 1:
                assert (face.embedding == same.normed_embedding).all()
            else:  # one run for all adds in another order than a run for each
                assert np.abs(face.embedding - same.normed_embedding).max() < 1e-6
    assert found == [1, 3, 2]


def test_swapped_pixels_are_the_librarys(folder, library, ours, picture, log, pictures):
    portrait, group, _ = pictures
    with contextlib.redirect_stdout(io.StringIO()):
        swapper = get_model(str(folder / tiny.SWAPPER), providers=["CPUExecutionProvider"])
    source, target = (np.ascontiguousarray(pixels[..., ::-1]) for pixels in (portrait, group))

    def largest(pixels):
        return max(library.get(pixels), key=lambda face: (face.bbox[2] - face.bbox[0]) * (face.bbox[3] - face.bbox[1]))

    expected = swapper.get(target, largest(target), largest(source), paste_back=True)
    result = ours.swap(picture(portrait), picture(group), source_face=FaceSelector(), target_face=FaceSelector(), monitor=log)
    assert (result.pixels == expected[..., ::-1]).all()
    assert (expected != target).any()
    at_the_place = library.models["recognition"].get(expected, largest(target))
    similarity = library.models["recognition"].compute_sim(at_the_place, largest(source).embedding)
    assert result.similarity == pytest.approx(float(similarity), abs=1e-6)


def test_likeness_is_the_librarys(library, ours, picture, log, pictures):
    portrait = pictures[0]
    features = [library.get(np.ascontiguousarray(pixels[..., ::-1]))[0].embedding for pixels in (portrait, portrait[:, ::-1])]
    expected = library.models["recognition"].compute_sim(*features)
    compared = ours.compare(picture(portrait), picture(portrait[:, ::-1]), monitor=log)
    assert compared.similarity == pytest.approx(float(expected), abs=1e-6)
    assert compared.similarity < 0.99
