"""From the layout that libraries write today to the one of the published SDXL and FLUX.1 folders, which were written by older ones."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def rearrange(folder: Path) -> None:
    """Name CLIP's tensors, its tokenizers' files and T5's tokenizer class as they were named."""
    for file in (folder / "text_encoder").glob("model*.safetensors"):
        tensors = {f"text_model.{name}": tensor for name, tensor in load_file(file).items()}
        tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]  # which nobody reads any more
        save_file(tensors, file, metadata={"format": "pt"})
    for tokenizer in folder.glob("tokenizer*"):
        content = json.loads((tokenizer / "tokenizer.json").read_text())
        if content["model"]["type"] == "BPE":
            (tokenizer / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
            (tokenizer / "merges.txt").write_text("#version: 0.2\n")
            (tokenizer / "tokenizer.json").unlink()
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"T5Tokenizer"', '"T5TokenizerFast"'))
