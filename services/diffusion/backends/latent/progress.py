"""From the steps of a pipeline to the monitors of those who wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from services.common.backend import Monitor

_PREVIEWS = 12  # at most, of a picture


class Steps:
    """Counts the denoising steps of a batch of requests, over all passes that each takes part in."""

    def __init__(self, monitors: Sequence[Monitor], totals: Sequence[int], draw: Callable[[torch.Tensor], np.ndarray]) -> None:
        """Start at nothing.

        Args:
            monitors: one a request.
            totals: steps of each request, over all its passes.
            draw: latents to previews, N×h×w×3, uint8.
        """
        self._monitors = monitors
        self._totals = totals
        self._draw = draw
        self._done = [0] * len(monitors)

    def callback(self, members: Sequence[int], unpack: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., dict[str, Any]]:
        """The `callback_on_step_end` of one pass.

        Args:
            members: the request of each picture of the pass.
            unpack: the pipeline's latents to N×C×h×w.

        Returns:
            A function that raises `Cancelled` when nobody waits any more.
        """
        first = {request: members.index(request) for request in members}

        def report(_: Any, __: int, ___: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            previews: np.ndarray | None = None
            for request, picture in first.items():
                self._done[request] += 1
                done, total = self._done[request], max(self._done[request], self._totals[request])
                preview = None
                if done % max(1, total // _PREVIEWS) == 0:
                    previews = self._draw(unpack(tensors["latents"])) if previews is None else previews
                    preview = previews[picture]
                self._monitors[request].report("denoise", done, total, preview)
            return tensors

        return report
