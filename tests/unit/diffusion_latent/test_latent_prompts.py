"""Prompts are read once, and to their end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from services.diffusion.backends.latent.prompts import Embedding, PromptCache
from tests.unit.diffusion_latent.conftest import difference

WORDS = "a portrait of a missing person with a round face and short black hair and a scar on the left cheek, wearing "  # over 75 tokens


def test_a_prompt_is_encoded_once_however_often_it_is_used(load, task) -> None:
    backend = load("sdxl", prompt_cache=8)
    before = backend.prompts.encoded
    first = backend.generate([task(prompt="used often", negative_prompt="never seen", num_images=2)])
    assert backend.prompts.encoded == before + 2
    again = backend.generate([task(prompt="used often", negative_prompt="never seen", num_images=2), task(prompt="used often")])
    assert backend.prompts.encoded == before + 2
    assert difference(first[0][0].pixels, again[0][0].pixels) <= 1


def test_the_prompts_used_last_are_kept() -> None:
    cache = PromptCache(lambda prompt: Embedding(tokens=torch.zeros(1, 2, 3), pooled=torch.zeros(1, 3)), size=2)
    for prompt in ("a", "b", "a", "c", "a"):
        cache[prompt]
    assert cache.encoded == 3
    cache["b"]
    assert cache.encoded == 4


def test_the_end_of_a_long_prompt_counts_for_sdxl(load, task) -> None:
    red, blue = (load("sdxl").generate([task(prompt=f"{WORDS}{color} coat")])[0][0].pixels for color in ("red", "blue"))
    assert difference(red, blue) > 0


def test_a_long_negative_prompt_meets_a_short_prompt(load, task) -> None:
    longer, shorter = task(negative_prompt=f"{WORDS}red coat"), task(negative_prompt="red coat")
    made = load("sdxl").generate([longer, shorter])
    assert difference(made[0][0].pixels, made[1][0].pixels) > 0


def test_a_short_prompt_is_one_window_and_a_long_one_breaks_between_words(load) -> None:
    backend = load("sdxl")
    assert backend.prompts["a red cat"].tokens.shape[1] == 77
    long = backend.prompts[WORDS]
    assert long.tokens.shape[1] == 2 * 77
    # The small tokenizer makes every letter a token: the first window ends with the last word that is whole within 75 letters.
    letters, head = 0, []
    for word in WORDS.replace(",", "").split():
        letters += len(word)
        if letters > 75:
            break
        head.append(word)
    first = backend.prompts[" ".join(head)]
    assert torch.allclose(long.tokens[:, :77], first.tokens, atol=1e-5)
    assert torch.allclose(long.pooled, first.pooled, atol=1e-5)


def test_nothing_of_a_prompt_is_logged(load, task, caplog, capfd) -> None:
    for model in ("sdxl", "flux-schnell"):
        load(model).generate([task(prompt=f"{WORDS * 8} zebra")])
    assert "zebra" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("prompt", ["고양이", "🐈", "a\x00b", " ", "!" * 500])
def test_any_text_is_a_prompt(load, task, prompt) -> None:
    for model in ("sdxl", "flux-schnell"):
        assert np.isfinite(load(model).generate([task(prompt=prompt, num_inference_steps=2)])[0][0].pixels).all()
