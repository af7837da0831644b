"""What the migration reads out of the texts of the former scripts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))
from migration.answers import Answered, answered, clean
from migration.findings import from_answers, from_face
from migration.layouts import LAYOUTS, recognize
from migration.moments import begin_of
from migration.runs import group
from migration.sections import frames, numbered, sections
from migration.source import SourceFile

SEOUL = ZoneInfo("Asia/Seoul")
WRITTEN = datetime(2026, 1, 2, tzinfo=UTC)
# Words that mean something to a reader of answers would not come back as they are.
WORDS = st.text(st.sampled_from("abcdefghij 가나다라마바사"), min_size=1, max_size=30).map(str.strip).filter(bool)


def files(*addresses: str) -> list[SourceFile]:
    return [SourceFile(address=address, size=1, modified=WRITTEN) for address in addresses]


@given(st.lists(st.tuples(WORDS, WORDS), max_size=8))
def test_no_answer_is_lost_or_invented(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"Q: Which {question}?\nA: thing {answer}\n\n" for question, answer in pairs)
    assert [(each.question, each.answer) for each in answered(text)] == [
        (f"Which {question}?", " ".join(f"thing {answer}".splitlines())) for question, answer in pairs
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("분석 실패", ""),
        ("What is this?\nan umbrella", "an umbrella"),
        ("What is this? an umbrella", "an umbrella"),
        ("<image>answer en What is this?\nan umbrella", "an umbrella"),
        ("an umbrella\nin the left hand", "an umbrella in the left hand"),
        ("What is this?", ""),
        ("sorry, as a base VLM I am not trained to answer this question.", ""),
        ("unknown", ""),
        ("no", "no"),
        ("a notebook and snow boots", "a notebook and snow boots"),
    ],
)
def test_an_answer_is_what_was_answered(written: str, meant: str) -> None:
    assert clean("What is this?", written) == meant


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What is this person wearing?", "clothing"),
        ("What color is the shirt or top?", "upper_color"),
        ("What is this person wearing on the bottom?", "lower_type"),
        ("What kind of shoes are they wearing?", "shoes"),
        ("Do they have any bag or accessories?", "bag"),
        ("How does their hair look?", "hair_style"),
        ("Is this person male or female?", "gender"),
        ("How old does this person appear?", "age"),
        ("Is this person tall or short?", "height"),
        ("Any other notable features?", "features"),
        ("What time of day does this appear to be taken?", "time_of_day"),
        ("What kind of location is this? Indoor or outdoor?", "location_type"),
        ("Are there signs or text visible?", "signs"),
        ("How is this person walking? Fast, slow, or normal pace?", "pace"),
        ("What are they holding in their hands?", "carrying"),
        ("Are they alone or with others?", "company"),
        ("Any mobility aids?", "mobility_aid"),
        ("What does the moon look like?", ""),
    ],
)
def test_a_question_is_known_by_its_words(question: str, topic: str) -> None:
    assert Answered(question=question, answer="x").topic == topic


def test_a_question_about_no_topic_keeps_its_own_words() -> None:
    (found,) = from_answers("Q: What does the moon look like?\nA: full\n\n")
    assert (found.topic, found.label, found.text, found.known) == ("", "What does the moon look like?", "full", True)


def test_frames_and_sections_are_told_apart() -> None:
    text = "=== A ===\n\n[이미지 1 분석]\n하나\n둘\n\n[이미지 12 분석]\n셋\n\n=== 2. 통합 요약 ===\n요약\n" + "=" * 58 + "\n밖"
    parts = sections(text)
    assert parts == {"A": "[이미지 1 분석]\n하나\n둘\n\n[이미지 12 분석]\n셋", "통합 요약": "요약"}
    assert frames(parts["A"]) == {1: "하나\n둘", 12: "셋"}
    assert frames("이름 없는 글") == {1: "이름 없는 글"}
    assert frames("  ") == {}


def test_a_list_is_read_only_when_it_is_whole() -> None:
    assert numbered("서론\n1. 나이: 20s\n2. **키**: 170cm\n3. 오후 3:20", 3) == ["20s", "170cm", "오후 3:20"]
    assert numbered("1. a\n3. b", 2) is None
    assert [item.label for item in from_face("1. 얼굴형: 둥금\n2. 피부: 밝음")] == ["얼굴 특징 분석"]


def test_no_two_layouts_claim_the_same_name() -> None:
    examples = "02_claude_analysis.txt face_analysis.txt 01_face_analysis.txt montage.png variation_1.png enhanced_variation_1.png".split()
    for name in examples:
        claims = [layout.key for layout in LAYOUTS for role in layout.roles if role.pattern.fullmatch(name)]
        assert len(claims) == 1, (name, claims)
    assert recognize("holiday.png") is None


@pytest.mark.parametrize(
    ("address", "hour"),
    [
        ("s3://b/cases/case1_montage/20250924_101112/images/20250924_111112_03_nova_montage.png", 1),
        ("s3://b/cases/case1_montage/7/images/20250924_111112_03_nova_montage.png", 2),
        ("/old/outputs_20250924_121112/case1_montage/03_nova_montage.png", 3),
        ("/old/backup_20250924_121112/03_nova_montage.png", 0),
    ],
)
def test_a_run_began_when_it_says_itself(address: str, hour: int) -> None:
    (run,), _ = group(files(address))
    begin, said = begin_of(run, {}, SEOUL)
    assert (begin, said) == (datetime(2025, 9, 24, hour, 11, 12, tzinfo=UTC), True) if hour else (WRITTEN, False)


def test_runs_of_several_scripts_in_one_folder_are_told_apart() -> None:
    runs, unknown = group(files("/o/montage.png", "/o/analysis_result.txt", "/o/generated_body.png", "/o/notes.md"))
    assert [(run.layout.key, [file.name for file in run.files]) for run in runs] == [
        ("demo_case1", ["montage.png", "analysis_result.txt"]),
        ("demo_case2", ["generated_body.png"]),
    ]
    assert [each.address for each in unknown] == ["/o/notes.md"]
    assert len({run.request_id for run in runs}) == 2


def test_a_run_keeps_its_id_whatever_order_its_files_come_in() -> None:
    addresses = [f"s3://b/cases/case2_synthesis/7/images/20250924_10111{n}_0{n}_x.png" for n in range(3)]
    addresses += [
        f"s3://b/cases/case2_synthesis/7/images/20250924_101113_{name}" for name in ("02_generated_body.png", "05_comparison.png")
    ]
    (one,), _ = group(files(*addresses))
    (other,), _ = group(files(*reversed(addresses)))
    assert (one.request_id, one.content_sha256) == (other.request_id, other.content_sha256)
