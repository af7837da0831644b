"""Progress, cancellation, limits, and memory given back."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from services.common.backend import Cancelled, OutOfMemory, Unsupported
from tests.unit.vqa_transformers.conftest import FAMILIES, KINDS, Listener, picture, spec, task

FAMILY_KINDS = ["paligemma", "llava"]


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_progress_goes_by_picture_then_by_token_to_its_end(kind, backend_of) -> None:
    listener = Listener()
    backend_of(kind).answer([task(picture(40, 30), *["Hat?"] * 6, tokens=3, monitor=listener)])  # four questions a batch: two batches
    stages, steps, totals = zip(*listener.reports, strict=True)
    assert stages[0] == "encode"
    assert set(stages[1:]) == {"answer"}
    assert list(steps[1:]) == sorted(steps[1:])
    assert (steps[-1], set(totals[1:])) == (6, {6})
    assert set(range(7)) == set(steps[1:])


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_a_batch_holds_no_more_pictures_than_the_manifest_allows(kind, folder_of, backend_of) -> None:
    few = FAMILIES[kind](spec(kind, kind, max_pictures_per_batch=2), folder_of(kind))
    few.load()
    listener = Listener()
    tasks = [task(picture(40, 30, seed=seed), "Hat?", tokens=3, monitor=listener) for seed in range(4)]
    assert [said[0].tokens for said in few.continuations(tasks)] == [said[0].tokens for said in backend_of(kind).continuations(tasks)]
    assert next(total for stage, _, total in listener.reports if stage == "answer") == 2 * 3


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_everyone_in_a_batch_hears_of_it(kind, backend_of) -> None:
    listeners = Listener(), Listener()
    backend_of(kind).answer([task(picture(40, 30), "Hat?", monitor=listener) for listener in listeners])
    assert listeners[0].reports == listeners[1].reports != []


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_who_leaves_while_tokens_are_chosen_stops_the_model_within_that_step(kind, open_of) -> None:
    opened = open_of(kind)
    with opened.calls(opened.model.lm_head) as before, pytest.raises(Cancelled):
        opened.backend.answer([task(picture(40, 30), "Hat?", tokens=500, monitor=Listener(leave_after=4))])
    # Reports: encode, answer 0, then one a token; the fifth is of the third token, and no fourth is computed.
    assert len(before) == 3


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_who_leaves_before_the_picture_is_looked_at_costs_nothing(kind, open_of) -> None:
    opened = open_of(kind)
    with opened.calls(opened.model.model.vision_tower) as looks, pytest.raises(Cancelled):
        opened.backend.answer([task(picture(40, 30), "Hat?", monitor=Listener(leave_after=0))])
    assert looks == []


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_a_question_longer_than_the_models_context_is_refused_in_words(kind, backend_of) -> None:
    with pytest.raises(Unsupported, match=rf"{kind} has room for 2048"):
        backend_of(kind).answer([task(picture(40, 30), "가나다" * 1300)])


def test_a_sliding_window_bounds_what_shares_a_picture(backend_of) -> None:
    with pytest.raises(Unsupported, match="has room for 128"):
        backend_of("llava-next-mistral").answer([task(picture(40, 30), "Hat? " * 60)])


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_unloading_frees_the_model(kind, folder_of) -> None:
    backend = FAMILIES[KINDS[kind][0]](spec(kind, kind), folder_of(kind))
    backend.load()
    assert backend.device in ("cpu", "cuda:0")
    model = weakref.ref(backend._model)
    backend.answer([task(picture(40, 30), "Hat?")])
    backend.unload()
    gc.collect()
    assert model() is None
    with pytest.raises(RuntimeError, match="before it was loaded"):
        backend.answer([task(picture(40, 30), "Hat?")])
    backend.load()
    assert backend.answer([task(picture(40, 30), "Hat?")])[0][0].text


def test_a_full_device_says_what_would_need_less(open_of) -> None:
    opened = open_of("llava")

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    opened.model.lm_head.register_forward_pre_hook(full)
    with pytest.raises(OutOfMemory, match="fewer questions"):
        opened.backend.answer([task(picture(40, 30), "Hat?")])


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_answers_too(kind, folder_of) -> None:
    backend = FAMILIES[KINDS[kind][0]](spec(kind, kind), folder_of(kind), device="cpu", dtype="bfloat16")
    backend.load()
    answers = backend.answer([task(picture(40, 30), "Hat?", "Bag?"), task(picture(40, 30, seed=1), "Hat?")])
    assert [len(of_one) for of_one in answers] == [2, 1]
    assert all(0 < answer.confidence <= 1 for of_one in answers for answer in of_one if answer.known)
