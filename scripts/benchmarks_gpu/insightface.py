"""InsightFace: a face put onto another, searches and identities included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks_gpu.case import Case, Work
from benchmarks_gpu.place import Place
from services.common.backend import ModelSpec, Monitor
from services.common.picture import Picture
from services.faceswap.backend import FaceSelector
from tests.tiny import insightface as tiny

_SIDE = 640
_CELL = 9  # of the face, from the left and from above


def cases() -> list[Case]:
    """The pack at its published size."""
    return [_case(_save)]


def tiny_cases() -> list[Case]:
    """The same, tiny."""
    return [_case(lambda spec, folder, place: tiny.save(folder))]


def _case(save: Any) -> Case:
    return Case(
        service="faceswap",
        model="insightface",
        item=f"a face onto another, both in pictures of {_SIDE}²",
        batches=(1, 4),
        save=save,
        run=_run,
        stock=lambda spec, folder, place: _stock(folder, place),
        stock_name="insightface",
        by_torch=False,
    )


def _save(spec: ModelSpec, folder: Path, place: Place) -> None:
    import onnx

    from benchmarks_gpu import face_networks

    for file, network in zip(spec.weights, (face_networks.detector, face_networks.recognizer, face_networks.swapper), strict=True):
        onnx.save(network(), folder / file.path)


def _picture(person: int) -> Picture:
    pixels = np.full((_SIDE, _SIDE, 3), 90, np.uint8)
    tiny.draw_face(pixels, _CELL, _CELL, person)
    return Picture(pixels=pixels)


def _run(backend: Any, items: int, monitor: Monitor) -> None:
    face = FaceSelector()
    for number in range(items):
        backend.swap(_picture(number), _picture(number + 1), source_face=face, target_face=face, monitor=monitor)


def _stock(folder: Path, place: Place) -> Work:
    import contextlib
    import io
    import warnings

    import onnxruntime
    from insightface.app.common import Face
    from insightface.model_zoo import get_model
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX
    from insightface.model_zoo.inswapper import INSwapper
    from insightface.model_zoo.scrfd import SCRFD

    onnxruntime.set_default_logger_severity(3)  # it warns of what the swapper's file keeps for the library
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"] if place.is_gpu else ["CPUExecutionProvider"]
    with contextlib.redirect_stdout(io.StringIO()):  # the library prints shapes
        networks = {type(network): network for network in (get_model(str(path), providers=providers) for path in folder.rglob("*.onnx"))}
    detector, recognizer, swapper = networks[SCRFD], networks[ArcFaceONNX], networks[INSwapper]
    detector.prepare(0)
    warnings.filterwarnings("ignore", "`estimate` is deprecated", FutureWarning)

    def seen(pixels: np.ndarray) -> Any:
        boxes, landmarks = detector.detect(pixels)
        face = Face(bbox=boxes[0, :4], kps=landmarks[0], det_score=boxes[0, 4])
        recognizer.get(pixels, face)
        return face

    def work(items: int) -> None:
        for number in range(items):
            source, target = (np.ascontiguousarray(_picture(person).pixels[..., ::-1]) for person in (number, number + 1))
            face = seen(target)
            recognizer.get(swapper.get(target, face, seen(source), paste_back=True), face)  # how alike it has become

    return work
