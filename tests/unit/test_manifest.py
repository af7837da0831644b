"""The project's manifest: every entry can be made, fetched and accepted as it says; and the examples of docs/MODELS.md work."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path, PurePosixPath

import pytest

from services.common import manifest
from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.settings import ModelServiceSettings
from services.common.weights import ACCEPTED_SUFFIXES
from services.diffusion.backends.latent.options import FluxOptions, SdxlOptions, options_of
from tests import default_models

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "MODELS.md").read_text(encoding="utf-8")
SERVICES = manifest.services()
MODELS = {spec.name: spec for specs in SERVICES.values() for spec in specs}
EMBEDDED = {"vqa": "vision", "diffusion": "composite", "faceswap": "blend", "superres": "compact"}
PROMISED = {
    "vqa": {
        *("paligemma-3b-mix-224", "paligemma-3b-mix-448", "paligemma2-3b-mix-448", "llava-1.5-7b", "llava-1.5-13b"),
        *("llava-v1.6-mistral-7b", "openai"),
    },
    "diffusion": {
        *("sdxl", "sdxl-refined", "sdxl-inpaint", "sdxl-lightning", "sdxl-lcm", "flux-schnell", "flux-dev", "flux-fill", "midjourney"),
    },
    "faceswap": {"insightface"},
    "superres": {
        *("realesrgan-x4plus", "realesrgan-x2plus", "realesrgan-general-x4v3", "realesrgan-anime-6b"),
        *("hat-s-x4", "hat-x2", "hat-x3", "hat-x4", "hat-l-x4", "real-hat-gan-x4", "real-hat-gan-x4-sharper"),
    },
}
# Words of licences that do not allow commercial use, in the publishers' own names for them.
FORBIDDING = re.compile(r"non-?commercial|research|-NC\b", re.IGNORECASE)
MINIMAL = """
[[model]]
service = "diffusion"
name = "base"
backend = "sdxl"
licence = "MIT"
commercial_use = true
memory_mib = 1
description = "d"
defaults = { width = 8, height = 8 }
[[model.sources]]
kind = "url"
repository = "https://example.org"
files = [{ path = "a.safetensors" }]
"""


def sources() -> list[tuple[str, WeightSource]]:
    return [(spec.name, source) for spec in MODELS.values() for source in spec.sources]


def files() -> list[tuple[str, WeightFile]]:
    return [(spec.name, file) for spec in MODELS.values() for file in spec.weights]


def written(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_promised_is_there_and_the_embedded_model_stays_the_default_one(service: str) -> None:
    names = [spec.name for spec in SERVICES[service]]
    assert names[0] == EMBEDDED[service]
    assert set(names) >= PROMISED[service]


@pytest.mark.parametrize(("service", "backend"), sorted({(service, spec.backend) for service, specs in SERVICES.items() for spec in specs}))
def test_every_family_that_the_manifest_names_is_one_that_its_service_makes(service: manifest.Service, backend: str) -> None:
    spec = next(spec for spec in SERVICES[service] if spec.backend == backend)
    assert default_models.make(service, spec).spec is spec


def test_a_family_that_does_not_exist_is_refused_by_every_service() -> None:
    for service, specs in SERVICES.items():
        create = import_module(f"services.{service}.models").create
        settings = default_models.SETTINGS.get(service, ModelServiceSettings)()
        unknown = ModelSpec(name="x", backend="nobody", revision="", licence="MIT", commercial_use=True, memory_bytes=0)
        with pytest.raises(ValueError, match=rf"x names the backend 'nobody'.*\b{specs[0].backend}\b"):
            create(unknown, settings)


def test_what_is_fetched_is_pinned() -> None:
    for name, source in sources():
        assert source.files, name
        match source.kind:
            case "hub":
                assert re.fullmatch(r"[0-9a-f]{40}", source.revision), f"{name}: {source.revision} is no commit"
                assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repository), name
            case "github":
                assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repository), name
                assert source.revision, name
                # A release's files can be exchanged for others, and GitHub states no hash of them.
                assert all(file.sha256 for file in source.files), name
            case kind:
                assert kind == "package", f"{name}: {kind}"
                assert all(file.sha256 for file in source.files), name


def test_hashes_and_sizes_can_be_true() -> None:
    for name, file in files():
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256), f"{name}: {file.path}"
        assert file.size < 50e9, f"{name}: {file.path}"
        if PurePosixPath(file.path).suffix in {".safetensors", ".onnx", ".pth"} and file.size:
            assert file.size > 1e6, f"{name}: {file.path} is no weight file at {file.size} bytes"
    by_hash = {file.sha256: file.size for _, file in files() if file.sha256 and file.size}
    assert all(by_hash[file.sha256] == file.size for _, file in files() if file.sha256 and file.size)


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_a_model_s_files_are_loadable_kinds_each_named_once_and_inside_its_folder(spec: ModelSpec) -> None:
    paths = [file.path for file in spec.weights]
    assert len(paths) == len(set(paths))
    for path in map(PurePosixPath, paths):
        assert path.suffix in ACCEPTED_SUFFIXES
        assert not path.is_absolute()
        assert ".." not in path.parts


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_shards_are_whole_and_have_their_index(spec: ModelSpec) -> None:
    paths = {file.path for file in spec.weights}
    for path in paths:
        if shard := re.fullmatch(r"(.*)-\d{5}-of-(\d{5})\.safetensors", path):
            stem, number = shard[1], int(shard[2])
            assert {f"{stem}-{part:05d}-of-{number:05d}.safetensors" for part in range(1, number + 1)} <= paths
            assert f"{stem}.safetensors.index.json" in paths


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_a_licence_that_forbids_commercial_use_says_so_and_what_is_fetched_can_be_read_up(spec: ModelSpec) -> None:
    if FORBIDDING.search(spec.licence):
        assert not spec.commercial_use
    if any(source.kind != "package" for source in spec.sources):
        assert spec.licence_url.startswith("https://")


def test_models_of_one_licence_agree_on_what_it_allows() -> None:
    assert len({(spec.licence, spec.commercial_use) for spec in MODELS.values()}) == len({spec.licence for spec in MODELS.values()})


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_the_memory_that_a_model_needs_is_at_least_its_weights_in_half_precision(spec: ModelSpec) -> None:
    weights = sum(file.size for file in spec.weights)
    # Files are stored in half precision, but for PaliGemma's.
    stored = 4 if spec.name.startswith("paligemma-") else 2
    assert spec.memory_bytes >= weights * 2 / stored
    assert spec.memory_bytes < 64 * 2**30
    assert bool(spec.weights) <= bool(spec.memory_bytes)


@pytest.mark.parametrize("spec", SERVICES["diffusion"], ids=lambda spec: spec.name)
def test_the_defaults_of_pictures_are_what_servicer_and_family_read(spec: ModelSpec) -> None:
    for key in ("width", "height", "num_inference_steps"):
        assert type(spec.defaults.get(key, 1)) is int, key
    for key in ("guidance_scale", "strength", "mask_strength"):
        assert type(spec.defaults.get(key, 1.0)) is float, key
    if spec.backend in {"sdxl", "flux"}:
        assert spec.defaults.keys() >= {"width", "height", "num_inference_steps", "guidance_scale"}
        assert int(spec.defaults["width"]) % 16 == int(spec.defaults["height"]) % 16 == 0
    if spec.backend == "flux":
        options_of(spec, FluxOptions)
    if spec.backend == "sdxl":
        options = options_of(spec, SdxlOptions)
        paths = [file.path for file in spec.weights]
        assert not options.lora or options.lora in paths
        assert not options.refiner or f"{options.refiner}/model_index.json" in paths
        assert all(f".{options.variant}." in path for path in paths if re.search(r"(diffusion_pytorch_)?model\..*safetensors$", path))


@pytest.mark.parametrize("spec", SERVICES["superres"], ids=lambda spec: spec.name)
def test_the_defaults_of_super_resolution_fit_the_model(spec: ModelSpec) -> None:
    assert type(spec.defaults["scale"]) is int
    if scale := re.search(r"x(\d)", spec.name):
        assert spec.defaults["scale"] == int(scale[1])
    paths = [file.path for file in spec.weights]
    assert spec.defaults.get("keeps_noise", paths[0]) in paths
    assert len(paths) == (2 if "keeps_noise" in spec.defaults else 1)


def test_the_commercial_profile_has_only_models_that_allow_it() -> None:
    assert all(MODELS[name].commercial_use for name in manifest.profiles()["commercial"])


def test_a_model_that_extends_another_is_that_one_with_changes(tmp_path: Path) -> None:
    mine = """
[[model]]
service = "diffusion"
name = "mine"
extends = "base"
description = "mine"
defaults = { height = 16, steps = 4 }
[[model.sources]]
kind = "manual"
directory = "lora"
files = [{ path = "b.safetensors" }]
"""
    base, spec = manifest.models("diffusion", written(tmp_path, MINIMAL + mine))[-2:]
    assert (spec.name, spec.description, spec.backend, spec.licence) == ("mine", "mine", "sdxl", "MIT")
    assert spec.defaults == {"width": 8, "height": 16, "steps": 4}
    assert [file.path for file in spec.weights] == ["a.safetensors", "lora/b.safetensors"]
    assert base.defaults == {"width": 8, "height": 8}
    assert len(base.sources) == 1


def test_an_own_model_may_extend_one_of_the_project_s(tmp_path: Path) -> None:
    mine = '[[model]]\nservice = "diffusion"\nname = "mine"\nextends = "sdxl"\ndefaults = { num_inference_steps = 12 }\n'
    spec = manifest.models("diffusion", written(tmp_path, mine))[-1]
    assert spec.sources == MODELS["sdxl"].sources
    assert spec.defaults == {**MODELS["sdxl"].defaults, "num_inference_steps": 12}


@pytest.mark.parametrize(("service", "base"), [("diffusion", "nobody"), ("vqa", "sdxl"), ("diffusion", "sdxl-lcm"), ("diffusion", "mine")])
def test_a_model_can_extend_only_a_whole_one_of_its_own_service(tmp_path: Path, service: str, base: str) -> None:
    mine = f'[[model]]\nservice = "{service}"\nname = "mine"\nextends = "{base}"\n'
    with pytest.raises(ValueError, match=f"mine extends {base}, which has to be a model of {service} that extends none itself"):
        manifest.services(written(tmp_path, mine))


def test_a_wrong_entry_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"models\.toml: base: licence: Field required; bakend: Extra inputs"):
        manifest.services(written(tmp_path, MINIMAL.replace('licence = "MIT"', 'bakend = "sdxl"')))


def test_the_guide_s_examples_are_models_that_their_services_make(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    own = written(tmp_path, example)
    assert manifest.profiles(own)["ours"] == ("realesrnet-x4plus", "sdxl-portraits")
    upscaler, portraits = manifest.models("superres", own)[-1], manifest.models("diffusion", own)[-1]
    assert default_models.make("superres", upscaler, models_file=own, weights_dir=tmp_path).spec is upscaler
    assert default_models.make("diffusion", portraits, models_file=own, weights_dir=tmp_path).spec is portraits
    assert options_of(portraits, SdxlOptions).lora in [file.path for file in portraits.weights]
    assert portraits.weights[: len(MODELS["sdxl"].weights)] == MODELS["sdxl"].weights


def test_the_guide_tells_only_reasons_that_the_services_give() -> None:
    told = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", GUIDE.partition("## What a refused model says")[2].partition("\n## ")[0]))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "services").rglob("*.py"))
    told = {name for name in told if not name.startswith("DASIBOM_")}
    assert told
    assert {name for name in told if not re.search(rf'\breason ?= ?"{name}"', code)} == set()


def test_the_guide_names_only_variables_that_exist() -> None:
    known = "".join((ROOT / path).read_text(encoding="utf-8") for path in ("docs/SETTINGS.md", "scripts/downloads/settings.py"))
    named = set(re.findall(r"DASIBOM_([A-Z_]+)\b", GUIDE))
    general = {re.sub(r"^(VQA|DIFFUSION|FACESWAP|SUPERRES)_", "", name) for name in named}
    assert {name for name in general if f"DASIBOM_{name}`" not in known and f"{name.lower()}:" not in known} == set()
