"""Write docs/SETTINGS.md: the services' environment variables, from their settings classes (`--check` only looks whether it is fresh)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from generated_file import ROOT, GeneratedFile
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from services.common.settings import ModelServiceSettings, ServerSettings
from services.diffusion.settings import DiffusionSettings
from services.orchestrator.settings import OrchestratorSettings
from services.vqa.settings import VqaSettings

COMMAND = "python scripts/settings_table.py"

_MODEL_SERVICES = ("vqa", "diffusion", "faceswap", "superres")
_ORCHESTRATOR = ("orchestrator.api", "orchestrator.worker")
# Heading, class, programs. A class comes after those that it extends: what it adds is listed.
TABLES: tuple[tuple[str, type[BaseSettings], tuple[str, ...]], ...] = (
    ("Every program", ServerSettings, (*_MODEL_SERVICES, *_ORCHESTRATOR)),
    ("Model services", ModelServiceSettings, _MODEL_SERVICES),
    ("Visual question answering", VqaSettings, ("vqa",)),
    ("Image generation", DiffusionSettings, ("diffusion",)),
    ("Orchestrator", OrchestratorSettings, _ORCHESTRATOR),
)
_INTRODUCTION = f"""# Settings

<!-- Written by `{COMMAND}` from the settings classes; change those. -->

Each program reads its settings from environment variables, checks all of them when it starts, and ends when one is wrong, naming it.
A variable that is not set has its default; one that a program does not know is passed over. Lists are separated by commas.
The settings of the two Envoy processes are JSON: see [GATEWAY.md](GATEWAY.md).

## One service alone
Where several services share an environment, as on the mesh of `make up`, the name of a model service in a variable means that service
alone: `DASIBOM_VQA_DEFAULT_MODEL` is `DASIBOM_DEFAULT_MODEL` for vqa and for nothing else, and stands above it. So does every variable of
[Model services](#model-services), and of a service's own table: `DASIBOM_<SERVICE>_<SETTING>`, with `VQA`, `DIFFUSION`, `FACESWAP` or
`SUPERRES`. Pictures described by PaliGemma, drawn by SDXL and enhanced by Real-ESRGAN:

```sh
export DASIBOM_WEIGHTS_DIR=~/weights
export DASIBOM_VQA_DEFAULT_MODEL=paligemma-3b-mix-448
export DASIBOM_DIFFUSION_DEFAULT_MODEL=sdxl
export DASIBOM_SUPERRES_DEFAULT_MODEL=realesrgan-x4plus
make up
```
`make up` understands `DASIBOM_WEIGHTS_DIR` and `DASIBOM_MODELS_FILE` as paths beside the caller; a service that is started by itself
as paths in the folder that it runs in. The addresses and keys of [Every program](#every-program) belong to a process, not to a service,
and have no such form.
"""


def make_table() -> str:
    """The whole document."""
    parts = [_INTRODUCTION]
    for heading, settings, programs in TABLES:
        fields = {
            name: field for name, field in settings.model_fields.items() if name not in getattr(settings.__base__, "model_fields", {})
        }
        rows = [_row(settings, name, field) for name, field in fields.items()]
        who = ", ".join(f"`python -m services.{program}`" for program in programs)
        parts.append("\n".join([f"## {heading}", f"{who}", "", "| variable | default | meaning |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _row(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    variable = f"{settings.model_config['env_prefix']}{name}".upper()
    if not field.description:
        raise ValueError(f"{settings.__name__}.{name} has no description")
    default = "needed" if field.is_required() else _default(field.get_default(call_default_factory=True))
    return f"| `{variable}` | {default} | {field.description.replace('|', chr(92) + '|')} |"


def _default(value: Any) -> str:
    if value is None or value in ("", (), SecretStr("")):
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    if isinstance(value, float):
        return f"`{value:g}`" if value < 1e6 else f"`{value:.0f}`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


SETTINGS = GeneratedFile(path=ROOT / "docs" / "SETTINGS.md", make=make_table, command=COMMAND)

if __name__ == "__main__":
    sys.exit(SETTINGS.main())
