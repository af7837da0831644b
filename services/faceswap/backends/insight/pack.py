"""The networks of a pack, as the library's own objects: detector, recognizer and swapper.

Each file goes to the library by its path, once it is verified: the library's `FaceAnalysis` would load whatever else lies in the
pack's folder, and download a pack that it does not find.

Detector: J. Guo et al., Sample and computation redistribution for efficient face detection (SCRFD), ICLR 2022. Recognizer:
J. Deng et al., ArcFace: additive angular margin loss for deep face recognition, CVPR 2019.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from insightface.model_zoo import get_model
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.model_zoo.attribute import Attribute
from insightface.model_zoo.inswapper import INSwapper
from insightface.model_zoo.landmark import Landmark
from insightface.model_zoo.scrfd import SCRFD

from services.common.backend import ModelSpec, OutOfMemory
from services.common.weights import WeightsMismatch
from services.faceswap.backends.insight.runtime import CUDA, Runtime, memory_guard

logger = logging.getLogger(__name__)

EMBEDDING_SIZE = 512  # numbers, as the recognizer gives them and the swapper takes them
SWAP_SIDE = 128  # pixels of the aligned face that is swapped


@dataclass(frozen=True, kw_only=True)
class Search:
    """How a picture is searched for faces."""

    size: int  # side of the square that pictures are fitted into, a multiple of 32 pixels; 0 for the library's way, 128 and 640 both
    threshold: float  # least score of a face, 0..1

    def __post_init__(self) -> None:
        """Refuse what the detector cannot do."""
        if self.size < 0 or self.size % 32:
            raise ValueError(f"det_size is {self.size}; it has to be a multiple of 32 pixels, or 0 for 128 and 640 both")
        if not 0 < self.threshold < 1:
            raise ValueError(f"det_threshold is {self.threshold}; it has to be between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Three networks that work together."""

    detector: Any  # SCRFD
    recognizer: Any  # ArcFaceONNX
    swapper: Any  # INSwapper
    device: str  # where they run: cpu or cuda:N

    @property
    def search_side(self) -> int:
        """The shortest side that a picture is fitted into, pixels."""
        return min(int(side) for size in self.detector.input_sizes for side in size)

    @property
    def embeds_at_once(self) -> int:
        """How many faces the recognizer takes in one run; 0 for any number."""
        size = self.recognizer.input_shape[0]
        return size if isinstance(size, int) and size > 0 else 0


def load_pack(spec: ModelSpec, paths: Sequence[Path], runtime: Runtime, search: Search) -> Pack:
    """Load a model's files and try each network once.

    Args:
        spec: the model, for its name and its files' names.
        paths: its files, verified, in the order of `spec.weights`.
        runtime: where to compute.
        search: how the detector is to look for faces.

    Raises:
        ValueError: a file is no network of a face pack, one is missing or there twice, or the wanted device cannot be used.
        OutOfMemory: the device has no room.
    """
    names: dict[type, str] = {}
    networks: dict[type, Any] = {}
    for weight, path in zip(spec.weights, paths, strict=True):
        network = _read(spec, weight.path, path, runtime)
        kind = type(network)
        if kind in _UNNEEDED:
            continue
        if kind not in _NEEDED:
            raise _mismatch(spec, f"{weight.path} is no network of a face pack; a pack has {_list_of_needed()}")
        if kind in networks:
            raise _mismatch(spec, f"both {names[kind]} and {weight.path} are {_NEEDED[kind].text}; the manifest has to name one")
        if isinstance(network, SCRFD):
            network.prepare(0, det_thresh=search.threshold, input_size=(search.size, search.size) if search.size else None)
        _rehearse(spec, weight.path, network)
        names[kind], networks[kind] = weight.path, network
    for kind, needed in _NEEDED.items():
        if kind not in networks:
            raise _mismatch(spec, f"no file of it is {needed.text}; it has {', '.join(names.values()) or 'none'} of {_list_of_needed()}")
    device = _used_device(runtime, networks[INSwapper].session)
    return Pack(detector=networks[SCRFD], recognizer=networks[ArcFaceONNX], swapper=networks[INSwapper], device=device)


def _read(spec: ModelSpec, name: str, path: Path, runtime: Runtime) -> object:
    """The library's object for a file, by the shapes of its inputs and outputs; None when it knows none."""
    try:
        with memory_guard("unload another model"), contextlib.redirect_stdout(io.StringIO()):  # the library prints a shape
            return get_model(str(path), **runtime.session)
    except OutOfMemory:
        raise
    except Exception as error:  # ONNX's, ONNX Runtime's and the library's errors share no base class
        raise _mismatch(spec, f"{name} cannot be read as an ONNX network; it may be cut short, fetch it again") from error


def _rehearse(spec: ModelSpec, name: str, network: Any) -> None:
    """Run a network once on nothing, so that the first caller pays for no warm-up and a wrong file is told now."""
    needed = _NEEDED[type(network)]
    try:
        with memory_guard("unload another model"):
            fits = needed.rehearse(network)
    except OutOfMemory:
        raise
    except Exception as error:  # see `_read`
        raise _mismatch(spec, f"{name} is not {needed.text}: it cannot be run as one") from error
    if not fits:
        raise _mismatch(spec, f"{name} is not {needed.text}: its numbers have other shapes")


def _rehearse_detector(detector: Any) -> bool:
    if not detector.use_kps:
        return False
    boxes, landmarks = detector.detect(np.zeros((64, 64, 3), np.uint8))
    return bool(boxes.shape[1:] == (5,) and landmarks.shape[1:] == (5, 2))


def _rehearse_recognizer(recognizer: Any) -> bool:
    width, height = recognizer.input_size
    features = recognizer.get_feat(np.zeros((height, width, 3), np.uint8))
    return bool(width % 112 == 0 and features.shape == (1, EMBEDDING_SIZE))


def _rehearse_swapper(swapper: Any) -> bool:
    if swapper.emap.shape != (EMBEDDING_SIZE, EMBEDDING_SIZE):
        return False
    picture = np.zeros((1, 3, SWAP_SIDE, SWAP_SIDE), np.float32)
    return bool(swapper.forward(picture, np.zeros((1, EMBEDDING_SIZE), np.float32)).shape == picture.shape)


@dataclass(frozen=True, kw_only=True)
class _Needed:
    """A network that a pack has to have."""

    text: str
    rehearse: Callable[[Any], bool]  # runs it, and tells whether what comes out has the right shape


_NEEDED: dict[type, _Needed] = {
    SCRFD: _Needed(text="a face detector with landmarks (SCRFD, 9 or 15 outputs)", rehearse=_rehearse_detector),
    ArcFaceONNX: _Needed(text=f"a face recognizer (ArcFace, N×3×112×112 to N×{EMBEDDING_SIZE})", rehearse=_rehearse_recognizer),
    INSwapper: _Needed(
        text=f"a face swapper (inswapper, 1×3×{SWAP_SIDE}×{SWAP_SIDE} and 1×{EMBEDDING_SIZE}, with a last initializer of "
        f"{EMBEDDING_SIZE}×{EMBEDDING_SIZE}, the embedding map)",
        rehearse=_rehearse_swapper,
    ),
}
_UNNEEDED = (Landmark, Attribute)  # denser landmarks, age and gender: published packs have them, no call asks for them


def _list_of_needed() -> str:
    return ", ".join(needed.text for needed in _NEEDED.values())


def _used_device(runtime: Runtime, session: Any) -> str:
    """Where a session really runs: without a working CUDA it falls back to the CPU, which an operator has to know."""
    if runtime.device == "cpu" or session.get_providers()[0] == CUDA:
        return runtime.device
    if runtime.wanted:
        raise ValueError(f"DASIBOM_DEVICE is {runtime.wanted!r}, but CUDA cannot be started there; see to driver and cuDNN, or set cpu")
    logger.warning("CUDA cannot be started; faces are worked on by the CPU")
    return "cpu"


def _mismatch(spec: ModelSpec, problem: str) -> WeightsMismatch:
    return WeightsMismatch(f"{spec.name}: {problem}", metadata={"model": spec.name})
