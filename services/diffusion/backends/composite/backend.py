"""The backend: text and attributes become drawings; masks are filled from their surroundings."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.backend import ModelSpec, Unsupported
from services.diffusion.backend import GeneratedImage, GenerateTask
from services.diffusion.backends.composite.attributes import understand
from services.diffusion.backends.composite.description import describe
from services.diffusion.backends.composite.inpaint import check_prompt, inpaint
from services.diffusion.backends.composite.picture import compose
from services.diffusion.backends.composite.render import render

SMALLEST, LARGEST = 64, 2048  # pixels a side


class CompositeBackend:
    """Draws a person from attributes, without a neural network. Implements `services.diffusion.backend.DiffusionBackend`."""

    def __init__(self, spec: ModelSpec) -> None:
        """Make the backend of a table entry."""
        self.spec = spec

    def load(self) -> None:
        """Nothing to load but the renderer.

        Raises:
            ImportError: resvg-py is not installed.
        """
        import resvg_py  # noqa: F401

    def unload(self) -> None:
        """Nothing is held."""

    def generate(self, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
        """Draw every picture of every task; see `DiffusionBackend.generate`."""
        return [self._generate(task) for task in tasks]

    def _generate(self, task: GenerateTask) -> list[GeneratedImage]:
        if task.init_image is not None:
            return self._inpaint(task)
        if task.mask is not None:
            raise Unsupported("a mask needs the picture that it belongs to: send init_image as well")
        return self._draw(task)

    def _draw(self, task: GenerateTask) -> list[GeneratedImage]:
        if not (SMALLEST <= task.width <= LARGEST and SMALLEST <= task.height <= LARGEST):
            raise Unsupported(f"composite draws {SMALLEST} to {LARGEST} pixels a side; asked for {task.width}×{task.height}")
        person = understand(task.prompt, task.negative_prompt, task.attributes)
        description = describe(person)
        images = []
        task.monitor.report("draw", 0, task.num_images)
        for index in range(task.num_images):
            seed = task.seed + index
            svg = compose(person, task.subject, seed, task.width, task.height)
            task.monitor.report("render", index, task.num_images)
            images.append(GeneratedImage(pixels=render(svg), seed=seed, source_svg=svg, description=description))
            task.monitor.report("draw", index + 1, task.num_images)
        return images

    def _inpaint(self, task: GenerateTask) -> list[GeneratedImage]:
        if task.init_image is None or task.mask is None:
            raise Unsupported(
                "composite cannot turn one picture into another: it draws from attributes, and fills masks. "
                "Send a mask to have something removed, or use sdxl or flux for image-to-image."
            )
        check_prompt(task.prompt)
        images = []
        task.monitor.report("inpaint", 0, task.num_images)
        for index in range(task.num_images):
            seed = task.seed + index
            pixels = inpaint(task.init_image.pixels, task.mask, seed)
            images.append(GeneratedImage(pixels=pixels, seed=seed, description="masked area filled from its surroundings"))
            task.monitor.report("inpaint", index + 1, task.num_images)
        return images
