"""An ONNX graph that is written layer by layer, of random weights that keep the size of what flows through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper


class Graph:
    """Nodes and constants. Every method adds a layer and gives the name of its output; normalizations are folded into convolutions."""

    def __init__(self, prefix: str, seed: int = 0) -> None:
        """Begin an empty one, whose names begin with `prefix`."""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}
        self._prefix = prefix
        self._random = np.random.default_rng(seed)

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node of any kind."""
        output = output or f"{self._prefix}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value: np.ndarray) -> str:
        """Numbers that stay."""
        name = f"{self._prefix}c{len(self.constants)}"
        self.constants[name] = value
        return name

    def random(self, *shape: int, fan_in: int) -> str:
        """Weights that keep the variance of what `fan_in` of them sum up."""
        return self.constant(self._random.standard_normal(shape, np.float32) * np.float32((2 / fan_in) ** 0.5))

    def convolution(self, source: str, takes: int, gives: int, *, side: int = 3, stride: int = 1, pad: int | None = None) -> str:
        """A convolution with bias."""
        pads = [side // 2 if pad is None else pad] * 4
        weights = self.random(gives, takes, side, side, fan_in=takes * side * side)
        return self.add("Conv", source, weights, self.constant(np.zeros(gives, np.float32)), pads=pads, strides=[stride] * 2)

    def linear(self, source: str, takes: int, gives: int) -> str:
        """A matrix with bias."""
        return self.add("Gemm", source, self.random(takes, gives, fan_in=takes), self.constant(np.zeros(gives, np.float32)))

    def scaled(self, source: str, channels: int) -> str:
        """A normalization of N×C×…, as it is after training: a factor and a term a channel."""
        shape = (1, channels, 1, 1)
        factor = self.add("Mul", source, self.constant(np.ones(shape, np.float32)))
        return self.add("Add", factor, self.constant(np.zeros(shape, np.float32)))

    def sloped(self, source: str, channels: int) -> str:
        """PReLU."""
        return self.add("PRelu", source, self.constant(np.full((channels, 1, 1), 0.25, np.float32)))

    def doubled(self, source: str, mode: str = "nearest") -> str:
        """Twice as wide and high."""
        return self.add("Resize", source, "", self.constant(np.array([1, 1, 2, 2], np.float32)), mode=mode)

    def rows(self, source: str, width: int) -> str:
        """N×C×H×W as (N·H·W·C/width)×width."""
        last = self.add("Transpose", source, perm=[0, 2, 3, 1])
        return self.add("Reshape", last, self.constant(np.array([-1, width], np.int64)))

    def block(self, source: str, takes: int, gives: int, stride: int) -> str:
        """A basic residual block."""
        inner = self.add("Relu", self.convolution(source, takes, gives, stride=stride))
        inner = self.convolution(inner, gives, gives)
        if stride > 1 or takes != gives:
            if stride > 1:
                source = self.add("AveragePool", source, kernel_shape=[2, 2], strides=[2, 2])
            source = self.convolution(source, takes, gives, side=1)
        return self.add("Relu", self.add("Add", inner, source))

    def stages(self, source: str, takes: int, sizes: Sequence[tuple[int, int, int]]) -> list[str]:
        """Residual blocks; of each stage their number, channels and stride. Gives every stage's output."""
        outputs = []
        for count, gives, stride in sizes:
            for index in range(count):
                source = self.block(source, takes, gives, stride if index == 0 else 1)
                takes = gives
            outputs.append(source)
        return outputs
