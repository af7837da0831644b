"""Write Envoy's configuration: `python -m gateway edge|mesh --settings FILE.json [--out FILE] [--validate]`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from gateway.envoy import ConfigurationRefused, EnvoyMissing, validate
from gateway.render import render_edge, render_mesh
from gateway.settings import EdgeSettings, MeshSettings


def _render(process: str, settings: Path) -> str:
    text = settings.read_text(encoding="utf-8")
    if process == "edge":
        return render_edge(EdgeSettings.model_validate_json(text))
    return render_mesh(MeshSettings.model_validate_json(text))


def _explain(error: ValidationError) -> str:
    lines = (f"{'.'.join(map(str, part['loc'])) or 'settings'}: {part['msg'].removeprefix('Value error, ')}" for part in error.errors())
    return "\n".join(lines)


def write_configuration(path: Path, text: str) -> None:
    """Write a file that only its owner may read, for it may hold API keys; whoever reads it sees the old or the new text, never half."""
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Write Envoy's configuration.")
    parser.add_argument("process", choices=("edge", "mesh"), help="which of the two Envoys")
    parser.add_argument("--settings", type=Path, required=True, help="JSON file; its fields are those of gateway/settings.py")
    parser.add_argument("--out", type=Path, help="file to write; standard output without")
    parser.add_argument("--validate", action="store_true", help="ask Envoy first whether it takes the configuration")
    arguments = parser.parse_args()
    try:
        text = _render(arguments.process, arguments.settings)
        if arguments.validate:
            validate(text)
        if arguments.out is None:
            sys.stdout.write(text)
        else:
            write_configuration(arguments.out, text)
    except ValidationError as error:
        print(f"{arguments.settings} cannot be used:\n{_explain(error)}", file=sys.stderr)
    except (OSError, ValueError, EnvoyMissing, ConfigurationRefused) as error:
        print(error, file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
