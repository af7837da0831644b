"""The networks of an InsightFace pack at their published sizes, with random weights.

Detector: SCRFD-10GF with landmarks (Guo et al., 2022). Recognizer: IResNet-50 under ArcFace (Deng et al., 2019). The swapper's
authors publish its file and no description: here it is an encoder, six blocks of 1024 channels that the identity steers by adaptive
instance normalization, and a decoder, which together have the file's number of weights.

Random weights find no face. So the detector's outputs are those of the tests' tiny one, which knows the faces that tests draw, and
what the large network gives is added to them zero times.
"""

from __future__ import annotations

import numpy as np
import onnx

from benchmarks_gpu.graph import Graph
from tests.tiny import insightface as tiny

_STRIDES = (8, 16, 32)
_PYRAMID = 56  # channels of the detector's feature pyramid
_HEAD = 80  # channels of its heads
_OUTPUTS = {"score": 1, "box": 4, "points": 10}  # numbers of each anchor, two anchors a cell


def detector() -> onnx.ModelProto:
    """SCRFD-10GF; finds the faces that the tests draw."""
    graph = detector_graph()
    known = tiny.detector()
    renamed = {output.name: f"known_{output.name}" for output in known.graph.output}
    for node in known.graph.node:
        node.output[:] = [renamed.get(name, name) for name in node.output]
    known.graph.node.extend(graph.nodes)
    known.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in graph.constants.items())
    onnx.checker.check_model(known)
    return known


def detector_graph() -> Graph:
    """Its layers, which go on from the outputs of the tests' detector."""
    graph = Graph("large")
    own: dict[str, list[str]] = {name: [] for name in _OUTPUTS}
    for level in _pyramid(graph, _backbone(graph, "input.1")):
        features, takes = level, _PYRAMID
        for _ in range(3):
            features, takes = graph.add("Relu", graph.convolution(features, takes, _HEAD)), _HEAD
        for name, width in _OUTPUTS.items():
            own[name].append(graph.rows(graph.convolution(features, _HEAD, 2 * width), width))
    nothing = graph.constant(np.zeros((), np.float32))
    for name, outputs in own.items():
        for stride, output in zip(_STRIDES, outputs, strict=True):
            graph.add("Add", f"known_{name}_{stride}", graph.add("Mul", output, nothing), output=f"{name}_{stride}")
    return graph


def recognizer() -> onnx.ModelProto:
    """IResNet-50: 112×112 pixels to 512 numbers."""
    graph = recognizer_graph()
    return tiny.network(graph.nodes, {"input.1": ("None", 3, 112, 112)}, {"683": ("None", 512)}, graph.constants)


def recognizer_graph() -> Graph:
    """Its layers."""
    graph = Graph("r")
    source, takes = graph.sloped(graph.convolution("input.1", 3, 64), 64), 64
    for count, gives in ((3, 64), (4, 128), (14, 256), (3, 512)):
        for index in range(count):
            stride = 2 if index == 0 else 1
            inner = graph.sloped(graph.convolution(graph.scaled(source, takes), takes, gives), gives)
            inner = graph.convolution(inner, gives, gives, stride=stride)
            kept = graph.convolution(source, takes, gives, side=1, stride=stride, pad=0) if index == 0 else source
            source, takes = graph.add("Add", inner, kept), gives
    row = graph.add("Flatten", graph.scaled(source, 512))
    graph.add("Identity", graph.linear(row, 512 * 7 * 7, 512), output="683")
    return graph


def swapper() -> onnx.ModelProto:
    """128×128 pixels and an identity to 128×128 pixels."""
    graph = swapper_graph()
    inputs, outputs = {"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128)}
    return tiny.network(graph.nodes, inputs, outputs, graph.constants)


def swapper_graph() -> Graph:
    """Its layers."""
    graph = Graph("s")
    source = graph.add("Relu", graph.convolution("target", 3, 128, side=7))
    for takes, gives, stride in ((128, 256, 1), (256, 512, 2), (512, 1024, 2)):
        source = graph.add("Relu", graph.convolution(source, takes, gives, stride=stride))
    for _ in range(6):
        inner = graph.add("Relu", _steered(graph, graph.convolution(source, 1024, 1024), 1024))
        source = graph.add("Add", source, _steered(graph, graph.convolution(inner, 1024, 1024), 1024))
    for takes, gives, larger in ((1024, 512, True), (512, 256, True), (256, 128, False)):
        source = graph.add("Relu", graph.convolution(graph.doubled(source, "linear") if larger else source, takes, gives))
    graph.add("Sigmoid", graph.convolution(source, 128, 3, side=7), output="output")
    graph.constants["emap"] = np.eye(512, dtype=np.float32)  # the library takes the last one for the map of identities
    return graph


def _backbone(graph: Graph, source: str) -> list[str]:
    """ResNet of basic blocks behind three small convolutions; gives the features at an eighth, a sixteenth and a 32nd of the side."""
    for takes, gives, stride in ((3, 28, 2), (28, 28, 1), (28, 56, 1)):
        source = graph.add("Relu", graph.convolution(source, takes, gives, stride=stride))
    source = graph.add("MaxPool", source, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    return graph.stages(source, 56, ((3, 56, 1), (4, 88, 2), (2, 88, 2), (3, 224, 2)))[1:]


def _pyramid(graph: Graph, features: list[str]) -> list[str]:
    """Path aggregation: what is coarse goes down to what is fine, and back up."""
    levels = [graph.convolution(source, takes, _PYRAMID, side=1) for source, takes in zip(features, (88, 88, 224), strict=True)]
    for index in (1, 0):
        levels[index] = graph.add("Add", levels[index], graph.doubled(levels[index + 1]))
    levels = [graph.convolution(level, _PYRAMID, _PYRAMID) for level in levels]
    for index in (1, 2):
        levels[index] = graph.add("Add", levels[index], graph.convolution(levels[index - 1], _PYRAMID, _PYRAMID, stride=2))
    return [levels[0], *(graph.convolution(level, _PYRAMID, _PYRAMID) for level in levels[1:])]


def _steered(graph: Graph, source: str, channels: int) -> str:
    """Adaptive instance normalization: an identity says how far and where each channel goes."""
    ones, zeros = (graph.constant(make(channels, np.float32)) for make in (np.ones, np.zeros))
    plain = graph.add("InstanceNormalization", source, ones, zeros)
    for kind in ("Mul", "Add"):
        style = graph.add("Reshape", graph.linear("source", 512, channels), graph.constant(np.array([1, channels, 1, 1], np.int64)))
        plain = graph.add(kind, plain, style)
    return plain
