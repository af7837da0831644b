"""Result folders of the former scripts become jobs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.rpc import status_pb2

from dasibom.layouts import MONTAGE_QUESTIONS
from dasibom.orchestrator.v1 import job_pb2
from services.common import imaging
from services.common.status import error_info
from services.orchestrator.history import JobState
from tests.integration.migration.conftest import Fate, FolderSource, Importer, SourceUnavailable, Target, group, result_of
from tests.integration.migration.former_results import (
    ANSWERS,
    answers_text,
    clue_report,
    demo_tree,
    drawing,
    enhanced_case1,
    enhanced_case2,
    investigation_report,
    pictures,
    super_resolution,
    tree,
)


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Everything in a folder: hash and time of change."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()
    }


async def test_enhanced_case_1_keeps_frames_montage_faces_summary_and_time(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "outputs_20250923_101112/case1_montage", enhanced_case1())
    report = await target.run(tmp_path / "outputs_20250923_101112")
    assert (report["migrated"], report["by_kind"], report["not_understood"]) == (1, {"case1": 1}, [])
    job = await target.job("bedrock_enhanced_case1")
    assert (job.state, job.kind) == (JobState.SUCCEEDED, job_pb2.JOB_KIND_CASE1)
    assert job.create_time == datetime(2025, 9, 23, 1, 11, 12, tzinfo=UTC)  # nine hours before Seoul's
    case = result_of(job).case1
    assert [(frame.number, frame.enhanced, frame.summary) for frame in case.frames] == [
        (1, "01_super_resolved.png", "프레임 1: 검은 외투를 입은 사람")
    ]
    assert [(montage.image, montage.face, montage.refined_face) for montage in case.montages] == [
        ("03_nova_montage.png", "04_face_crop_1.png", "05_refined_face_1.png")
    ]
    assert (case.report, case.text_report) == ("final_report.html", "02_claude_analysis.txt")
    assert result_of(job).summary == "- 검은 외투, 짧은 머리"


async def test_several_frames_keep_their_numbers(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "old", enhanced_case1(suffixes=("_01", "_02", "_03"), number="01"))
    await target.run(tmp_path / "old")
    case = result_of(await target.job("bedrock_enhanced_case1")).case1
    assert [(frame.number, frame.enhanced) for frame in case.frames] == [(n, f"01_super_resolved_{n:02}.png") for n in (1, 2, 3)]


async def test_artifacts_have_their_types_marks_and_unverified_models(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", enhanced_case1())
    await target.run(source)
    made = await target.artifacts(await target.job("bedrock_enhanced_case1"))
    assert {name: (each.media_type, each.synthetic) for name, each in made.items()} == {
        "01_super_resolved.png": ("image/png", True),
        "02_claude_analysis.txt": ("text/plain; charset=utf-8", False),
        "03_nova_montage.png": ("image/png", True),
        "04_face_crop_1.png": ("image/png", True),
        "05_refined_face_1.png": ("image/png", True),
        "final_report.html": ("text/html; charset=utf-8", False),
    }
    montage = made["03_nova_montage.png"]
    assert [(model.model, model.revision) for model in montage.provenance.models] == [
        ("amazon.nova-canvas-v1:0", "unverified"),
        ("stability.stable-diffusion-xl-v1", "unverified"),
    ]
    assert montage.provenance.parameters["verified"] == "false"
    original = (source / "03_nova_montage.png").read_bytes()
    assert [(each.name, each.sha256) for each in montage.provenance.origins] == [
        (str(source / "03_nova_montage.png"), hashlib.sha256(original).hexdigest())
    ]
    kept = await target.storage.read((await target.history.files.get(montage.file)).storage_key)
    marked = imaging.label(imaging.decode(original).pixels)
    assert (imaging.decode(kept).pixels == marked).all()
    html = await target.storage.read((await target.history.files.get(made["final_report.html"].file)).storage_key)
    assert html == (source / "final_report.html").read_bytes()


async def test_case_2_names_its_final_picture_and_the_face_by_topic(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "enhanced", enhanced_case2())
    tree(tmp_path / "no_face", pictures("02_generated_body.png") | {"01_face_analysis.txt": "=== 얼굴 특징 분석 ===\n\n둥근 얼굴"})
    tree(tmp_path / "first", pictures("bedrock_generated_body.png", "bedrock_combined_reference.png", "bedrock_final_with_face.png"))
    await target.run(tmp_path / "enhanced", tmp_path / "no_face", tmp_path / "first")
    case = result_of(await target.job("bedrock_enhanced_case2", migrated_from=str(tmp_path / "enhanced"))).case2
    assert (case.final, case.comparison, list(case.bodies)) == ("04_final_enhanced.png", "05_comparison.png", ["02_generated_body.png"])
    assert [item.topic for item in case.face] == "face_shape skin_tone eyes eyebrows nose mouth jaw marks age features".split()
    assert case.face[0].text == "얼굴형 설명"
    without = result_of(await target.job("bedrock_enhanced_case2", migrated_from=str(tmp_path / "no_face")))
    assert without.case2.final == "02_generated_body.png"
    assert any("합성하지 못했습니다" in warning for warning in without.warnings)
    assert [item.text for item in without.case2.face] == ["둥근 얼굴"]
    first = result_of(await target.job("bedrock_case2"))
    assert first.case2.final == "bedrock_final_with_face.png"
    assert list(first.case2.composites) == []


async def test_every_report_of_case_3_is_a_job_with_its_sections_and_known_information(target: Target, tmp_path: Path) -> None:
    names = ("bedrock_investigation_report_20250922_102030.txt", "bedrock_investigation_report_20250922_112030.txt")
    tree(tmp_path / "outputs", {names[0]: investigation_report(), names[1]: investigation_report(failed=True)})
    await target.run(tmp_path / "outputs")
    good, bad = await target.jobs()
    case = result_of(good).case3
    assert good.create_time == datetime(2025, 9, 22, 1, 20, 30, tzinfo=UTC)
    assert [item.text for item in case.attributes] == ["저녁 무렵의 실외 거리", "빠르게 걷는 남성"]
    assert case.narrative.text == "새로운 단서: 동쪽으로 이동"
    assert ("time_of_day", "저녁") in {(item.topic, item.known) for item in case.comparisons}
    assert case.text_report == names[0]
    assert list(case.face) == []
    assert (bad.state, bad.result) == (JobState.FAILED, None)
    info = error_info(status_pb2.Status.FromString(bad.error or b""))
    assert info is not None
    assert info.reason == "LEGACY_ANALYSIS_FAILED"


async def test_the_local_scripts_answers_become_attributes_by_topic(target: Target, tmp_path: Path) -> None:
    tree(tmp_path, demo_tree())
    report = await target.run(tmp_path / "test_results", tmp_path / "outputs", tmp_path / "enhanced_outputs")
    assert report["migrated"] == 7
    assert report["not_understood"] == []
    case = result_of(await target.job("demo_case1", migrated_from=str(tmp_path / "outputs"))).case1
    assert {item.topic: item.text for item in case.attributes if item.known} == {
        "clothing": "a dark jacket and jeans",
        "upper_color": "black",
        "lower_type": "blue jeans",
        "shoes": "snow boots",
        "bag": "a notebook bag",
        "hair_style": "short black hair",
        "gender": "female",
        "age": "about 30",
    }
    assert {item.topic for item in case.attributes if not item.known} == {"height", "features"}
    enhanced = result_of(await target.job("demo_case1_enhanced")).case1
    assert [montage.image for montage in enhanced.montages] == ["enhanced_variation_1.png", "enhanced_variation_2.png"]


async def test_a_run_whose_answers_all_failed_is_a_failed_job_that_keeps_its_files(target: Target, tmp_path: Path) -> None:
    tree(tmp_path, demo_tree())
    await target.run(tmp_path / "test_results")
    job = await target.job("demo_case1")
    assert job.state is JobState.FAILED
    assert set(await target.artifacts(job)) == {"montage.png", "analysis_result.txt"}


async def test_a_black_picture_is_no_result_and_the_next_one_is(target: Target, tmp_path: Path) -> None:
    tree(tmp_path, demo_tree())
    await target.run(tmp_path / "test_results")
    result = result_of(await target.job("demo_case2_gpu_safe"))
    assert result.case2.final == "variation_1.png"
    assert any("main_high_res.png" in warning for warning in result.warnings)


async def test_answers_lose_the_question_they_repeat_and_refusals_are_no_answers(target: Target, tmp_path: Path) -> None:
    tree(tmp_path, demo_tree())
    await target.run(tmp_path / "test_results")
    place = str(tmp_path / "test_results/case3_fixed")
    case = result_of(await target.job("demo_case3", migrated_from=place)).case3
    assert {item.topic: item.text for item in case.attributes if item.known} == {
        "weather": "sunny day outside",
        "posture": "straight and upright",
    }
    assert [item.topic for item in case.attributes if not item.known] == ["vehicles"]
    assert {group.category: [item.text for item in group.clues] for group in case.clues} == {
        "time": ["sunny day outside"],
        "behavior": ["straight and upright"],
    }
    assert len(case.recommendations) == 4
    empty = await target.job("demo_case3", migrated_from=str(tmp_path / "test_results/case3"))
    assert empty.state is JobState.FAILED


async def test_super_resolution_keeps_the_original_unmarked_and_its_methods_apart(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "outputs_super_resolution", super_resolution())
    tree(tmp_path / "demo", pictures("01_preprocessed.png", "02_stable_diffusion_4x.png", "04_traditional_lanczos_4x.png"))
    await target.run(source, tmp_path / "demo")
    job = await target.job("bedrock_super_resolution")
    case = result_of(job).super_resolution
    assert (case.original, case.preprocessed, case.final) == ("01_original.png", "02_preprocessed.png", "09_final_result.png")
    assert [item.image for item in case.enhancements] == [
        "04_nova_upscaled.png",
        "05_titan_upscaled.png",
        "06_sdxl_enhanced.png",
        "07_bicubic_upscaled.png",
    ]
    assert [item.text for item in case.quality] == ["해상도가 낮고 흐릿합니다."]
    made = await target.artifacts(job)
    assert not made["01_original.png"].synthetic
    kept = await target.storage.read((await target.history.files.get(made["01_original.png"].file)).storage_key)
    assert kept == (source / "01_original.png").read_bytes()
    demo = result_of(await target.job("demo_super_resolution")).super_resolution
    assert [item.method for item in demo.enhancements] == ["stabilityai/stable-diffusion-x4-upscaler", "lanczos"]


async def test_broken_pictures_and_texts_are_reported_and_the_rest_comes_in(target: Target, tmp_path: Path) -> None:
    files = enhanced_case1() | {"03_nova_montage.png": drawing("x")[:100], "02_claude_analysis.txt": "분석".encode("euc-kr")}
    tree(tmp_path / "old", files)
    tree(tmp_path / "broken", {"montage.png": b"no picture"})
    report = await target.run(tmp_path / "old", tmp_path / "broken")
    reasons = {Path(item["address"]).name: item["reason"] for item in report["not_understood"]}
    assert set(reasons) == {"03_nova_montage.png", "02_claude_analysis.txt", "montage.png", "broken"}
    assert "UTF-8" in reasons["02_claude_analysis.txt"]
    assert (report["migrated"], report["empty"]) == (1, 1)
    made = await target.artifacts(await target.job("bedrock_enhanced_case1"))
    assert "01_super_resolved.png" in made
    assert "03_nova_montage.png" not in made
    assert not [key for key in await target.stored() if key.startswith("imports/")]


async def test_files_of_no_script_are_named_with_the_reason(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "old", {"montage.png": drawing("m"), "메모.txt": "?", "inputs/missing-person-3/a (1).png": drawing("i")})
    report = await target.run(tmp_path / "old")
    reasons = {Path(item["address"]).name: item["reason"] for item in report["not_understood"]}
    assert set(reasons) == {"메모.txt", "a (1).png"}
    assert all(reasons.values())
    assert reasons["메모.txt"] != reasons["a (1).png"]


async def test_what_the_scripts_of_today_wrote_is_no_former_result(target: Target, tmp_path: Path) -> None:
    listed = {"montage": str(tmp_path / "own/03_nova_montage.png"), "analysis": "02_claude_analysis.txt"}
    tree(tmp_path / "own", enhanced_case1() | {"manifest.json": json.dumps({"files": listed, "job": {"id": "jb_1"}})})
    ours = answers_text("인물 분석 결과", {question.text: "black" for question in MONTAGE_QUESTIONS})
    tree(tmp_path / "demo", pictures("montage.png") | {"analysis_result.txt": ours})
    tree(tmp_path / "former", enhanced_case1() | {"manifest.json": json.dumps({"files": {}, "version": 1})})
    report = await target.run(tmp_path / "own", tmp_path / "demo", tmp_path / "former")
    assert [job.labels["migrated_from"] for job in await target.jobs()] == [str(tmp_path / "former")]
    assert [item["address"] for item in report["not_understood"]] == [
        str(tmp_path / "own"),
        str(tmp_path / "demo"),
        str(tmp_path / "former/manifest.json"),
    ]


async def test_the_orchestrators_summary_goes_with_each_run_beside_it(target: Target, tmp_path: Path) -> None:
    base = tree(tmp_path / "outputs_20250923_101112", {"SUMMARY_REPORT.html": "<html></html>"})
    tree(base / "case1_montage", enhanced_case1())
    tree(base / "super_resolution", super_resolution())
    report = await target.run(base)
    assert (report["migrated"], report["not_understood"]) == (2, [])
    for script in ("bedrock_enhanced_case1", "bedrock_super_resolution"):
        assert "SUMMARY_REPORT.html" in await target.artifacts(await target.job(script))


async def test_korean_folders_and_names_are_kept(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "서울 (3)/실종 사건", pictures("montage.png") | {"analysis_result.txt": answers_text("인물 분석 결과", ANSWERS)})
    await target.run(tmp_path / "서울 (3)")
    job = await target.job("demo_case1")
    assert (job.display_name, job.labels["migrated_from"]) == ("실종 사건", str(tmp_path / "서울 (3)/실종 사건"))


async def test_a_dry_run_counts_and_changes_nothing(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", demo_tree())
    before = snapshot(source)
    report = await target.run(source, "--dry-run")
    assert (report["dry_run"], report["migrated"], len(report["jobs"])) == (True, 7, 7)
    assert {job["job"] for job in report["jobs"]} == {""}
    assert await target.jobs() == []
    assert await target.stored() == []
    assert snapshot(source) == before


async def test_a_second_run_adds_nothing_and_sources_are_never_touched(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", demo_tree())
    before = snapshot(source)
    first = await target.run(source)
    keys = await target.stored()
    second = await target.run(source)
    assert (first["migrated"], second["migrated"], second["present"]) == (7, 0, 7)
    assert len(await target.jobs()) == 7
    assert await target.stored() == keys
    assert snapshot(source) == before


async def test_a_run_that_changed_since_is_named_and_left_as_it_is(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "outputs", {"montage.png": drawing("a")})
    await target.run(source)
    (job,) = await target.jobs()
    tree(source, {"montage.png": drawing("b", (128, 128))})
    report = await target.run(source)
    assert (report["migrated"], report["changed"]) == (0, 1)
    assert job.id in report["not_understood"][0]["reason"]
    assert [each.id for each in await target.jobs()] == [job.id]


async def test_a_limit_stops_early_and_the_next_run_goes_on(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", demo_tree())
    assert (await target.run(source, "--limit", "3"))["migrated"] == 3
    assert len(await target.jobs()) == 3
    assert (await target.run(source))["migrated"] == 4


async def test_another_time_zone_moves_the_times(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "outputs_20250923_101112/case2_synthesis", enhanced_case2())
    await target.run(tmp_path / "outputs_20250923_101112", "--timezone", "UTC")
    (job,) = await target.jobs()
    assert job.create_time == datetime(2025, 9, 23, 10, 11, 12, tzinfo=UTC)


async def test_a_time_that_none_tells_is_that_of_the_files(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "outputs_99999999_999999", {"montage.png": drawing("m")})
    await target.run(tmp_path / "outputs_99999999_999999")
    (job,) = await target.jobs()
    assert datetime.now(UTC) - job.create_time < timedelta(minutes=1)


async def test_a_text_time_counts_before_the_files_own(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "old", {"investigation_report_case3.txt": clue_report({"What is the weather like?": "rain all day"})})
    await target.run(tmp_path / "old")
    (job,) = await target.jobs()
    assert job.create_time == datetime(2025, 9, 16, 0, 0, tzinfo=UTC)


async def test_a_run_with_a_file_that_cannot_be_read_waits_for_another_try(target: Target, tmp_path: Path) -> None:
    folder = tree(tmp_path / "old", enhanced_case1())
    source = FolderSource(folder)
    (run,), _ = group(source.list())
    montage = folder / "03_nova_montage.png"
    drawn = montage.read_bytes()
    montage.unlink()
    importer = Importer(target.history, target.storage, zone=UTC)
    with pytest.raises(SourceUnavailable, match="03_nova_montage"):
        await importer.take(run, source)
    assert await target.jobs() == []
    assert await target.stored() == []
    montage.write_bytes(drawn)
    assert (await importer.take(run, source)).fate is Fate.MIGRATED
