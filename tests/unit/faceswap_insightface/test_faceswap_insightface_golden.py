"""Geometry, what the networks are fed and what is made of their answers: as in the reference outputs, see the README beside them.

The networks are formulas: sessions that note what they are fed and answer what the reference's answered. Around them are the
library's objects that the backend holds.
"""

import contextlib
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from insightface.app.common import Face
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.model_zoo.inswapper import INSwapper
from insightface.model_zoo.landmark import Landmark
from insightface.model_zoo.scrfd import SCRFD
from insightface.utils.face_align import estimate_norm, norm_crop

from services.common.picture import Picture
from services.faceswap.backend import FaceSelector
from services.faceswap.backends.insight import InsightFaceBackend
from services.faceswap.backends.insight.pack import Pack
from tests.golden import fill
from tests.tiny import insightface as tiny

pytestmark = pytest.mark.filterwarnings(tiny.DEPRECATED)

STRIDES = (8, 16, 32)


class Session:
    """Answers by a function of what it is fed, and notes that."""

    def __init__(self, inputs, outputs, answer):
        self._inputs = [SimpleNamespace(name=name, shape=shape, type="tensor(float)") for name, shape in inputs.items()]
        self._outputs = [SimpleNamespace(name=name, shape=shape) for name, shape in outputs.items()]
        self._answer = answer
        self.fed = []

    def get_inputs(self):
        return self._inputs

    def get_outputs(self):
        return self._outputs

    def run(self, names, feed):
        values = list(feed.values())
        self.fed.append(values)
        return self._answer(*values)


@pytest.fixture(scope="module")
def golden():
    with np.load(Path(__file__).parents[2] / "golden" / "insightface" / "pieces.npz") as arrays:
        return dict(arrays)


def formula_detector(answer):
    outputs = {f"{kind}{stride}": (None, width) for kind, width in (("sc", 1), ("bb", 4), ("kp", 10)) for stride in STRIDES}
    return SCRFD(session=Session({"input.1": (1, 3, "?", "?")}, outputs, answer))


@pytest.fixture
def detector():
    def answer(blob):
        rows = {stride: 2 * (blob.shape[2] // stride) * (blob.shape[3] // stride) for stride in STRIDES}
        scores = [fill.unit(f"input:if.sc{stride}.{blob.shape[2]}", (rows[stride], 1)) ** 6 for stride in STRIDES]
        boxes = [1 + 3 * fill.unit(f"input:if.bb{stride}.{blob.shape[2]}", (rows[stride], 4)) for stride in STRIDES]
        points = [2 * fill.symmetric(f"input:if.kp{stride}.{blob.shape[2]}", (rows[stride], 10)) for stride in STRIDES]
        return [values.astype(np.float32) for values in (*scores, *boxes, *points)]

    detector = formula_detector(answer)
    detector.prepare(0, input_size=(320, 320), det_thresh=0.5)
    return detector


@pytest.fixture
def recognizer(tmp_path):
    """Knows one embedding only."""
    file = tmp_path / "recognizer.onnx"
    onnx.save(tiny.recognizer(), file)
    embedding = (7 * fill.symmetric("input:if.emb", (1, 512))).astype(np.float32)
    session = Session({"input.1": ("None", 3, 112, 112)}, {"683": ("None", 512)}, lambda blob: [np.repeat(embedding, len(blob), axis=0)])
    return ArcFaceONNX(str(file), session)


@pytest.fixture
def swapper(tmp_path):
    file = tmp_path / "swapper.onnx"
    onnx.save(tiny.swapper(emap=fill.symmetric("input:if.emap", (512, 512)).astype(np.float32)), file)

    def answer(target, latent):
        return [np.clip(0.6 * target + 0.4 * (0.5 + 4 * latent[0, :3].reshape(1, 3, 1, 1)), 0, 1.2)]

    session = Session({"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128)}, answer)
    with contextlib.redirect_stdout(io.StringIO()):
        return INSwapper(str(file), session)


def assert_same_pixels(ours, reference):
    difference = np.abs(ours.astype(int) - reference)
    assert difference.mean() <= 0.15
    assert difference.max() <= 6


@pytest.mark.parametrize("side", [112, 128, 256, 512])
def test_faces_are_aligned_as_in_the_reference(golden, side):
    assert np.abs(estimate_norm(golden["kps"], side) - golden[f"M_{side}"]).max() < 1e-4


@pytest.mark.parametrize("side", [112, 128])
def test_aligned_faces_show_the_same_pixels(golden, side):
    assert_same_pixels(norm_crop(golden["img_bgr"], golden["kps"], side)[::2, ::2], golden[f"aligned{side}"])


def test_the_detector_is_fed_and_read_as_in_the_reference(golden, detector):
    boxes, points = detector.detect(golden["img_bgr"])
    ((blob,),) = detector.session.fed
    assert np.abs(blob[..., ::8, ::8] - golden["det_blob_s"]).max() <= 6 / 128
    assert np.abs(blob[..., ::8, ::8] - golden["det_blob_s"]).mean() <= 0.15 / 128
    assert boxes.shape == golden["det320"].shape
    assert np.abs(boxes - golden["det320"]).max() < 1e-3
    assert np.abs(points - golden["kps320"]).max() < 1e-3
    boxes, points = detector.detect(golden["img_bgr"], max_num=3)
    assert np.abs(boxes - golden["det320_max3"]).max() < 1e-3
    assert np.abs(points - golden["kps320_max3"]).max() < 1e-3


def test_the_backend_gives_the_references_detections_largest_first(golden, detector, recognizer, swapper, log):
    backend = InsightFaceBackend(tiny.spec(), Path(), "cpu")
    backend._prepare(Pack(detector=detector, recognizer=recognizer, swapper=swapper, device="cpu"))
    faces = backend.detect(Picture(pixels=np.ascontiguousarray(golden["img_bgr"][..., ::-1])), with_embedding=False, monitor=log)
    reference = golden["det320"].astype(float)
    areas = (reference[:, 2] - reference[:, 0]) * (reference[:, 3] - reference[:, 1])
    order = np.argsort(-areas, kind="stable")
    ours = np.array([(face.box.x, face.box.y, face.box.width, face.box.height, face.score) for face in faces])
    assert np.allclose(ours[:, 2] * ours[:, 3], areas[order], rtol=1e-4)
    assert np.allclose(np.sort(ours[:, 4]), np.sort(reference[:, 4]), atol=1e-6)


def test_dense_landmarks_are_those_of_the_reference(golden, tmp_path):
    values = 0.6 * fill.symmetric("input:if.lmk", (1, 212))
    file = tmp_path / "2d106det.onnx"
    onnx.save(tiny.landmarks(values), file)
    network = Landmark(str(file), Session({"data": (1, 3, 192, 192)}, {"fc1": (1, 212)}, lambda blob: [values.astype(np.float32)]))
    network.input_mean, network.input_std = 0.0, 1.0  # as of the published file, whose first nodes subtract and scale
    points = network.get(golden["img_bgr"], Face(bbox=np.array([150, 90, 240, 210], np.float32)))
    assert np.abs(points - golden["lmk106"]).max() < 1e-3
    ((blob,),) = network.session.fed
    assert_same_pixels(blob[..., ::6, ::6], golden["lmk_blob_s"])


def test_the_recognizer_is_fed_as_in_the_reference(golden, recognizer):
    recognizer.get(golden["img_bgr"], Face(kps=golden["kps"]))
    ((blob,),) = recognizer.session.fed
    assert_same_pixels(blob[..., ::4, ::4] * 127.5 + 127.5, golden["arc_blob_s"] * 127.5 + 127.5)


def test_the_swapper_is_fed_and_read_as_in_the_reference(golden, swapper):
    source = Face(embedding=(7 * fill.symmetric("input:if.emb", (512,))).astype(np.float32))
    fake, transform = swapper.get(golden["img_bgr"], Face(kps=golden["kps"]), source, paste_back=False)
    ((blob, latent),) = swapper.session.fed
    assert_same_pixels(blob[..., ::4, ::4] * 255, golden["sw_blob_s"] * 255)
    assert np.abs(latent - golden["sw_latent"]).max() < 1e-4
    assert np.abs(transform - golden["sw_M"]).max() < 1e-4
    assert_same_pixels(fake[::2, ::2], golden["sw_fake"])


def test_the_backend_pastes_the_face_back_as_in_the_reference(golden, recognizer, swapper, log):
    def one_face(blob):
        """The reference's landmarks, as the first cell's distances."""
        scale = blob.shape[3] / golden["img_bgr"].shape[1]
        answers = [
            np.zeros((2 * (blob.shape[2] // stride) * (blob.shape[3] // stride), width), np.float32)
            for width in (1, 4, 10)
            for stride in STRIDES
        ]
        answers[0][0] = 1
        answers[3][0] = np.array([-150, -90, 240, 210]) * scale / 8
        answers[6][0] = golden["kps"].ravel() * scale / 8
        return answers

    detector = formula_detector(one_face)
    detector.prepare(0, input_size=(640, 640), det_thresh=0.5)
    backend = InsightFaceBackend(tiny.spec(), Path(), "cpu")
    backend._prepare(Pack(detector=detector, recognizer=recognizer, swapper=swapper, device="cpu"))
    picture = Picture(pixels=np.ascontiguousarray(golden["img_bgr"][..., ::-1]))
    result = backend.swap(picture, picture, source_face=FaceSelector(), target_face=FaceSelector(), monitor=log)
    assert np.abs(np.array(result.target_face.landmarks) - golden["kps"]).max() < 1e-3
    pasted = result.pixels[..., ::-1]
    assert_same_pixels(pasted[30:250:2, 80:310:2], golden["sw_pasted"])
    outside = np.ones(pasted.shape[:2], bool)
    outside[30:250, 80:310] = False
    assert (pasted[outside] == golden["img_bgr"][outside]).all()
    assert result.similarity == pytest.approx(1)  # this recognizer knows one face only
    assert np.abs(result.transform - np.eye(2, 3)).max() < 1e-6
