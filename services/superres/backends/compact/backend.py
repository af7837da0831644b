"""The `compact` model: restores and enlarges pictures on CPU, with weights that ship with the project.

How it was trained and what it gains is in the README beside this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from services.common.backend import ModelSpec
from services.common.weights import WeightsMismatch, verify
from services.superres import tiling
from services.superres.backend import UpscaleResult, UpscaleTask
from services.superres.finish import finish
from services.superres.limits import demand_possible

DIRECTORY = Path(__file__).parent
# The network's own scale for each one asked for; ×3 is ×4 averaged down.
NETWORK_SCALES = {1: 1, 2: 2, 3: 4, 4: 4}
# Results are the same for every tile size; smaller tiles are mostly halo, and larger ones take gigabytes.
MIN_TILE, MAX_TILE = 32, 512
BATCH_PIXELS = 384 * 384  # small tiles share a run up to this many input pixels


class CompactBackend:
    """Runs the network tile by tile. `denoise` is ignored: the network removes as much noise as it finds."""

    def __init__(self, spec: ModelSpec, directory: Path = DIRECTORY) -> None:
        """Set what to load.

        Args:
            spec: the table entry; its defaults give `threads` (of one run) and `tile` (pixels).
            directory: where the entry's weight file lies.
        """
        self.spec = spec
        self._directory = directory
        self._session: onnxruntime.InferenceSession | None = None
        self._halo = 0
        self._multiple = 1

    def load(self) -> None:
        """Read and check the weights.

        Raises:
            FileNotFoundError: the weight file is missing.
            ValueError: it is not the file that the table names, or not a model of this kind.
        """
        (path,) = verify(self.spec, self._directory)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(self.spec.defaults["threads"])
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores to others
        options.log_severity_level = 4  # what goes wrong is raised below
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            properties = session.get_modelmeta().custom_metadata_map
            self._halo, self._multiple = int(properties["radius"]), int(properties["multiple"])
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise WeightsMismatch(
                f"{self.spec.name}: {path.name} is not a readable `compact` model", metadata={"model": self.spec.name}
            ) from error
        offered, needed = {output.name for output in session.get_outputs()}, {f"x{scale}" for scale in NETWORK_SCALES.values()}
        if not needed <= offered:
            missing = ", ".join(sorted(needed - offered))
            raise WeightsMismatch(f"{self.spec.name}: {path.name} has no output {missing}", metadata={"model": self.spec.name})
        self._session = session

    def unload(self) -> None:
        """Give the memory back."""
        self._session = None

    def upscale(self, tasks: Sequence[UpscaleTask]) -> list[UpscaleResult]:
        """Upscale every task's picture, one after the other.

        Raises:
            Cancelled: a task's caller has left.
            Unsupported: the scale is not 1 to 4, or the result would have more than 50 megapixels.
        """
        for task in tasks:
            demand_possible(task, self.spec.name)
        return [self._upscale(task) for task in tasks]

    def _upscale(self, task: UpscaleTask) -> UpscaleResult:
        picture = task.picture
        tile = min(max(task.tile or int(self.spec.defaults["tile"]), MIN_TILE), MAX_TILE)
        cut = tiling.Tiling(tile=tile, halo=self._halo, multiple=self._multiple)
        tiles = tiling.grid(picture.height, picture.width, cut)
        pixels = tiling.upscale(
            picture.pixels,
            partial(map, partial(self._run, scale=task.scale)),
            scale=task.scale,
            tiling=cut,
            batch=max(1, BATCH_PIXELS // ((tiles.height + 2 * self._halo) * (tiles.width + 2 * self._halo))),
            grey=picture.was_grey,
            on_tile=lambda done, total: task.monitor.report("upscale", done, total),
        )
        return finish(task, pixels, tiles)

    def _run(self, windows: np.ndarray, scale: int) -> np.ndarray:
        """N×h×w×3, uint8, to N×(scale·h)×(scale·w)×3."""
        if self._session is None:
            raise RuntimeError(f"{self.spec.name} is not loaded")
        network_scale = NETWORK_SCALES[scale]
        batch = windows.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        (output,) = self._session.run([f"x{network_scale}"], {"picture": batch})
        enlarged = output.transpose(0, 2, 3, 1)
        if network_scale != scale:
            height, width = (side * scale for side in windows.shape[1:3])
            enlarged = np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in enlarged])
        return np.asarray(np.rint(np.clip(enlarged, 0, 1) * np.float32(255)).astype(np.uint8))
