"""Wrong files, missing files and missing devices are told in words; nothing is downloaded and nothing printed."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from services.common import manifest
from services.common.backend import OutOfMemory, WeightFile, WeightSource
from services.common.picture import Picture
from services.faceswap.backend import FaceSelector
from services.faceswap.backends.insight import InsightFaceBackend
from tests.default_models import make
from tests.tiny import insightface as tiny

pytestmark = pytest.mark.filterwarnings(tiny.DEPRECATED)


def load(folder, *, device="cpu", **changes):
    backend = InsightFaceBackend(tiny.spec(**changes), folder, device)
    backend.load()
    return backend


def sources(*paths):
    return {"sources": (WeightSource(kind="manual", files=tuple(WeightFile(path=path) for path in paths)),)}


def classifier(size: int) -> onnx.ModelProto:
    """Any network that takes a square picture."""
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["mean"]), helper.make_node("Flatten", ["mean"], ["y"])]
    return tiny.network(nodes, {"x": (1, 3, size, size)}, {"y": (1, 3)}, {})


@pytest.mark.parametrize("path", [tiny.DETECTOR, tiny.RECOGNIZER, tiny.SWAPPER])
def test_a_missing_file_is_named(own_folder, path):
    (own_folder / path).unlink()
    with pytest.raises(FileNotFoundError, match=f"{path}.*download_models"):
        load(own_folder)


@pytest.mark.parametrize("path", [tiny.DETECTOR, tiny.RECOGNIZER, tiny.SWAPPER])
@pytest.mark.parametrize("damage", ["cut short", "no network at all"])
def test_a_damaged_file_is_named_with_what_to_do(own_folder, path, damage):
    file = own_folder / path
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage == "cut short" else b"<html>404</html>")
    with pytest.raises(ValueError, match=f"{path} cannot be read.*fetch it again"):
        load(own_folder)


def test_a_file_of_another_size_or_hash_than_the_manifests_is_not_loaded(own_folder):
    for stated in ({"size": 1}, {"sha256": "0" * 64}):
        files = (WeightFile(path=tiny.DETECTOR, **stated), WeightFile(path=tiny.RECOGNIZER), WeightFile(path=tiny.SWAPPER))
        with pytest.raises(ValueError, match=tiny.DETECTOR):
            load(own_folder, sources=(WeightSource(kind="manual", files=files),))


WRONG = {
    "a detector without landmarks": (tiny.DETECTOR, lambda: tiny.detector(landmarks=False), "is not a face detector with landmarks"),
    "a recognizer of other numbers": (tiny.RECOGNIZER, lambda: tiny.recognizer(size=128), "is not a face recognizer.*512.*shapes"),
    "a picture classifier": (tiny.RECOGNIZER, lambda: classifier(224), "is not a face recognizer"),
    "a network of unknown shape": (tiny.RECOGNIZER, lambda: classifier(100), "is no network of a face pack; a pack has.*detector.*swapper"),
    "a swapper without its map": (tiny.SWAPPER, lambda: tiny.swapper(emap=np.zeros((3, 3), np.float32)), "swapper.*512×512.*shapes"),
    "no initializer at all": (
        tiny.SWAPPER,
        lambda: tiny.network(
            [helper.make_node("Identity", ["target"], ["output"]), helper.make_node("Identity", ["source"], ["unused"])],
            {"target": (1, 3, 128, 128), "source": (1, 512)},
            {"output": (1, 3, 128, 128)},
            {},
        ),
        "cannot be read|is not a face swapper",
    ),
    "a second detector": (tiny.RECOGNIZER, tiny.detector, "both.*det_10g.*w600k_r50.*are a face detector.*name one"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_network_is_named_with_what_is_needed_in_its_place(own_folder, case):
    path, model, message = WRONG[case]
    onnx.save(model(), own_folder / path)
    with pytest.raises(ValueError, match=message) as caught:
        load(own_folder)
    assert path in str(caught.value)
    assert str(own_folder) not in str(caught.value)


@pytest.mark.parametrize(("left_out", "needed"), [(0, "face detector"), (1, "face recognizer"), (2, "face swapper")])
def test_an_entry_without_one_of_the_three_says_which(folder, left_out, needed):
    paths = [path for index, path in enumerate((tiny.DETECTOR, tiny.RECOGNIZER, tiny.SWAPPER)) if index != left_out]
    with pytest.raises(ValueError, match=f"no file of it is a {needed}"):
        load(folder, **sources(*paths))


def test_other_networks_of_a_published_pack_are_let_be(own_folder):
    onnx.save(tiny.landmarks(np.zeros(212)), own_folder / tiny.PACK / "2d106det.onnx")
    onnx.save(classifier(96), own_folder / tiny.PACK / "genderage.onnx")
    paths = (tiny.DETECTOR, f"{tiny.PACK}/2d106det.onnx", f"{tiny.PACK}/genderage.onnx", tiny.RECOGNIZER, tiny.SWAPPER)
    assert load(own_folder, **sources(*paths)).device == "cpu"


def test_a_file_that_the_manifest_does_not_name_is_never_opened(own_folder):
    (own_folder / tiny.PACK / "0.onnx").write_bytes(b"not of this pack")
    load(own_folder)


@pytest.mark.parametrize(
    ("defaults", "message"),
    [({"det_size": 100}, "multiple of 32"), ({"det_size": -32}, "multiple of 32"), ({"det_threshold": 1.0}, "between 0 and 1")],
)
def test_a_default_that_cannot_be_is_refused(folder, defaults, message):
    with pytest.raises(ValueError, match=message):
        load(folder, defaults=defaults)


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps", "tpu"])
def test_a_device_that_onnx_runtime_does_not_have_is_refused_with_those_it_has(folder, device):
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(ValueError, match=f"{device}.*has: cpu"):
        load(folder, device=device)


def test_no_device_named_is_the_best_there_is(folder):
    import onnxruntime

    best = "cuda:0" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"
    assert load(folder, device="").device == best


def test_a_full_device_is_told_as_such(own_folder):
    nodes = [
        helper.make_node("Expand", ["source", "much"], ["large"]),
        helper.make_node("ReduceMax", ["large"], ["most"], keepdims=0),
        helper.make_node("Add", ["target", "most"], ["output"]),
    ]
    constants = {"much": np.array([2**36, 512], np.int64), "emap": np.eye(512, dtype=np.float32)}
    shapes = {"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128)}
    onnx.save(tiny.network(nodes, *shapes, constants), own_folder / tiny.SWAPPER)
    with pytest.raises(OutOfMemory, match="no memory left"):
        load(own_folder)


def test_loading_again_after_unloading_works_as_before(folder):
    backend = load(folder)
    pixels = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(pixels, 4, 4, person=1)

    class Silent:
        def report(self, stage, step, total, preview=None):
            pass

    def swapped():
        one = Picture(pixels=pixels)
        return backend.swap(one, one, source_face=FaceSelector(), target_face=FaceSelector(), monitor=Silent()).pixels

    before = swapped()
    backend.unload()
    backend.load()
    assert (swapped() == before).all()


def test_the_projects_own_entry_is_read_from_where_it_says(tmp_path):
    """With tiny networks in the place of the published files."""
    (spec,) = (spec for spec in manifest.models("faceswap") if spec.name == "insightface")
    networks = {"det_10g.onnx": tiny.detector, "w600k_r50.onnx": tiny.recognizer, "inswapper_128.onnx": tiny.swapper}
    for weight in spec.weights:
        path = tmp_path / spec.name / weight.path
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(networks.pop(path.name)(), path)
    backend = make("faceswap", replace(spec, **sources(*(weight.path for weight in spec.weights))), device="cpu", weights_dir=tmp_path)
    backend.load()
    assert networks == {}
    assert (spec.licence, spec.commercial_use) == (tiny.LICENCE, False)


ALONE = """
    import sys
    from pathlib import Path

    touched = []
    sys.addaudithook(lambda event, arguments: touched.append(event) if event.startswith(("socket.", "urllib.", "http.")) else None)

    import numpy as np
    from services.common.picture import Picture
    from services.faceswap.backend import FaceSelector
    from services.faceswap.backends.insight import InsightFaceBackend
    from tests.tiny import insightface as tiny

    class Silent:
        def report(self, stage, step, total, preview=None):
            pass

    full, empty = Path(sys.argv[1]), Path(sys.argv[2])
    touched.clear()  # what libraries do at import is not ours
    try:
        InsightFaceBackend(tiny.spec(), empty, "cpu").load()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
    else:
        sys.exit("loaded from an empty folder")
    backend = InsightFaceBackend(tiny.spec(), full, "cpu")
    backend.load()
    pixels = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(pixels, 4, 4, person=1)
    one = Picture(pixels=pixels)
    backend.swap(one, one, source_face=FaceSelector(), target_face=FaceSelector(), monitor=Silent())
    sys.exit(f"touched the network: {touched}" if touched else 0)
"""


def test_a_process_of_its_own_opens_no_connection_prints_nothing_and_warns_of_nothing(folder, tmp_path):
    """Its home is empty, so that the library could only fetch what it does not find."""
    command = [sys.executable, "-W", "error::FutureWarning", "-c", textwrap.dedent(ALONE), str(folder), str(tmp_path)]
    root = Path(__file__).parents[3]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "download_models" in done.stderr
    assert list(tmp_path.iterdir()) == []
