"""The `insightface` backend finds faces, tells who they are, and says what it cannot do."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from services.common.backend import Cancelled, Unsupported
from services.faceswap.backend import FaceSelector, NoFaceFound, RetargetOptions
from services.faceswap.backends.insight import InsightFaceBackend
from services.faceswap.backends.insight.backend import EMBED_BATCH
from tests.tiny import insightface as tiny

pytestmark = pytest.mark.filterwarnings(tiny.DEPRECATED)


def test_faces_of_all_sizes_come_largest_first_with_box_landmarks_and_score(backend, picture, group, log):
    faces = backend.detect(picture(group), with_embedding=False, monitor=log)
    boxes = [(face.box.x, face.box.y, face.box.width, face.box.height) for face in faces]
    assert boxes == [(192, 192, 96, 96), (112, 96, 48, 48), (272, 24, 24, 24)]
    assert all(0.5 < face.score <= 1 and 0 <= face.quality <= 1 and face.embedding is None for face in faces)
    left_eye, right_eye, nose, mouth_left, mouth_right = faces[0].landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert mouth_left[0] < mouth_right[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < mouth_left[1]


def test_a_picture_without_faces_gives_an_empty_list_with_embeddings_too(backend, picture, log):
    assert backend.detect(picture(np.full((200, 320, 3), 90, np.uint8)), with_embedding=True, monitor=log) == []


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 3), (1, 1)])
def test_a_strip_of_any_length_is_searched_without_failing(backend, picture, log, shape):
    assert backend.detect(picture(np.full((*shape, 3), 90, np.uint8)), with_embedding=False, monitor=log) == []


def test_an_embedding_has_512_numbers_of_unit_length_and_stays_the_same_for_the_same_face(backend, picture, portrait, log):
    moved = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(moved, 6, 5, person=1)
    first, second = (backend.detect(picture(pixels), with_embedding=True, monitor=log)[0].embedding for pixels in (portrait, moved))
    assert first.shape == (512,)
    assert first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-6)
    assert first @ second > 0.999


def test_a_crowd_is_embedded_in_bounded_batches_as_each_face_is_alone(backend, picture, log):
    crowd = np.full((320, 320, 3), 110, np.uint8)
    places = [(column, row) for row in range(3, 40, 6) for column in range(3, 38, 6)]
    for person, (column, row) in enumerate(places):
        tiny.draw_face(crowd, column, row, person, stride=8)
    faces = backend.detect(picture(crowd), with_embedding=True, monitor=log)
    assert len(faces) == len(places) > 2 * EMBED_BATCH
    steps = [(step, total) for stage, step, total in log.reports if stage == "embed"]
    assert steps == [*((step, len(faces)) for step in range(0, len(faces), EMBED_BATCH)), (len(faces), len(faces))]
    embeddings = np.array([face.embedding for face in faces])
    likeness = embeddings @ embeddings.T
    assert np.allclose(np.diag(likeness), 1, atol=1e-5)
    assert (likeness - np.eye(len(faces))).max() < 0.99


def test_a_recognizer_of_one_face_a_run_gives_the_same_embeddings(make, own_folder, picture, group, log):
    import onnx

    onnx.save(tiny.recognizer(batch=1), own_folder / tiny.RECOGNIZER)
    single = InsightFaceBackend(tiny.spec(), own_folder, "cpu")
    single.load()
    alone, together = (backend.detect(picture(group), with_embedding=True, monitor=log) for backend in (single, make()))
    assert np.allclose([face.embedding for face in alone], [face.embedding for face in together], atol=1e-5)


def test_without_a_size_small_faces_and_one_that_fills_the_picture_are_found(make, picture, log):
    searching = make(defaults={})
    small = np.full((640, 640, 3), 128, np.uint8)
    tiny.draw_face(small, 60, 60, person=1, stride=8)
    large = np.full((128, 128, 3), 128, np.uint8)
    tiny.draw_face(large, 1, 1, person=1, stride=32)
    large = cv2.resize(large, (1280, 1280), interpolation=cv2.INTER_NEAREST)
    widths = [searching.detect(picture(pixels), with_embedding=False, monitor=log)[0].box.width for pixels in (small, large)]
    assert widths == [24, 960]


def test_a_threshold_of_the_manifest_decides_what_is_a_face(make, picture, portrait, log):
    (face,) = make(defaults={"det_size": 320, "det_threshold": 0.9}).detect(picture(portrait), with_embedding=False, monitor=log)
    strict = make(defaults={"det_size": 320, "det_threshold": (1 + face.score) / 2})
    assert strict.detect(picture(portrait), with_embedding=False, monitor=log) == []


def test_quality_tells_a_large_face_from_a_small_one_and_light_from_dark(backend, picture, group, portrait, log):
    large, middle, small = (face.quality for face in backend.detect(picture(group), with_embedding=False, monitor=log))
    assert large > middle > small > 0
    dark = (portrait * 0.5).astype(np.uint8)
    dark[128:160, 128:160] = (255, 0, 0)  # the detector goes by this color
    (bright_face,), (dark_face,) = (backend.detect(picture(pixels), with_embedding=False, monitor=log) for pixels in (portrait, dark))
    assert dark_face.quality < bright_face.quality


def test_the_same_person_is_alike_and_another_is_less(backend, picture, portrait, group, log):
    same = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(same, 5, 6, person=1)
    alike = backend.compare(picture(portrait), picture(same), monitor=log)
    other = backend.compare(picture(portrait), picture(group), monitor=log)
    assert alike.similarity > 0.999 > other.similarity + 0.2
    assert (other.face_a.box.x, other.face_b.box.x) == (96, 192)
    embeddings = [backend.detect(picture(pixels), with_embedding=True, monitor=log)[0].embedding for pixels in (portrait, group)]
    assert other.similarity == pytest.approx(float(embeddings[0] @ embeddings[1]), abs=1e-6)


@pytest.mark.parametrize(("place", "role"), [(0, "first"), (1, "second")])
def test_comparing_with_a_picture_without_a_face_names_that_picture(backend, picture, portrait, log, place, role):
    pictures = [picture(portrait), picture(portrait)]
    pictures[place] = picture(np.full((100, 200, 3), 90, np.uint8))
    with pytest.raises(NoFaceFound, match=f"the {role} picture .200×100. shows no face.*front"):
        backend.compare(*pictures, monitor=log)


def test_posing_is_refused_with_the_backend_that_can(backend, picture, portrait, log):
    with pytest.raises(Unsupported, match="liveportrait"):
        backend.retarget(picture(portrait), RetargetOptions(values={"smile": 1}), face=FaceSelector(), monitor=log)


@pytest.mark.parametrize("last_stage", ["detect_first", "embed_first", "detect_second", "embed_second"])
def test_a_caller_who_leaves_ends_a_comparison_at_any_stage(backend, picture, portrait, last_stage):
    stages = []

    class Leaving:
        def report(self, stage, step, total, preview=None):
            stages.append(stage)
            if stage == last_stage:
                raise Cancelled

    with pytest.raises(Cancelled):
        backend.compare(picture(portrait), picture(portrait), monitor=Leaving())
    assert stages.count(last_stage) == 1


def test_threads_that_share_the_backend_do_not_disturb_each_other(make, picture, portrait, group, log):
    shared = make(defaults={})
    pictures = [picture(pixels) for pixels in (portrait, group, portrait[:, ::-1], np.vstack([group, portrait]))] * 3

    def find(one):
        return [face.embedding.tolist() for face in shared.detect(one, with_embedding=True, monitor=log)]

    with ThreadPoolExecutor(4) as threads:  # first, when nothing is cached yet
        together = list(threads.map(find, pictures))
    assert together == [find(one) for one in pictures]


def test_the_callers_pixels_are_never_changed(backend, picture, portrait, group, log):
    before = portrait.copy(), group.copy()
    backend.swap(picture(portrait), picture(group), source_face=FaceSelector(), target_face=FaceSelector(), monitor=log)
    assert (portrait == before[0]).all()
    assert (group == before[1]).all()


def test_work_before_loading_and_after_unloading_is_refused(folder, picture, portrait, log):
    backend = InsightFaceBackend(tiny.spec(), folder, "cpu")
    with pytest.raises(RuntimeError, match="load"):
        backend.detect(picture(portrait), with_embedding=False, monitor=log)
    backend.load()
    assert backend.device == "cpu"
    backend.unload()
    with pytest.raises(RuntimeError, match="load"):
        backend.detect(picture(portrait), with_embedding=False, monitor=log)
