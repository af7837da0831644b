"""The names and shapes of published networks' tensors."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path


@cache
def shapes(family: str) -> dict[str, dict[str, tuple[int, ...]]]:
    """By network, then by key.

    Args:
        family: the folder with the `keys.json.gz`.
    """
    text = gzip.decompress((Path(__file__).parent / family / "keys.json.gz").read_bytes())
    return {tag: {key: tuple(shape) for key, shape in network["shapes"].items()} for tag, network in json.loads(text).items()}
