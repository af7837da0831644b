"""What SDXL and FLUX.1 have in common: from requests to passes through a pipeline of diffusers, and back.

A request's pictures are made side by side with those of other requests, each from its own seed on the CPU, so that a picture does
not depend on the device, nor, within one gray level, on its company. Prompts are encoded one by one for the same reason.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from services.common import torch_runtime, weights  # isort: skip  # before diffusers, which imports torchvision

import numpy as np
import torch

from services.common.backend import ModelSpec, Unsupported
from services.common.picture import Picture
from services.diffusion.backend import GeneratedImage, GenerateTask
from services.diffusion.backends.latent.canvas import Canvas
from services.diffusion.backends.latent.memory import Offload, Residence, chosen_offload, free_bytes, weight_bytes
from services.diffusion.backends.latent.options import Options, options_of
from services.diffusion.backends.latent.previews import LatentPreview
from services.diffusion.backends.latent.progress import Steps
from services.diffusion.backends.latent.prompts import Embedding, PromptCache
from services.diffusion.backends.latent.shots import Kind, Shot, passes

_ADVICE = "ask for a smaller picture or for fewer of them, or have the operator set DASIBOM_OFFLOAD"
_FUSED = {
    "to_qkv": ("to_q", "to_k", "to_v"),
    "to_kv": ("to_k", "to_v"),
    "to_added_qkv": ("add_q_proj", "add_k_proj", "add_v_proj"),
}  # layers of attention that take others' place


class LatentBackend(ABC):
    """Makes pictures by denoising latents. Implements `services.diffusion.backend.DiffusionBackend`.

    A model's weights are read by `_load_pipeline`; all else that loading does is in `_prepare`, which takes any such pipeline.
    """

    options: Options
    options_kind: ClassVar[type[Options]]
    compiler: ClassVar[str] = "inductor"  # of torch.compile
    other_model: ClassVar[Mapping[Kind, str]]  # what to say to a request that this model's files cannot do

    def __init__(
        self,
        spec: ModelSpec,
        folder: Path,
        *,
        device: str = "",
        dtype: str = "auto",
        compile_blocks: bool = False,
        offload: Offload = "auto",
    ) -> None:
        """Make the backend of a manifest entry; nothing is loaded yet.

        Args:
            spec: the entry.
            folder: the model's folder, in the layout of diffusers.
            device: where to work; empty for the best there is.
            dtype: what to compute in: `auto`, `bfloat16`, `float16` or `float32`.
            compile_blocks: compile the denoising network's repeated blocks, and make first pictures with them, at loading.
            offload: where parts rest while they do not work; see `memory`.
        """
        self.spec = spec
        self.device = device
        self.offload: Offload = offload  # once loaded, what `auto` has come to
        self._offload_setting: Offload = offload
        self._folder = folder
        self._dtype_name = dtype
        self._compile = compile_blocks
        self._lock = threading.Lock()  # pipelines, schedulers and offloaded parts hold the state of one call
        self._pipelines: dict[Kind, Any] = {}

    def load(self) -> None:
        """See `Backend.load`.

        Raises:
            FileNotFoundError: a file is missing; the message names it.
            ValueError: a file is not what the model needs, or the manifest's defaults say something that is not known.
        """
        weights.verify(self.spec, self._folder)
        self.options = options_of(self.spec, self.options_kind)
        self._torch_device = torch_runtime.device_of(self.device)
        self.device = str(self._torch_device)
        self._dtype = torch_runtime.dtype_of(self._dtype_name, self._torch_device)
        try:
            with torch_runtime.inference("set DASIBOM_OFFLOAD, or use a smaller model"):
                self._prepare(self._load_pipeline())
            if self._compile and self.offload != "sequential":  # whose hooks a compiled block would have to stop for
                self._compile_blocks()
        except BaseException:
            self.unload()
            raise

    def unload(self) -> None:
        """See `Backend.unload`."""
        self._pipelines = {}
        self._forget()
        for name in ("_vae", "_preview", "prompts", "_residence"):
            self.__dict__.pop(name, None)
        torch_runtime.release()

    def generate(self, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
        """See `DiffusionBackend.generate`."""
        with self._alone(tasks), torch_runtime.inference(_ADVICE):
            try:
                return self._generate(tasks)
            finally:
                self._residence.rest()

    # What a family adds.

    @abstractmethod
    def _load_pipeline(self) -> Any:
        """Read the model's files into a pipeline of diffusers, on the CPU, in `self._dtype`."""

    @abstractmethod
    def _pipelines_of(self, pipeline: Any) -> dict[Kind, Any]:
        """Pipelines around the same parts, one for each kind of request that they can do."""

    @abstractmethod
    def _networks(self) -> list[Any]:
        """The denoising networks, in the order of their work."""

    @abstractmethod
    def _encoders(self, pipeline: Any) -> list[Any]:
        """The text encoders, in the order of their work."""

    @abstractmethod
    def _encode(self, prompt: str) -> Embedding:
        """What the network reads of a prompt."""

    @abstractmethod
    def _prompts_of(self, task: GenerateTask) -> tuple[Embedding, Embedding | None, int]:
        """The prompt, the negative one where the network reads it, and the length of both once padded."""

    @abstractmethod
    def _multiple(self) -> int:
        """What the network's sizes are multiples of, pixels."""

    @abstractmethod
    def _steps(self, shot: Shot) -> int:
        """Denoising steps that a picture takes."""

    def _strength(self, task: GenerateTask) -> float:
        """How much noise the initial picture is given, 0..1; with any at all, at least a step is taken."""
        return min(max(task.strength, 0.0), 1.0)

    @abstractmethod
    def _conditioning(self, shots: Sequence[Shot]) -> dict[str, Any]:
        """The prompts of a pass as arguments of the pipeline."""

    @abstractmethod
    def _unpack(self, latents: torch.Tensor, canvas: Canvas) -> torch.Tensor:
        """The pipeline's latents as N×C×h×w."""

    def _call(self, shots: Sequence[Shot], arguments: dict[str, Any]) -> np.ndarray:
        """Make a pass's pictures, N×H×W×3, 0..1."""
        return np.asarray(self._pipelines[shots[0].kind](**arguments, **self._conditioning(shots)).images)

    def _forget(self) -> None:  # noqa: B027 - not every family has more to forget
        """Drop what the family holds of the model."""

    # Loading.

    def _prepare(self, pipeline: Any) -> None:
        """Make a loaded pipeline ready to work, wherever its weights come from."""
        self._pipelines = self._pipelines_of(pipeline)
        for each in self._pipelines.values():
            each.set_progress_bar_config(disable=True)
        self._vae = pipeline.vae
        self._vae.enable_slicing()  # one picture after the other: its layers are the largest there are
        parts = [*self._encoders(pipeline), *self._networks()]
        for part in (*parts, self._vae):
            part.requires_grad_(requires_grad=False)
        if self.options.fuse_projections:
            for network in self._networks():
                _fuse_projections(network)
        if self._torch_device.type == "cuda":
            for part in (*self._networks(), self._vae):
                part.to(memory_format=torch.channels_last)  # touches convolutions only
        sizes = [weight_bytes(part) for part in (*parts, self._vae)]
        self.offload = chosen_offload(
            self._offload_setting,
            self._torch_device,
            needed=max(self.spec.memory_bytes, sum(sizes)),
            free=free_bytes(self._torch_device),
            largest=max(sizes),
        )
        self._residence = Residence(parts, self._vae, self._torch_device, self.offload)
        self._preview = LatentPreview.fit(self._vae, self._torch_device)
        self.prompts = PromptCache(self._encode, self.options.prompt_cache)
        self._residence.rest()

    def _compile_blocks(self) -> None:
        """Compile, and make first pictures, so that no caller waits for it; the second batch size makes it a free one."""
        for network in self._networks():
            network.compile_repeated_blocks(fullgraph=True, backend=self.compiler)
        for count in (1, 2):
            self.generate([self._first_task(count)])

    def _first_task(self, count: int) -> GenerateTask:
        kind = next(iter(self._pipelines))
        width, height = int(self.spec.defaults.get("width", 1024)), int(self.spec.defaults.get("height", 1024))
        blank = np.full((height, width, 3), 127, np.uint8)
        return GenerateTask(
            prompt="a person",
            init_image=None if kind is Kind.TEXT else Picture(pixels=blank),
            mask=np.full((height, width), 255, np.uint8) if kind is Kind.MASK else None,
            strength=1.0,
            width=width,
            height=height,
            num_images=count,
            num_inference_steps=min(5, int(self.spec.defaults.get("num_inference_steps", 5))),
            guidance_scale=float(self.spec.defaults.get("guidance_scale", 7.0)),
            monitor=_Nobody(),
        )

    # Working.

    @contextlib.contextmanager
    def _alone(self, tasks: Sequence[GenerateTask]) -> Iterator[None]:
        """Wait for a batch that another worker runs; one whose callers leave meanwhile is not started."""
        while not self._lock.acquire(timeout=0.1):
            for task in tasks:
                task.monitor.report("wait", 0, 0)
        try:
            yield
        finally:
            self._lock.release()

    def _generate(self, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
        shots: list[Shot] = []
        for request, task in enumerate(tasks):
            shots += self._shots(request, task)
            task.monitor.report("encode", 1, 1)
        made: dict[tuple[int, int], np.ndarray] = {}
        totals, drawn = Counter[int](), Counter[int]()
        batches = list(passes((shot for shot in shots if not shot.unchanged), self.options.max_images_per_pass))
        for batch in batches:
            totals.update({shot.request: self._steps(shot) for shot in batch})
        steps = Steps([task.monitor for task in tasks], [totals[request] for request in range(len(tasks))], self._preview)
        for shot in shots:
            if shot.unchanged:
                made[shot.request, shot.index] = _initial(shot)
        for batch in batches:
            for shot, pixels in zip(batch, self._pass(batch, steps), strict=True):
                made[shot.request, shot.index] = pixels
            drawn.update(shot.request for shot in batch)
            for request in {shot.request for shot in batch}:
                tasks[request].monitor.report("decode", drawn[request], tasks[request].num_images)
        return [
            [GeneratedImage(pixels=made[request, index], seed=task.seed + index) for index in range(task.num_images)]
            for request, task in enumerate(tasks)
        ]

    def _shots(self, request: int, task: GenerateTask) -> list[Shot]:
        kind = Kind.of(task)
        if kind not in self._pipelines:
            raise Unsupported(f"{self.spec.name} does no {kind.value}: {self.other_model[kind]}")
        canvas = Canvas.of(
            task.width, task.height, multiple=self._multiple(), max_pixels=self.options.max_pixels, shrink=kind is not Kind.TEXT
        )
        strength = 1.0 if kind is Kind.TEXT else self._strength(task)
        prompt, negative, tokens = self._prompts_of(task)
        return [
            Shot(
                request=request,
                index=index,
                task=task,
                kind=kind,
                canvas=canvas,
                strength=strength,
                prompt=prompt,
                negative=negative,
                tokens=tokens,
            )
            for index in range(task.num_images)
        ]

    def _pass(self, shots: Sequence[Shot], steps: Steps) -> Iterator[np.ndarray]:
        """Make pictures side by side: of one kind, size, number of steps, strength and guidance."""
        first, canvas = shots[0], shots[0].canvas
        if canvas.outer_width * canvas.outer_height > self.options.tile_pixels:
            self._vae.enable_tiling()
        else:
            self._vae.disable_tiling()
        arguments = {
            "num_inference_steps": first.task.num_inference_steps,
            "guidance_scale": first.task.guidance_scale,
            "generator": [torch.Generator("cpu").manual_seed(shot.seed) for shot in shots],
            "output_type": "np",
            "callback_on_step_end": steps.callback([shot.request for shot in shots], lambda latents: self._unpack(latents, canvas)),
            **self._picture_arguments(shots),
        }
        for shot, floats in zip(shots, self._call(shots, arguments), strict=True):
            pixels = shot.canvas.cut((floats * 255).round().astype(np.uint8))
            yield shot.canvas.paste(pixels, _init(shot).pixels, _mask(shot)) if shot.kind is Kind.MASK else pixels

    def _picture_arguments(self, shots: Sequence[Shot]) -> dict[str, Any]:
        first = shots[0]
        size = {"width": first.canvas.outer_width, "height": first.canvas.outer_height}
        if first.kind is Kind.TEXT:
            return size
        images = np.stack([shot.canvas.place(_init(shot).pixels) for shot in shots])
        arguments = {"image": _tensor(images), "strength": first.strength, **size}
        if first.kind is Kind.MASK:
            masks = np.stack([shot.canvas.place_mask(_mask(shot), self._cell()) for shot in shots])
            arguments["mask_image"] = _tensor(masks[..., None])
        return arguments

    def _cell(self) -> int:
        """Pixels a side that one latent stands for."""
        return int(2 ** (len(self._vae.config.block_out_channels) - 1))

    def _joined(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """Embeddings of a pass, on the device."""
        return torch.cat(list(tensors)).to(self._torch_device, self._dtype)


class _Nobody:
    """The monitor of work that nobody waits for."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """Tell nobody."""


def _fuse_projections(network: Any) -> None:
    """Let attention compute query, key and value at once, and drop the separate weights, which diffusers keeps."""
    network.fuse_qkv_projections()
    for module in network.modules():
        for fused, separate in _FUSED.items():
            if getattr(module, fused, None) is not None:
                for name in separate:
                    setattr(module, name, None)


def _init(shot: Shot) -> Picture:
    assert shot.task.init_image is not None
    return shot.task.init_image


def _mask(shot: Shot) -> np.ndarray:
    assert shot.task.mask is not None
    return shot.task.mask


def _initial(shot: Shot) -> np.ndarray:
    """The initial picture at the size that was asked for."""
    return shot.canvas.cut(shot.canvas.place(_init(shot).pixels))


def _tensor(pixels: np.ndarray) -> torch.Tensor:
    """N×H×W×C, uint8 as N×C×H×W, 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255
