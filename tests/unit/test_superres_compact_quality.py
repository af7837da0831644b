"""`compact` is better than bicubic on pictures that it was not trained on."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime
import pytest

from services.superres.backend import SuperResBackend
from services.superres.backends.compact.backend import DIRECTORY
from tests.default_models import make

SIDE = 320  # of the middle of each picture that is measured; the benchmark measures all of it


@pytest.fixture(scope="module")
def quality() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        return importlib.import_module("superres_quality")


@pytest.fixture(scope="module")
def backend() -> SuperResBackend:
    backend = make("superres")
    backend.load()
    return backend


@pytest.mark.parametrize("scale", [2, 4])
def test_compact_beats_bicubic_by_half_a_decibel(quality: ModuleType, backend: SuperResBackend, scale: int) -> None:
    rows = list(quality.table(backend, scales=[scale], side=SIDE))
    assert {row.picture for row in rows} == set(quality.HELD_OUT)
    for recipe in ("phone", "cctv"):
        chosen = [row for row in rows if row.recipe == recipe]
        assert np.mean([row.gain for row in chosen]) > 0.5, recipe
        assert np.mean([row.compact_ssim - row.bicubic_ssim for row in chosen]) > 0.005, recipe
    assert np.mean([row.gain for row in rows if row.recipe == "clean"]) > 0  # a good picture is not harmed


def test_the_measured_pictures_were_not_trained_on(quality: ModuleType) -> None:
    session = onnxruntime.InferenceSession(str(DIRECTORY / "compact.onnx"), providers=["CPUExecutionProvider"])
    trained_on = session.get_modelmeta().custom_metadata_map["training_pictures"].split(",")
    assert len(trained_on) > 5
    assert not set(trained_on) & set(quality.HELD_OUT)
