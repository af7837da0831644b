"""Local language models as their callers meet them: from manifest entries and checkpoints on disk, over real gRPC."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest
import torch

from dasibom.common.v1.image_pb2 import Image
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1.vqa_service_pb2_grpc import VqaServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving
from tests.integration.services.test_model_services import info_of, last_of, running_calls
from tests.tiny import llava, paligemma

ENTRY = """
[[model]]
service = "vqa"
name = "{name}"
backend = "{backend}"
licence = "MIT"
commercial_use = true
memory_mib = 8
description = "A tiny language model."
defaults = {{ max_questions_per_batch = 8 }}
[[model.sources]]
kind = "hub"
repository = "tiny/{name}"
revision = "0123456789012345678901234567890123456789"
files = [{files}]
"""


def entry(name: str, backend: str, folder: Path) -> str:
    """A manifest's entry that pins every file as it is now."""
    files = [
        f'{{ path = "{file.name}", size = {file.stat().st_size}, sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}" }}'
        for file in sorted(folder.iterdir())
    ]
    return ENTRY.format(name=name, backend=backend, files=", ".join(files))


def save_all(weights: Path) -> str:
    """Write sound checkpoints and others; gives the manifest that names them."""
    entries = [
        entry("tiny-paligemma", "paligemma", paligemma.save(weights / "tiny-paligemma")),
        entry("tiny-paligemma2", "paligemma", paligemma.save(weights / "tiny-paligemma2", generation=2)),
        entry("tiny-llava", "llava", llava.save(weights / "tiny-llava")),
        entry("tiny-llava-next", "llava", llava.save(weights / "tiny-llava-next", tiles=True)),
        entry("half", "llava", llava.save(weights / "half", dtype=torch.float16)),
        entry("other-family", "paligemma", llava.save(weights / "other-family")),
        entry("sharded", "llava", llava.save(weights / "sharded", shard="100KB")),
        entry("cut", "llava", llava.save(weights / "cut")),
    ]
    next((weights / "sharded").glob("model-00002-of-*.safetensors")).unlink()
    cut = weights / "cut" / "model.safetensors"
    cut.write_bytes(cut.read_bytes()[:20_000])
    mixed = llava.save(weights / "mixed-up", intermediate_size=96)
    config = (mixed / "config.json").read_text()
    llava.save(mixed)
    (mixed / "config.json").write_text(config)
    entries.append(entry("mixed-up", "llava", mixed))
    return "".join(entries)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A vqa service with these models in its manifest."""
    folder = tmp_path_factory.mktemp("language models")
    manifest = folder / "models.toml"
    manifest.write_text(save_all(folder / "weights"), encoding="utf-8")
    started = start_service(
        "vqa",
        folder,
        DASIBOM_MODELS_FILE=str(manifest),
        DASIBOM_WEIGHTS_DIR=str(folder / "weights"),
        DASIBOM_DEVICE="cpu",
        OMP_NUM_THREADS="1",
    )
    wait_until_serving(started)
    yield started
    started.process.terminate()
    started.process.wait(timeout=30)


def noise(seed: int) -> Image:
    """A picture."""
    return Image(data=imaging.encode(np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)))


def request(model: str, *, seed: int = 0, tokens: int = 6, language: str = "en") -> vqa.AnswerRequest:
    """Three questions about a picture."""
    questions = [vqa.Question(topic="upper_color"), vqa.Question(topic="glasses"), vqa.Question(text="What is on the table?")]
    return vqa.AnswerRequest(images=[noise(seed)], questions=questions, model=model, language=language, max_new_tokens=tokens)


def endless(model: str) -> vqa.AnswerRequest:
    """Far more work than any test waits for."""
    questions = [vqa.Question(text=f"What is the number {number}?") for number in range(100)]
    return vqa.AnswerRequest(images=[noise(seed) for seed in range(16)], questions=questions, model=model, max_new_tokens=1024)


def said(result: vqa.AnswerResult) -> list[tuple[str, float]]:
    """The answers, to compare."""
    return [(answer.text, round(answer.confidence, 4)) for answer in result.answers]


def state_of(channel: grpc.Channel, name: str) -> models.Model:
    """What ListModels tells of a model."""
    return next(model for model in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models if model.name == name)


def metric(service: RunningService, start: str, *marks: str) -> float:
    """The sum of the service's metrics of a name, with these marks among their labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.metrics_port}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start) and all(mark in line for mark in marks))


@pytest.mark.parametrize("name", ["tiny-paligemma", "tiny-paligemma2", "tiny-llava", "tiny-llava-next", "half"])
def test_a_checkpoint_is_loaded_on_first_use_and_answers_in_order(service: RunningService, name: str) -> None:
    with service.channel() as channel:
        messages = list(VqaServiceStub(channel).Answer(request(name), timeout=60))
        result = messages[-1].result
        assert [answer.topic for answer in result.answers] == ["upper_color", "glasses", ""]
        assert all(answer.text and 0 < answer.confidence <= 1 for answer in result.answers if answer.known)
        assert (result.model.model, result.model.backend) == (name, "llava" if name == "half" else name.split("-")[1].rstrip("2"))
        assert len(result.model.weight_sha256) == 64
        state = state_of(channel, name)
        assert (state.state, state.device) == (models.MODEL_STATE_READY, "cpu")
        again = last_of(VqaServiceStub(channel).Answer(request(name), timeout=60))
        assert said(again) == said(result)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("other-family", "type llava"),
        ("sharded", "model-00002-of-"),
        ("cut", "model.safetensors"),
        ("mixed-up", "another shape"),
    ],
)
def test_wrong_files_fail_the_call_and_the_model_with_words_that_help(service: RunningService, name: str, words: str) -> None:
    with service.channel() as channel:
        with pytest.raises(grpc.RpcError) as caught:
            list(VqaServiceStub(channel).Answer(request(name), timeout=60))
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert info_of(caught.value).metadata["model"] == name
        state = state_of(channel, name)
        assert state.state == models.MODEL_STATE_FAILED
        for told in (caught.value.details() or "", state.failure):
            assert name in told
            assert words in told
            assert str(service.log.parent) not in told


@pytest.mark.parametrize("name", ["tiny-paligemma", "tiny-llava"])
def test_two_callers_share_a_batch_a_third_leaves_and_each_gets_its_own(service: RunningService, name: str) -> None:
    with service.channel() as channel:
        stub = VqaServiceStub(channel)
        alone = [said(last_of(stub.Answer(request(name, seed=seed), timeout=60))) for seed in (1, 2)]
        size, batches = (metric(service, f"dasibom_batch_size_{part}", f'model="{name}"') for part in ("sum", "count"))
        blocking = stub.Answer(endless(name))
        step = next(message.progress for message in blocking if message.progress.stage == "answer" and message.progress.step > 2)
        assert step.step < step.total
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(lambda seed: said(last_of(stub.Answer(request(name, seed=seed), timeout=60))), seed) for seed in (1, 2)]
            deadline = time.monotonic() + 60
            while metric(service, "dasibom_queue_depth", f'model="{name}"') < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            blocking.cancel()
            # The work that nobody waits for would have taken hours; it stopped at its next token.
            assert [future.result() for future in waiting] == alone
        assert metric(service, "dasibom_batch_size_sum", f'model="{name}"') == size + 3
        assert metric(service, "dasibom_batch_size_count", f'model="{name}"') == batches + 2
        assert running_calls(service, "Answer") == 0


def test_a_deadline_stops_the_decoding(service: RunningService) -> None:
    with service.channel() as channel:
        stub = VqaServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            list(stub.Answer(endless("tiny-llava"), timeout=1.5))
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        last_of(stub.Answer(request("tiny-llava"), timeout=60))


def test_a_question_beyond_the_models_context_is_told_from_a_fault(service: RunningService) -> None:
    with service.channel() as channel, pytest.raises(grpc.RpcError) as caught:
        list(VqaServiceStub(channel).Answer(vqa.AnswerRequest(images=[noise(0)], prompt="가" * 1000, model="tiny-llava"), timeout=30))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "has room for 2048" in (caught.value.details() or "")


def test_unloading_and_loading_again_gives_the_same_answers(service: RunningService) -> None:
    with service.channel() as channel:
        stub = VqaServiceStub(channel)
        before = said(last_of(stub.Answer(request("tiny-llava", language="ko"), timeout=60)))
        ModelServiceStub(channel).UnloadModel(models.UnloadModelRequest(name="tiny-llava"))
        assert state_of(channel, "tiny-llava").state == models.MODEL_STATE_UNLOADED
        assert said(last_of(stub.Answer(request("tiny-llava", language="ko"), timeout=60))) == before
