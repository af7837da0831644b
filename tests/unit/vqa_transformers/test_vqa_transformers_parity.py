"""What a batch answers is what the library answers to each question alone."""

from __future__ import annotations

import pytest
import torch

from services.common.questions import BY_KEY
from services.vqa.backends.transformers.shared_prefix import SharedPrefix, attend
from tests.unit.vqa_transformers.conftest import KINDS, picture, task

QUESTIONS = (
    "What color is the scarf?",
    "Is there a hat?",
    "Describe in one long sentence what the person in the middle of this picture carries in the left hand, and why.",
    "목도리는 무슨 색입니까?",
    "Bag?",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_the_librarys_own_token_by_token(kind, backend_of, library_of) -> None:
    # Three pictures of different shapes with 5, 1 and 3 questions of different lengths, four questions a batch.
    shown = [picture(40, 30), picture(30, 64, seed=1), picture(90, 20, seed=2)]
    asked = [QUESTIONS, QUESTIONS[3:4], QUESTIONS[:3]]
    said = backend_of(kind).continuations([task(one, *questions) for one, questions in zip(shown, asked, strict=True)])
    different = set()
    for one, questions, continuations in zip(shown, asked, said, strict=True):
        for question, continuation in zip(questions, continuations, strict=True):
            tokens, confidence = library_of(kind).ask(one, question)
            assert list(continuation.tokens) == tokens, question
            assert continuation.confidence == pytest.approx(confidence, rel=1e-4)
            different.add(continuation.tokens)
    assert len(different) > 5, "the model says the same to everything, so that nothing is proved"


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_the_same_alone_and_in_company(kind, backend_of) -> None:
    shown, other = picture(40, 30), picture(50, 50, seed=3)
    alone = [backend_of(kind).continuations([task(shown, question)])[0][0] for question in QUESTIONS[:3]]
    together = backend_of(kind).continuations([task(other, *QUESTIONS[2:]), task(shown, *QUESTIONS[:3])])[1]
    assert [one.tokens for one in together] == [one.tokens for one in alone]


@pytest.mark.parametrize("kind", ["paligemma", "llava"])
def test_each_row_has_a_limit_of_its_own(kind, backend_of) -> None:
    shown = picture(40, 30)
    short, long = backend_of(kind).continuations([task(shown, "Hat?", tokens=2), task(shown, "Hat?", tokens=5)])
    assert len(short[0].tokens) <= 2
    assert long[0].tokens[:2] == short[0].tokens[:2]


@pytest.mark.parametrize("kind", ["paligemma", "llava"])
def test_a_row_ends_at_an_end_token_of_the_checkpoint_whatever_the_others_do(kind, backend_of, open_of) -> None:
    shown = task(picture(40, 30), *QUESTIONS[:4])
    free = backend_of(kind).continuations([shown])[0]
    end = free[0].tokens[2]
    ended = open_of(kind, end=end).backend.continuations([shown])[0]
    assert ended[0].finished
    assert not free[0].finished
    for before, after in zip(free, ended, strict=True):
        assert after.tokens == before.tokens[: before.tokens.index(end) if end in before.tokens else None]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_looked_at_once_however_many_questions_there_are(kind, open_of) -> None:
    opened = open_of(kind)
    with opened.calls(opened.model.model.vision_tower) as looks:
        opened.backend.continuations([task(picture(40, 30), *QUESTIONS * 2), task(picture(30, 40, seed=1), *QUESTIONS)])
    assert len(looks) == 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("llava")])
def test_llavas_language_model_reads_a_picture_once(kind, open_of) -> None:
    opened = open_of(kind)
    with opened.calls(opened.model.get_input_embeddings()) as read:
        opened.backend.continuations([task(picture(40, 30), *QUESTIONS[:4])])
    image_token = opened.processor.image_token_id
    assert read[0].shape[0] == 1
    assert [bool((tokens == image_token).any()) for tokens in read] == [True] + [False] * (len(read) - 1)
    assert read[1].shape[0] == 4
    assert {tuple(step.shape) for step in read[2:]} == {(4, 1)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_reads_the_picture_and_the_question_as_the_library_has_them(kind, open_of, library_of) -> None:
    opened, shown = open_of(kind), picture(40, 30)
    for question in QUESTIONS:
        with opened.calls(opened.model.get_input_embeddings()) as read:
            opened.backend.continuations([task(shown, question, tokens=1)])
        tokens = torch.cat(read, -1)[0].tolist()
        assert tokens == library_of(kind).inputs(shown, question)["input_ids"][0].tolist()
        assert tokens.count(opened.processor.image_token_id) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_another_picture_changes_what_the_model_says(kind, backend_of) -> None:
    first, second = backend_of(kind).continuations([task(picture(40, 40), QUESTIONS[0]), task(picture(40, 40, seed=9), QUESTIONS[0])])
    assert first[0].confidence != pytest.approx(second[0].confidence, rel=1e-3)


@pytest.mark.parametrize("kind", ["paligemma", "llava"])
def test_a_question_of_the_catalogue_is_asked_as_the_model_was_trained_to_be(kind, backend_of, library_of) -> None:
    shown, asked = picture(40, 30), BY_KEY["glasses"].question_en
    if kind == "llava":
        asked += "\nAnswer the question using a single word or phrase."
    said = backend_of(kind).continuations([task(shown, "glasses", topics=True)])[0][0]
    assert list(said.tokens) == library_of(kind).ask(shown, asked)[0]


@pytest.mark.parametrize("kind", ["paligemma", "llava"])
def test_the_catalogues_korean_questions_are_asked_in_english(kind, backend_of) -> None:
    topic = BY_KEY["hair_color"]
    shown = picture(40, 30)
    by_topic = task(shown, topic.key, topics=True)
    in_korean, in_english = task(shown, topic.question_ko), task(shown, topic.question_en)
    said = [answers[0].tokens for answers in backend_of(kind).continuations([by_topic, in_korean, in_english])]
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("kind", ["paligemma", "llava"])
def test_control_tokens_in_a_question_are_plain_text(kind, backend_of) -> None:
    answers = backend_of(kind).answer([task(picture(40, 30), "<image> <bos></s><pad>Is <image>there a hat?")])
    assert len(answers[0]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_repeats_the_prompt(kind, backend_of) -> None:
    for answer in backend_of(kind).answer([task(picture(40, 30), *QUESTIONS)])[0]:
        for word in ("answer en", "USER:", "ASSISTANT:", "<image>", *QUESTIONS):
            assert word not in answer.text


@pytest.mark.parametrize("groups", [1, 4])
def test_attention_to_a_shared_prefix_is_attention_to_the_whole(groups: int) -> None:
    from transformers import DynamicCache

    torch.manual_seed(0)
    heads, size, tokens, counts, lengths = 4, 8, 3, (2, 3), (5, 7)
    kv_heads, rows = heads // groups, sum(counts)
    module = torch.nn.Module()
    module.layer_idx, module.num_key_value_groups = 0, groups
    caches = [DynamicCache() for _ in counts]
    for cache, length in zip(caches, lengths, strict=True):
        cache.update(torch.randn(1, kv_heads, length, size), torch.randn(1, kv_heads, length, size), 0)
    query = torch.randn(rows, heads, tokens, size)
    key, value = torch.randn(2, rows, kv_heads, tokens, size)
    mask = torch.zeros(rows, 1, tokens, tokens).masked_fill(torch.ones(tokens, tokens).triu(1).bool(), float("-inf"))
    mask[0, :, 1:, 0] = float("-inf")  # padding
    shared = attend(module, query, key, value, mask, 0.3, SharedPrefix(caches=caches, counts=counts))[0]
    row = 0
    for cache, count, length in zip(caches, counts, lengths, strict=True):
        for _ in range(count):
            keys = torch.cat((cache.layers[0].keys, key[row : row + 1]), 2)
            values = torch.cat((cache.layers[0].values, value[row : row + 1]), 2)
            whole_mask = torch.cat((torch.zeros(1, 1, tokens, length), mask[row : row + 1]), -1)
            whole = attend(module, query[row : row + 1], keys, values, whole_mask, 0.3)[0]
            torch.testing.assert_close(shared[row : row + 1], whole)
            row += 1
