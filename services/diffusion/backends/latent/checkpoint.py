"""Models from a folder in the layout of diffusers: `model_index.json`, and a folder a component.

Every component is loaded by itself, so that an error names it. Nothing is downloaded, no code in the folder is run, and a file
whose tensors are not just those that its network needs is refused.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import diffusers
import safetensors
import torch
import transformers
from safetensors.torch import load_file

from services.common.backend import ModelSpec
from services.common.weights import FETCH_COMMAND

logger = logging.getLogger(__name__)

_LIBRARIES = ("diffusers", "transformers")
_NUMBERS = {"F64", "F32", "F16", "BF16"}

# Both report to the log what a prompt was cut to, and to the terminal how far loading is. Prompts describe people.
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


class Checkpoint:
    """A model's folder."""

    def __init__(self, spec: ModelSpec, folder: Path, accepted: Iterable[str]) -> None:
        """Read `model_index.json`.

        Args:
            spec: the model, for errors.
            folder: its folder.
            accepted: the pipelines that the backend can run, by class name.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not one of those pipelines.
        """
        self._spec = spec
        self._folder = folder
        self._index = self._read("model_index.json")
        self.pipeline_name = str(self._index.get("_class_name"))
        if self.pipeline_name not in set(accepted):
            raise ValueError(
                f"{spec.name}: model_index.json is that of a {self.pipeline_name}; the backend {spec.backend} loads {', '.join(accepted)}"
            )

    def pipeline(self, dtype: torch.dtype, variant: str, **given: Any) -> Any:
        """Load all components and put them together.

        Args:
            dtype: numbers to hold the weights in.
            variant: of the weight files; a component that has no files of it uses its plain ones. Empty: the plain ones.
            given: components that are not to be loaded, because they are here.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is not what its component needs.
        """
        kind = getattr(diffusers, self.pipeline_name)
        options = {key: value for key, value in self._index.items() if not key.startswith("_") and not isinstance(value, list)}
        if "add_watermarker" in inspect.signature(kind).parameters:
            options["add_watermarker"] = False  # this project labels its pictures itself
        components = {name: given[name] if name in given else self.component(name, dtype, variant) for name in self._component_names()}
        return kind(**components, **options)

    def component(self, name: str, dtype: torch.dtype, variant: str = "", weights: str = "") -> Any:
        """Load one component.

        Args:
            name: its name, which is its folder's.
            dtype: numbers to hold its weights in.
            variant: of its weight files.
            weights: a file, relative to the model's folder, to read its weights from instead of its own.
        """
        library, class_name = self._index.get(name) or (None, None)
        if library is None:
            return None
        if library not in _LIBRARIES:
            raise ValueError(f"{self._spec.name}: {name} is a class of {library}; only those of {' and '.join(_LIBRARIES)} are loaded")
        kind = getattr(importlib.import_module(library), str(class_name), None)
        if kind is None:
            raise ValueError(f"{self._spec.name}: {library} has no class {class_name}, which model_index.json names for {name}")
        if not issubclass(kind, diffusers.ModelMixin | transformers.PreTrainedModel):
            return self._explained(name, lambda: kind.from_pretrained(self._folder / name, local_files_only=True))
        if weights:
            return self._network_from(name, kind, weights, dtype)
        return self._network(name, kind, dtype, variant)

    def file(self, path: str) -> Path:
        """A .safetensors file, its path relative to the model's folder, after a look at what it is."""
        self._check_file(path)
        return self._folder / path

    def _component_names(self) -> list[str]:
        return [name for name, value in self._index.items() if not name.startswith("_") and isinstance(value, list)]

    def _network(self, name: str, kind: Any, dtype: torch.dtype, variant: str) -> Any:
        self._read(f"{name}/config.json")
        variant = variant if variant and any((self._folder / name).glob(f"*.{variant}*.safetensors")) else ""
        for file in self._weight_files(name, variant):
            self._check_file(file)
        network, info = self._explained(
            name,
            lambda: kind.from_pretrained(
                self._folder / name,
                dtype=dtype,
                variant=variant or None,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            ),
        )
        if lacking := sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]])):
            raise ValueError(
                f"{self._spec.name}: the files of {name}/ do not fit its config.json: {len(lacking)} tensors, {lacking[0]} first"
            )
        return network.eval()

    def _network_from(self, name: str, kind: Any, weights: str, dtype: torch.dtype) -> Any:
        tensors: dict[str, torch.Tensor] = load_file(self.file(weights))
        network = self._explained(name, lambda: kind.from_config(kind.load_config(self._folder / name, local_files_only=True)))
        wanted = {key: value.shape for key, value in network.state_dict().items()}
        if wrong := sorted(key for key in wanted | tensors if wanted.get(key) != getattr(tensors.get(key), "shape", None)):
            raise ValueError(f"{self._spec.name}: {weights} does not fit {name}/config.json: {len(wrong)} tensors, {wrong[0]} first")
        network.load_state_dict(tensors)
        return network.to(dtype).eval()

    def _weight_files(self, name: str, variant: str) -> list[str]:
        """The weight files of a component: its shards where an index lists them."""
        folder = self._folder / name
        for index in folder.glob(f"*.safetensors.index.{variant}.json" if variant else "*.safetensors.index.json"):
            weight_map: Mapping[str, str] = self._read(f"{name}/{index.name}").get("weight_map", {})
            return [f"{name}/{shard}" for shard in sorted(set(weight_map.values()))]
        files = sorted(path.name for path in folder.glob("*.safetensors") if path.stem.partition(".")[2] == variant)
        if not files:
            raise FileNotFoundError(
                f"{self._spec.name}: {name}/ has no .safetensors file, and no other is loaded; to fetch: {FETCH_COMMAND} {self._spec.name}"
            )
        return [f"{name}/{file}" for file in files]

    def _check_file(self, path: str) -> None:
        """Refuse a file that is missing, cut short, or holds something else than real numbers."""
        if not (self._folder / path).resolve().is_relative_to(self._folder.resolve()):
            raise ValueError(f"{self._spec.name}: {path} leads out of the model's folder")
        if not (self._folder / path).is_file():
            raise FileNotFoundError(f"{self._spec.name}: {path} is missing; to fetch: {FETCH_COMMAND} {self._spec.name}")
        try:
            with safetensors.safe_open(self._folder / path, framework="pt") as file:
                kinds = {file.get_slice(key).get_dtype() for key in file.keys() if not key.endswith("position_ids")}  # noqa: SIM118
        except safetensors.SafetensorError:
            raise ValueError(f"{self._spec.name}: {path} is cut short, or not a safetensors file at all; fetch it again") from None
        if others := sorted(kinds - _NUMBERS):
            raise ValueError(f"{self._spec.name}: {path} holds {', '.join(others)}; this backend loads {', '.join(sorted(_NUMBERS))}")

    def _read(self, path: str) -> dict[str, Any]:
        try:
            content = json.loads((self._folder / path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise FileNotFoundError(f"{self._spec.name}: {path} is missing; to fetch: {FETCH_COMMAND} {self._spec.name}") from None
        except ValueError:
            raise ValueError(f"{self._spec.name}: {path} is not JSON; fetch it again") from None
        if not isinstance(content, dict):
            raise ValueError(f"{self._spec.name}: {path} is not a JSON object; fetch it again")  # noqa: TRY004
        return content

    def _explained(self, name: str, load: Any) -> Any:
        """Load; what the library says of wrong files becomes an error that names the component."""
        try:
            return load()
        except (MemoryError, ImportError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            logger.warning("%s of %s could not be loaded", name, self._spec.name, exc_info=error)
            raise ValueError(
                f"{self._spec.name}: {name}/ cannot be loaded: its files are damaged, or not those of its config; fetch them again"
            ) from error
