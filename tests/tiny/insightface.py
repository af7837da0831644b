"""An InsightFace pack, small: networks with the inputs and outputs of `buffalo_l` and `inswapper_128`, and faces that they know.

The detector fires on a lone square of one pure color: blue on a cell of 8 pixels, green on one of 16, red on one of 32 (of the
picture as it is fitted into the search). The recognizer sees sixteen patches of the aligned face. The swapper paints the patches
that the recognizer saw, so that a swap brings identity over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from services.common.backend import ModelSpec, WeightFile, WeightSource

PACK = "buffalo_l"
DETECTOR, RECOGNIZER, SWAPPER = f"{PACK}/det_10g.onnx", f"{PACK}/w600k_r50.onnx", "inswapper_128.onnx"
LICENCE = "InsightFace-Non-Commercial"
COLORS = {8: (0, 0, 255), 16: (0, 255, 0), 32: (255, 0, 0)}  # by stride

# Each alignment of the library makes scikit-image say that `estimate` is to go; the version without it is shut out of our dependencies.
DEPRECATED = "ignore:`estimate` is deprecated:FutureWarning:insightface"

_PATCHES = 3 * 4 * 4
_BOX = (1.0, 1.0, 2.0, 2.0)  # strides to the left, up, right and down of the cell's corner
_LANDMARKS = (-0.15, 0.15, 1.15, 0.2, 0.5, 0.75, 0.0, 1.4, 1.0, 1.42)  # strides from there
Shape = Sequence[int | str | None]


def spec(**changes: object) -> ModelSpec:
    """The pack's entry of a manifest."""
    files = tuple(WeightFile(path=path) for path in (DETECTOR, RECOGNIZER, SWAPPER))
    entry = {
        "name": "insightface",
        "backend": "insightface",
        "revision": "v0.7",
        "licence": LICENCE,
        "commercial_use": False,
        "memory_bytes": 8 * 1024**2,
        "sources": (WeightSource(kind="manual", files=files),),
        "defaults": {"det_size": 320},
    }
    return ModelSpec(**entry | changes)  # type: ignore[arg-type]


def save(folder: Path) -> None:
    """Write the three files that `spec` names."""
    (folder / PACK).mkdir(parents=True, exist_ok=True)
    onnx.save(detector(), folder / DETECTOR)
    onnx.save(recognizer(), folder / RECOGNIZER)
    onnx.save(swapper(), folder / SWAPPER)


def draw_face(pixels: np.ndarray, column: int, row: int, person: int, stride: int = 32) -> None:
    """Draw a face around a cell of a picture, H×W×3, uint8, RGB.

    Args:
        pixels: the picture.
        column: of the cell, in cells from the left.
        row: of the cell, in cells from the top.
        person: who it is.
        stride: side of the cell, pixels.
    """
    patches = np.random.default_rng(person).integers(60, 190, (5, 5, 3)).astype(np.uint8)
    face = np.kron(patches, np.ones((stride, stride, 1), np.uint8))
    top, left = (row - 2) * stride, (column - 2) * stride
    seen = face[max(-top, 0) : pixels.shape[0] - top, max(-left, 0) : pixels.shape[1] - left]
    pixels[max(top, 0) :, max(left, 0) :][: seen.shape[0], : seen.shape[1]] = seen
    pixels[row * stride : (row + 1) * stride, column * stride : (column + 1) * stride] = COLORS[stride]


def network(
    nodes: Iterable[onnx.NodeProto], inputs: Mapping[str, Shape], outputs: Mapping[str, Shape], constants: Mapping[str, object]
) -> onnx.ModelProto:
    """A network of float32 inputs and outputs; the last constant is its last initializer."""
    values = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in side.items()] for side in (inputs, outputs)]
    tensors = [numpy_helper.from_array(np.ascontiguousarray(constant), name) for name, constant in constants.items()]
    graph = helper.make_graph(list(nodes), "tiny", *values, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def detector(*, landmarks: bool = True) -> onnx.ModelProto:
    """SCRFD: scores, boxes and landmarks at strides 8, 16 and 32, two anchors a cell, of which the second never fires."""
    nodes: list[onnx.NodeProto] = []
    ring = np.full((1, 1, 3, 3), -1 / 8, np.float32)
    ring[..., 1, 1] = 1
    constants: dict[str, object] = {"ring": ring, "gain": np.float32(20), "least": np.float32(1.3), "faint": np.float32(0.01)}
    tables = {"score": 1, "box": 4} | ({"points": 10} if landmarks else {})
    for stride, color in COLORS.items():
        own = np.array(color, np.float32) / 255
        # What a cell has of the color, less what its neighbors have.
        constants[f"color{stride}"] = (1.5 * own - 0.5).reshape(1, 3, 1, 1)
        nodes += [
            helper.make_node("Conv", ["input.1", f"color{stride}"], [f"share{stride}"]),
            helper.make_node("AveragePool", [f"share{stride}"], [f"cell{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2),
            helper.make_node("Conv", [f"cell{stride}", "ring"], [f"lone{stride}"], pads=[1] * 4),
            helper.make_node("Sub", [f"lone{stride}", "least"], [f"over{stride}"]),
            helper.make_node("Mul", [f"over{stride}", "gain"], [f"logit{stride}"]),
            helper.make_node("Sigmoid", [f"logit{stride}"], [f"first{stride}"]),
            helper.make_node("Mul", [f"first{stride}", "faint"], [f"second{stride}"]),
            helper.make_node("Concat", [f"first{stride}", f"second{stride}"], [f"map_score{stride}"], axis=1),
        ]
        for name, offsets in (("box", _BOX), ("points", _LANDMARKS)):
            if name not in tables:
                continue
            constants |= {
                f"still_{name}{stride}": np.zeros((2 * len(offsets), 1, 1, 1), np.float32),
                f"{name}_offsets{stride}": np.array(offsets * 2, np.float32),
            }
            nodes.append(
                helper.make_node("Conv", [f"cell{stride}", f"still_{name}{stride}", f"{name}_offsets{stride}"], [f"map_{name}{stride}"])
            )
        for name, width in tables.items():
            constants[f"rows_{name}{stride}"] = np.array([-1, width], np.int64)
            nodes += [
                helper.make_node("Transpose", [f"map_{name}{stride}"], [f"last_{name}{stride}"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"last_{name}{stride}", f"rows_{name}{stride}"], [f"{name}_{stride}"]),
            ]
    outputs = {f"{name}_{stride}": (None, width) for name, width in tables.items() for stride in COLORS}
    return network(nodes, {"input.1": (1, 3, "?", "?")}, outputs, constants)


def recognizer(*, size: int = 512, batch: int | str = "None") -> onnx.ModelProto:
    """ArcFace: the sixteen patches of the aligned face, spread over the embedding."""
    nodes = [
        helper.make_node("AveragePool", ["input.1"], ["patches"], kernel_shape=[28, 28], strides=[28, 28]),
        helper.make_node("Flatten", ["patches"], ["row"]),
        helper.make_node("MatMul", ["row", "spread"], ["683"]),
    ]
    return network(nodes, {"input.1": (batch, 3, 112, 112)}, {"683": (batch, size)}, {"spread": _spread()[:, :size]})


def swapper(*, emap: np.ndarray | None = None) -> onnx.ModelProto:
    """inswapper: paints the patches that an embedding stands for, and lets a tenth of the target through."""
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((512, 512)))[0].astype(np.float32)
    constants = {
        "gather": turn.T @ _spread().T,
        "grid": np.array([1, 3, 4, 4], np.int64),
        "strength": np.float32(2.5),
        "low": np.float32(-1),
        "high": np.float32(1),
        "half": np.float32(0.5),
        "scales": np.array([1, 1, 28, 28], np.float32),
        "margins": np.array([0, 0, 8, 8, 0, 0, 8, 8], np.int64),
        "most": np.float32(0.9),
        "tenth": np.float32(0.1),
        "emap": turn if emap is None else emap,
    }
    nodes = [
        helper.make_node("MatMul", ["source", "gather"], ["row"]),
        helper.make_node("Reshape", ["row", "grid"], ["patches"]),
        helper.make_node("Mul", ["patches", "strength"], ["strong"]),
        helper.make_node("Clip", ["strong", "low", "high"], ["bounded"]),
        helper.make_node("Mul", ["bounded", "half"], ["halved"]),
        helper.make_node("Add", ["halved", "half"], ["colors"]),
        helper.make_node("Resize", ["colors", "", "scales"], ["face"], mode="nearest"),
        helper.make_node("Pad", ["face", "margins"], ["whole"], mode="edge"),
        helper.make_node("Mul", ["whole", "most"], ["painted"]),
        helper.make_node("Mul", ["target", "tenth"], ["kept"]),
        helper.make_node("Add", ["painted", "kept"], ["output"]),
    ]
    return network(nodes, {"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128)}, constants)


def landmarks(values: np.ndarray) -> onnx.ModelProto:
    """2d106det: the same 106 points for every face, `values` of 1×212 in -1..1."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["data"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["row"]),
        helper.make_node("Gemm", ["row", "zeros", "values"], ["fc1"]),
    ]
    constants = {"zeros": np.zeros((3, 212), np.float32), "values": values.astype(np.float32).ravel()}
    return network(nodes, {"data": (1, 3, 192, 192)}, {"fc1": (1, 212)}, constants)


def _spread() -> np.ndarray:
    """48×512 with orthonormal rows."""
    return np.linalg.qr(np.random.default_rng(1).standard_normal((512, _PATCHES)))[0].T.astype(np.float32)
