"""Names of the files that each former script wrote, and what each file is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import job_pb2

from .models import CLAUDE, ESRGAN, LOCAL_SD, LOCAL_SDXL, NOVA, PALIGEMMA, SDXL, SWAPPER, TITAN, UPSCALER

STAMP = r"\d{8}_\d{6}"


@dataclass(frozen=True, kw_only=True)
class Role:
    """One file of a layout."""

    key: str  # what it is to the result
    pattern: re.Pattern[str]  # of its name; a group is its number
    kind: str  # of the artifact
    title: str
    synthetic: bool
    models: tuple[ModelUse, ...]

    def number(self, name: str) -> int:
        """Its number, from 1; 1 where the name has none."""
        found = self.pattern.fullmatch(name)
        return int(found.group(1)) if found and self.pattern.groups and found.group(1) else 1


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What one script wrote in one run."""

    key: str  # the script's name
    kind: job_pb2.JobKind.ValueType
    roles: tuple[Role, ...]
    one_file: bool = False  # every file is a run of its own: its name has a time


def _text(key: str, pattern: str, title: str, *models: ModelUse) -> Role:
    return Role(key=key, pattern=re.compile(pattern), kind="report", title=title, synthetic=False, models=models)


def _made(key: str, pattern: str, kind: str, title: str, *models: ModelUse) -> Role:
    """A picture that models made or altered."""
    return Role(key=key, pattern=re.compile(pattern), kind=kind, title=title, synthetic=True, models=models)


def _plain(key: str, pattern: str, kind: str, title: str) -> Role:
    """A picture that no model had a part in."""
    return Role(key=key, pattern=re.compile(pattern), kind=kind, title=title, synthetic=False, models=())


_CASE1 = (
    Layout(
        key="bedrock_enhanced_case1",
        kind=job_pb2.JOB_KIND_CASE1,
        roles=(
            _made("enhanced", r"01_super_resolved(?:_(\d+))?\.png", "enhanced", "화질 개선 화면", TITAN, NOVA),
            _text("frames", r"02_claude_analysis\.txt", "분석 기록", CLAUDE),
            _made("montage", r"03_nova_montage\.png", "montage", "몽타주", NOVA, SDXL),
            _made("face", r"04_face_crop_(\d+)\.png", "face", "몽타주의 얼굴", NOVA, SDXL),
            _made("refined", r"05_refined_face_(\d+)\.png", "face", "다듬은 얼굴", NOVA),
            _text("page", r"final_report\.html", "보고서", CLAUDE),
            _made("preview", r"final_report_preview\.png", "report", "보고서 미리보기", TITAN, NOVA),
        ),
    ),
    Layout(
        key="bedrock_case1",
        kind=job_pb2.JOB_KIND_CASE1,
        roles=(
            _text("numbered", r"bedrock_analysis_report\.txt", "분석 기록", CLAUDE),
            _made("montage", r"bedrock_montage\.png", "montage", "몽타주", SDXL),
        ),
    ),
    Layout(
        key="demo_case1_enhanced",
        kind=job_pb2.JOB_KIND_CASE1,
        roles=(
            _made("montage", r"enhanced_variation_(\d+)\.png", "montage", "몽타주", LOCAL_SDXL),
            _made("best", r"enhanced_montage_best\.png", "montage", "대표 몽타주", LOCAL_SDXL),
            _text("answers", r"enhanced_analysis_result\.txt", "분석 기록", PALIGEMMA),
        ),
    ),
    Layout(
        key="demo_case1",
        kind=job_pb2.JOB_KIND_CASE1,
        roles=(
            _made("montage", r"montage\.png", "montage", "몽타주", LOCAL_SD),
            _text("answers", r"analysis_result\.txt", "분석 기록", PALIGEMMA),
        ),
    ),
)

_CASE2 = (
    Layout(
        key="bedrock_enhanced_case2",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _text("face_text", r"01_face_analysis\.txt", "얼굴 분석 기록", CLAUDE),
            _made("body", r"02_generated_body\.png", "body", "전신 그림", NOVA, TITAN),
            _made("composite", r"03_face_composite\.png", "composite", "얼굴을 합성한 전신 그림", SDXL),
            _made("refined", r"04_final_enhanced\.png", "composite", "다듬은 전신 그림", NOVA),
            _made("comparison", r"05_comparison\.png", "comparison", "비교", NOVA, SDXL),
        ),
    ),
    Layout(
        key="bedrock_case2",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _text("face_text", r"face_analysis\.txt", "얼굴 분석 기록", CLAUDE),
            _made("body", r"bedrock_generated_body\.png", "body", "전신 그림", SDXL),
            _made("comparison", r"bedrock_combined_reference\.png", "comparison", "참고 그림", SDXL),
            # Drawn anew from words: the reference face had no part in it.
            _made("redrawn", r"bedrock_final_with_face\.png", "body", "얼굴을 다시 그린 전신 그림", SDXL),
        ),
    ),
    Layout(
        key="demo_case2_enhanced",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _made("body", r"body_attempt_(\d+)\.png", "body", "전신 그림", LOCAL_SDXL),
            _made("best", r"enhanced_generated_body\.png", "body", "고른 전신 그림", LOCAL_SDXL),
            _made("composite", r"enhanced_case2_before_postprocess\.png", "composite", "후처리 전 합성 그림", LOCAL_SDXL, SWAPPER),
            _made("refined", r"enhanced_case2_final\.png", "composite", "합성한 전신 그림", LOCAL_SDXL, SWAPPER),
            _text("notes", r"enhanced_case2_summary\.txt", "처리 기록"),
        ),
    ),
    Layout(
        key="demo_case2",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _made("body", r"generated_body\.png", "body", "전신 그림", LOCAL_SDXL),
            _made("composite", r"final_result_case2\.png", "composite", "얼굴을 합성한 전신 그림", LOCAL_SDXL, SWAPPER),
        ),
    ),
    Layout(
        key="demo_case2_gpu_safe",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _made("body", r"main_high_res\.png", "body", "전신 그림", LOCAL_SDXL),
            _made("variation", r"variation_(\d+)\.png", "body", "전신 그림 변형", LOCAL_SDXL),
        ),
    ),
    Layout(
        key="demo_case2_sdxl_only",
        kind=job_pb2.JOB_KIND_CASE2,
        roles=(
            _made("body", r"sdxl_full_body_case2\.png", "body", "전신 그림", LOCAL_SDXL),
            _made("variation", r"sdxl_variation_(\d+)_case2\.png", "body", "전신 그림 변형", LOCAL_SDXL),
        ),
    ),
)

_CASE3 = (
    Layout(
        key="bedrock_case3",
        kind=job_pb2.JOB_KIND_CASE3,
        roles=(_text("sections", rf"(?:bedrock_)?investigation_report_{STAMP}\.txt", "수사 보고서", CLAUDE),),
        one_file=True,
    ),
    Layout(
        key="demo_case3",
        kind=job_pb2.JOB_KIND_CASE3,
        roles=(_text("clues", r"investigation_report_case3\.txt", "수사 보고서", PALIGEMMA),),
    ),
)

_SUPER_RESOLUTION = (
    Layout(
        key="bedrock_super_resolution",
        kind=job_pb2.JOB_KIND_SUPER_RESOLUTION,
        roles=(
            _plain("original", r"01_original\.png", "original", "원본"),
            _plain("preprocessed", r"02_preprocessed\.png", "enhanced", "전처리"),
            _text("quality", r"03_quality_analysis\.txt", "화질 분석 기록", CLAUDE),
            _made("method:nova", r"04_nova_upscaled\.png", "enhanced", "화질 개선: Nova", NOVA),
            _made("method:titan", r"05_titan_upscaled\.png", "enhanced", "화질 개선: Titan", TITAN),
            _made("method:sdxl", r"06_sdxl_enhanced\.png", "enhanced", "화질 개선: SDXL", SDXL),
            _plain("method:bicubic", r"07_bicubic_upscaled\.png", "enhanced", "단순 확대"),
            _made("comparison", r"08_comparison_grid\.png", "comparison", "비교", NOVA, TITAN, SDXL),
            _made("final", r"09_final_result\.png", "enhanced", "최종 선택", NOVA, TITAN, SDXL),
        ),
    ),
    Layout(
        key="demo_super_resolution",
        kind=job_pb2.JOB_KIND_SUPER_RESOLUTION,
        roles=(
            _plain("preprocessed", r"01_preprocessed\.png", "enhanced", "전처리"),
            _made("method:stable_diffusion", r"02_stable_diffusion_4x\.png", "enhanced", "화질 개선: Stable Diffusion", UPSCALER),
            _made("method:esrgan", r"03_real_esrgan\.png", "enhanced", "화질 개선: Real-ESRGAN", ESRGAN),
            _plain("method:lanczos", r"04_traditional_lanczos_4x\.png", "enhanced", "단순 확대"),
            _made("final", r"05_final_face_enhanced\.png", "enhanced", "최종 선택 (얼굴 강조)", UPSCALER, ESRGAN),
            _made("comparison", r"super_resolution_comparison\.png", "comparison", "비교", UPSCALER, ESRGAN),
        ),
    ),
)

LAYOUTS = (*_CASE1, *_CASE2, *_CASE3, *_SUPER_RESOLUTION)

SUMMARY = _text("run_summary", r"SUMMARY_REPORT\.html", "전체 실행 결과")
"""Of `run_missing_person_ai.py`: beside the folders of the runs that it is about."""

# What lies in a run's tree under a name that no script gave. Whether a model made it is not known, so it is taken to be so.
OTHER_PICTURE = _made("other", r".*\.(?:png|jpe?g|webp)", "data", "그 밖의 그림")
OTHER_FILE = _text("other", r".*", "그 밖의 파일")


def recognize(name: str) -> tuple[Layout, Role] | None:
    """The layout and role of a file name; None when no script gave it."""
    return next(((layout, role) for layout, role in _all_roles() if role.pattern.fullmatch(name)), None)


def _all_roles() -> Iterator[tuple[Layout, Role]]:
    for layout in LAYOUTS:
        for role in layout.roles:
            yield layout, role
