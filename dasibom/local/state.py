"""What is remembered of a running mesh, so that any later command finds it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dasibom.local.home import Home
from dasibom.local.parts import Part


@dataclass(frozen=True, kw_only=True)
class MeshState:
    """A mesh that was started and not yet stopped."""

    id: str
    url: str  # of the gateway
    runtime: Path  # short folder that holds supervisor's socket
    parts: tuple[Part, ...]

    @classmethod
    def load(cls, home: Home) -> MeshState | None:
        """The one that is remembered; None when there is none."""
        try:
            values = json.loads(home.state.read_text("utf-8"))
        except FileNotFoundError:
            return None
        parts = tuple(map(Part.from_json, values["parts"]))
        return cls(id=values["id"], url=values["url"], runtime=Path(values["runtime"]), parts=parts)

    def save(self, home: Home) -> None:
        """Remember it."""
        parts = [part.to_json() for part in self.parts]
        values = {"id": self.id, "url": self.url, "runtime": str(self.runtime), "parts": parts}
        write_privately(home.state, json.dumps(values, indent=1))


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read; it is there whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
