"""From the layout that the transformers library writes today to the one of the published vision-language checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file, save_file

_INDEX = "model.safetensors.index.json"


def rearrange(folder: Path, *, keep_processor: bool) -> None:
    """Name the vision encoder's tensors as they were named, and put the picture's preparation in a file of its own.

    Args:
        folder: a checkpoint.
        keep_processor: whether processor_config.json stays, with what is not about pictures.
    """
    for file in folder.glob("*.safetensors"):
        save_file({_published(name): tensor for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})
    if (folder / _INDEX).exists():
        index = json.loads((folder / _INDEX).read_text())
        index["weight_map"] = {_published(name): file for name, file in index["weight_map"].items()}
        (folder / _INDEX).write_text(json.dumps(index))
    processor = json.loads((folder / "processor_config.json").read_text())
    pictures = {**processor.pop("image_processor"), "processor_class": processor["processor_class"]}
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))
    if keep_processor:
        (folder / "processor_config.json").write_text(json.dumps(processor))
    else:
        (folder / "processor_config.json").unlink()


def _published(name: str) -> str:
    return name.replace("vision_tower.", "vision_tower.vision_model.", 1)
