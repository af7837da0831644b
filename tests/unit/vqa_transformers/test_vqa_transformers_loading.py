"""Wrong files are refused in words that name the model and the file, and no path of this machine."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from services.vqa.backends.transformers import LlavaBackend, PaliGemmaBackend
from tests.tiny import llava, paligemma
from tests.unit.vqa_transformers.conftest import picture, spec, task


@pytest.fixture
def copy_of(folder_of: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A checkpoint of a kind that may be spoiled."""
    return lambda kind: Path(shutil.copytree(folder_of(kind), tmp_path / "spoiled"))


def refusal(backend: LlavaBackend | PaliGemmaBackend, folder: Path) -> str:
    """What loading says."""
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        backend.load()
    said = str(caught.value)
    assert backend.spec.name in said
    assert str(folder) not in said
    assert getattr(caught.value, "errno", None) is None
    return said


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = llava.save(tmp_path / "sharded", shard="100KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 2
    LlavaBackend(spec("mine", "llava"), folder).load()
    shards[1].unlink()
    assert shards[1].name in refusal(LlavaBackend(spec("mine", "llava"), folder), folder)


@pytest.mark.parametrize("kept", [4, 100, 20_000])
def test_a_cut_file_is_named(kept: int, copy_of) -> None:
    folder = copy_of("llava")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    said = refusal(LlavaBackend(spec("mine", "llava"), folder), folder)
    assert "model.safetensors is not a whole safetensors file" in said


def test_a_checkpoint_of_another_family_is_refused(folder_of) -> None:
    said = refusal(PaliGemmaBackend(spec("mine", "paligemma"), folder_of("llava")), folder_of("llava"))
    assert "type llava" in said
    assert "paligemma" in said


def test_weights_of_another_shape_are_refused(copy_of) -> None:
    folder = copy_of("paligemma")
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["intermediate_size"] = 96
    (folder / "config.json").write_text(json.dumps(config))
    said = refusal(PaliGemmaBackend(spec("mine", "paligemma"), folder), folder)
    assert "another shape" in said
    assert "mlp" in said


def test_weights_that_leave_a_gap_are_refused(copy_of) -> None:
    folder = copy_of("llava")
    tensors = load_file(folder / "model.safetensors")
    gone = next(name for name in tensors if "layers.1.self_attn.q_proj" in name and "vision" not in name)
    del tensors[gone]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    said = refusal(LlavaBackend(spec("mine", "llava"), folder), folder)
    assert "1 tensors are missing" in said
    assert "layers.1.self_attn.q_proj" in said


def test_a_pickle_is_never_read(copy_of, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    folder = copy_of("llava")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    assert "model.safetensors" in refusal(LlavaBackend(spec("mine", "llava"), folder), folder)
    assert not (tmp_path / "sprung").exists()


def test_code_in_the_folder_is_never_run(copy_of, tmp_path: Path) -> None:
    folder = copy_of("llava")
    (folder / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\nclass Trap: pass\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "trap", "auto_map": {"AutoConfig": "trap.Trap"}}
    (folder / "config.json").write_text(json.dumps(config))
    assert "config.json" in refusal(LlavaBackend(spec("mine", "llava"), folder), folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "processor_config.json", "preprocessor_config.json"])
@pytest.mark.parametrize("broken", [False, True])
def test_files_beside_the_weights_are_missed(name: str, broken: bool, copy_of) -> None:
    folder = copy_of("llava")
    if broken:
        (folder / name).write_text("{")
    else:
        (folder / name).unlink()
    assert refusal(LlavaBackend(spec("mine", "llava"), folder), folder)


def test_a_processor_that_does_not_fit_the_model_is_found_when_it_is_loaded(copy_of) -> None:
    folder = copy_of("llava")
    processor = json.loads((folder / "processor_config.json").read_text())
    (folder / "processor_config.json").write_text(json.dumps({**processor, "patch_size": 7}))
    assert "tokens" in refusal(LlavaBackend(spec("mine", "llava"), folder), folder)


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16])
def test_weights_stored_in_half_precision_are_cast(stored: torch.dtype, tmp_path: Path) -> None:
    backend = PaliGemmaBackend(spec("mine", "paligemma"), paligemma.save(tmp_path / "half", dtype=stored), dtype="float32")
    backend.load()
    assert {weight.dtype for weight in backend._model.parameters()} == {torch.float32}
    assert backend.answer([task(picture(40, 30), "Hat?")])[0][0].text


def test_a_model_without_a_chat_template_needs_the_form_of_its_prompts(tmp_path: Path, backend_of) -> None:
    folder = llava.save(tmp_path / "bare", template=None)
    assert "`prompt`" in refusal(LlavaBackend(spec("mine", "llava"), folder), folder)
    assert "{question} once" in refusal(LlavaBackend(spec("mine", "llava", prompt="USER: <image> ASSISTANT:"), folder), folder)
    stated = LlavaBackend(spec("mine", "llava", prompt="USER: <image>\n{question} ASSISTANT:"), folder)
    stated.load()
    asked = [task(picture(40, 30), "Is there a hat?", "Describe {question} and <image>.")]
    assert stated.continuations(asked) == backend_of("llava").continuations(asked)
