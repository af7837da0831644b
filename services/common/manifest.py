"""The manifest: every model of every service, as data. `services/models.toml` is the project's; an operator's own file may add to it.

A model of a known family is an entry there, not code:

    [[model]]
    service = "superres"
    name = "realesrgan-x4plus"
    backend = "realesrgan"
    licence = "BSD-3-Clause"
    commercial_use = true
    memory_mib = 1500
    description = "…"
    defaults = { tile = 512 }
    [[model.sources]]
    kind = "github"
    repository = "xinntao/Real-ESRGAN"
    revision = "v0.1.0"
    files = [{ path = "RealESRGAN_x4plus.pth", size = 67040989, sha256 = "4fa0…" }]

An entry that says `extends = "sdxl"` is that model with changes: its own keys replace that model's, its defaults are added to that
model's, and its sources come after that model's.

The table `[profiles]` names sets of models that are fetched together: `portraits = ["paligemma2-3b-mix-448", "sdxl"]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.common.backend import ModelSpec, WeightFile, WeightSource

PATH = Path(__file__).parent.parent / "models.toml"

Service = Literal["vqa", "diffusion", "faceswap", "superres"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=64)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _File(_Entry):
    """One file of a source."""

    path: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    size: Annotated[int, Field(ge=0)] = 0
    member_of: str = ""


class _Source(_Entry):
    """One place that files come from."""

    kind: Literal["hub", "github", "url", "manual", "package"]
    repository: str = ""
    revision: str = ""
    directory: str = ""
    files: tuple[_File, ...]


class _Stated(_Entry):
    """What an entry says, whether or not the rest comes from the model that it extends."""

    model_config = ConfigDict(extra="allow")

    service: Service
    name: Name
    extends: str = ""
    defaults: dict[str, str | bool | int | float] = {}
    sources: tuple[_Source, ...] = ()


class _Model(_Stated):
    """One model."""

    model_config = ConfigDict(extra="forbid")

    backend: str
    revision: str = ""
    licence: str
    licence_url: str = ""
    commercial_use: bool
    external: bool = False
    memory_mib: Annotated[int, Field(ge=0)]
    description: Annotated[str, Field(min_length=1)]

    def spec(self) -> ModelSpec:
        """The model as the services know it."""
        sources = tuple(_source(source) for source in self.sources)
        return ModelSpec(
            name=self.name,
            backend=self.backend,
            revision=self.revision or (sources[0].revision if sources else ""),
            licence=self.licence,
            licence_url=self.licence_url,
            commercial_use=self.commercial_use,
            external=self.external,
            memory_bytes=self.memory_mib * 1024**2,
            sources=sources,
            defaults=self.defaults,
            description=self.description,
        )


class _Manifest(_Entry):
    """A whole file."""

    model: tuple[_Stated, ...] = ()
    profiles: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = {}


def models(service: Service, extra: Path | None = None) -> tuple[ModelSpec, ...]:
    """The models of one service, in the manifest's order: the first is the default one.

    Args:
        service: the service.
        extra: an operator's own manifest. Its entries come after the project's; one of the same name takes the other's place.

    Raises:
        ValueError: a file is not a manifest; the message names the file, the entry and what is wrong.
        OSError: a file cannot be read.
    """
    return tuple(model.spec() for model in _all(extra).values() if model.service == service)


def services(extra: Path | None = None) -> dict[str, tuple[ModelSpec, ...]]:
    """All models by service. Raises what `models` raises."""
    return {service: models(service, extra) for service in ("vqa", "diffusion", "faceswap", "superres")}


def profiles(extra: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Names of models by profile, a set of models to fetch together. One of the operator's takes the place of the project's.

    Raises:
        ValueError: a profile names models that do not exist, or what `models` raises.
        OSError: a file cannot be read.
    """
    table = dict(_read(PATH).profiles) | (_read(extra).profiles if extra is not None else {})
    known = _all(extra)
    for name, members in table.items():
        if unknown := sorted(set(members) - set(known)):
            raise ValueError(f"{extra or PATH}: the profile {name} names models that do not exist: {', '.join(unknown)}")
    return table


def _all(extra: Path | None) -> dict[str, _Model]:
    """Every model by its name. It is its folder's too, so no two services have one of the same name."""
    known = _models(PATH)
    if extra is None:
        return known
    added = _models(extra)
    for name, model in added.items():
        if name in known and known[name].service != model.service:
            raise _twins(extra, known[name], model)
    return known | added


@cache
def _models(path: Path) -> dict[str, _Model]:
    """A file's models by name, whole."""
    own: dict[str, _Stated] = {}
    for entry in _read(path).model:
        if entry.name in own:
            raise _twins(path, own[entry.name], entry)
        own[entry.name] = entry
    known = {entry.name: entry for entry in _read(PATH).model} | own
    return {entry.name: _whole(path, entry, known) for entry in own.values()}


@cache
def _read(path: Path) -> _Manifest:
    try:
        return _Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ValueError(f"{path}: {_explain(error)}") from None


def _whole(path: Path, entry: _Stated, known: Mapping[str, _Stated]) -> _Model:
    """The entry with what it takes over from the model that it extends."""
    values = entry.model_dump(exclude_unset=True)
    if entry.extends:
        base = known.get(entry.extends)
        if base is None or base.service != entry.service or base.extends:
            raise ValueError(
                f"{path}: {entry.name} extends {entry.extends}, which has to be a model of {entry.service} that extends none itself"
            )
        values = {
            **base.model_dump(exclude_unset=True),
            **values,
            "defaults": {**base.defaults, **entry.defaults},
            "sources": (*base.sources, *entry.sources),
        }
    try:
        return _Model.model_validate(values)
    except ValidationError as error:
        raise ValueError(f"{path}: {entry.name}: {_explain(error)}") from None


def _twins(path: Path, one: _Stated, other: _Stated) -> ValueError:
    return ValueError(f"{path}: two models are named {one.name}, one of {one.service} and one of {other.service}")


def _explain(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())


def _source(source: _Source) -> WeightSource:
    below = f"{source.directory}/" if source.directory else ""
    files = tuple(
        WeightFile(path=below + file.path, sha256=file.sha256, size=file.size, origin=file.path, member_of=file.member_of)
        for file in source.files
    )
    return WeightSource(kind=source.kind, repository=source.repository, revision=source.revision, files=files)
