#!/usr/bin/env python3
"""CCTV frames → analysis → montage, as `bedrock_enhanced_case1.py` always was called.

    python bedrock_enhanced_case1.py 화면.jpg
    python bedrock_enhanced_case1.py 화면/ --output outputs_enhanced
    python bedrock_enhanced_case1.py --input-prefix s3://bucket/inputs/missing-person-7/ --bucket results --case-id 7

As a library: `EnhancedBedrockCase1().process_complete_pipeline("화면.jpg", case_id="7")`.
"""

from __future__ import annotations

import argparse
import base64
import os
from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import close_with_urls, run_script
from dasibom_legacy.inputs import UploadedPicture, find_sources, no_pictures, upload_all
from dasibom_legacy.mesh import connect
from dasibom_legacy.options import add_result_options, chosen_output
from dasibom_legacy.output import CaseOutput, id_or_folder, open_output, write_file
from dasibom_legacy.page import LocalPicture, ReportFrame, full_report, local_report
from dasibom_legacy.pictures import as_png, open_picture
from dasibom_legacy.preview import draw_preview
from PIL import Image

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request

CASE_TYPE = "case1_montage"
DEFAULT_STYLE = "hyperrealistic photograph"


class EnhancedBedrockCase1:
    """Case 1 on the DasiBom service."""

    def __init__(
        self,
        region_name: str = settings.FORMER_REGION,
        bucket_name: str | None = None,
        montage_style: str = DEFAULT_STYLE,
    ) -> None:
        """Nothing is connected yet.

        Args:
            region_name: of S3.
            bucket_name: where results go; `DASIBOM_LEGACY_BUCKET` when None, else a local folder.
            montage_style: free words that the montage should follow.
        """
        self.region_name = region_name
        self.bucket_name = bucket_name
        self.montage_style = montage_style

    def process_complete_pipeline(
        self,
        image_source: str | os.PathLike[str] | Iterable[str],
        case_id: str | os.PathLike[str] | None = None,
        montage_style: str | None = None,
        *,
        output_dir: str | os.PathLike[str] | None = None,
    ) -> dict[str, Any]:
        """Run the case and keep its results.

        Args:
            image_source: file, folder, `s3://` object or prefix, `http(s)://` address, or a list of files and addresses.
            case_id: of the run, made from the time when empty; a folder for results is understood, too.
            montage_style: see the constructor.
            output_dir: folder for results.

        Returns:
            `case_id`, `case_type`, `s3_urls`, `frames` (dicts of `index`, `source`, `original`, `original_base64`, `enhanced`,
            `enhanced_base64`, `analysis`); `montage`, `refined_face_{nn}` where they were made; and by the first contract's names
            `original`, `enhanced`, `refined_face_{i}`. Pictures are `PIL.Image`. Without a picture `frames` and `s3_urls` are empty.

        Raises:
            LegacyError, DasibomError: the case could not be run, and why.
        """
        identity, folder = id_or_folder(case_id)
        output = open_output(CASE_TYPE, case_id=identity, folder=output_dir or folder, bucket=self.bucket_name, region=self.region_name)
        return self.run(image_source, output, self.montage_style if montage_style is None else montage_style)

    def run(self, image_source: str | os.PathLike[str] | Iterable[str], output: CaseOutput, style: str) -> dict[str, Any]:
        """The same with results where `output` says."""
        answer: dict[str, Any] = {"case_id": output.case_id, "case_type": CASE_TYPE, "s3_urls": output.urls, "frames": []}
        sources = find_sources(image_source, self.region_name)
        if not sources:
            print(no_pictures(image_source))
            return answer
        output.check()
        client = connect()
        pictures = upload_all(client, sources, self.region_name)
        # What every montage is anyway need not be said.
        notes = "" if style == DEFAULT_STYLE else style
        request = SubmitCase1Request(frames=[picture.message for picture in pictures], variants=1, notes=notes)
        job = jobs.run(client, request, name=f"bedrock_enhanced_case1 {output.case_id}")
        return answer | _keep(job, pictures, output)


def _keep(job: jobs.FinishedJob, pictures: Sequence[UploadedPicture], output: CaseOutput) -> dict[str, Any]:
    """Keep everything under its names; gives the pictures and texts of the returned dict."""
    language = settings.language()
    texts = layouts.frame_texts(job.result, language)
    summary = layouts.merged_summary(job.result, language) or say("요약할 특징을 찾지 못했습니다.", "Nothing was found to sum up.")
    frames = _keep_frames(job, pictures, texts, output)
    output.text("analysis", "02_claude_analysis.txt", layouts.frame_analysis(job.result, model=job.eyes, language=language))
    found: dict[str, Any] = {"frames": frames, "original": frames[0]["original"], "enhanced": frames[0]["enhanced"]}
    found |= _keep_montage(job, output)
    _keep_report(job, frames, summary, found.get("montage"), output)
    _add_former_keys(output, one_frame=len(frames) == 1)
    output.manifest(job.document)
    return found


def _keep_frames(
    job: jobs.FinishedJob, pictures: Sequence[UploadedPicture], texts: Sequence[str], output: CaseOutput
) -> list[dict[str, Any]]:
    frames = []
    alone = len(pictures) == 1
    for findings, picture, text in zip(job.result.case1.frames, pictures, texts, strict=True):
        original = open_picture(picture.data)
        enhanced, enhanced_data = original, picture.data
        if findings.enhanced:
            name = f"01_super_resolved_{findings.number:02}.png"
            enhanced_data = as_png(job.data(findings.enhanced))
            enhanced = open_picture(enhanced_data)
            output.image(f"enhanced_{findings.number:02}", name, enhanced_data, local_name="01_super_resolved.png" if alone else name)
        frames.append(
            {
                "index": findings.number,
                "source": picture.source,
                "original": original,
                "original_base64": base64.b64encode(picture.data).decode(),
                "enhanced": enhanced,
                "enhanced_base64": base64.b64encode(enhanced_data).decode(),
                "analysis": text,
            }
        )
    return frames


def _keep_montage(job: jobs.FinishedJob, output: CaseOutput) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, montage in enumerate(job.result.case1.montages, start=1):
        if number == 1:
            found["montage"] = job.image(montage.image)
            output.image("montage", "03_nova_montage.png", job.data(montage.image))
        if not montage.face:
            continue
        crop, refined = job.data(montage.face), job.data(montage.refined_face or montage.face)
        output.image(f"face_crop_{number:02}", f"04_face_crop_{number:02}.png", crop, local_name=f"04_face_crop_{number}.png")
        output.image(f"refined_face_{number:02}", f"05_refined_face_{number:02}.png", refined, local_name=f"05_refined_face_{number}.png")
        found[f"refined_face_{number:02}"] = found[f"refined_face_{number}"] = open_picture(refined)
    return found


def _keep_report(
    job: jobs.FinishedJob, frames: Sequence[dict[str, Any]], summary: str, montage: Image.Image | None, output: CaseOutput
) -> None:
    techniques = _techniques(job)
    enhanced = {findings.number for findings in job.result.case1.frames if findings.enhanced}
    page = full_report(
        case_id=output.case_id,
        created=f"{output.moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        model=job.eyes,
        summary=summary,
        montage=montage,
        frames=[
            ReportFrame(
                number=frame["index"],
                original=frame["original"],
                enhanced=frame["enhanced"] if frame["index"] in enhanced else None,
                text=frame["analysis"],
            )
            for frame in frames
        ],
        techniques=techniques,
    )
    output.text("final_report", "final_report.html", page)
    if output.folder is not None and output.store is None:
        _write_local_page(job, output, output.folder, summary, techniques)
    output.image("final_report_preview", "final_report_preview.png", draw_preview(output.case_id, summary, [f["enhanced"] for f in frames]))


def _write_local_page(job: jobs.FinishedJob, output: CaseOutput, folder: Path, summary: str, techniques: Sequence[str]) -> None:
    """The page that the local script wrote, beside its pictures; the full one stays under a name of its own."""
    titles = {
        "enhanced": say("화질 향상", "Enhanced"),
        "montage": say("몽타주", "Montage"),
        "face_crop": say("얼굴 확대", "Face"),
        "refined_face": say("얼굴 정제", "Refined face"),
    }
    pictures = [
        LocalPicture(title=title, file=Path(path).name, synthetic=True)
        for stem, title in titles.items()
        for key, path in output.urls.items()
        if key.rstrip("_0123456789") == stem
    ]
    (folder / "final_report.html").replace(folder / "final_report_full.html")
    page = local_report(folder=folder.absolute().name, model=job.eyes, analysis=summary, pictures=pictures, techniques=techniques)
    write_file(folder / "final_report.html", page.encode())


def _techniques(job: jobs.FinishedJob) -> list[str]:
    roles = (
        ("vqa", say("특징 분석", "analysis")),
        ("superres", say("화질 향상", "enhancement")),
        ("diffusion", say("몽타주 생성", "montage")),
        ("faceswap", say("얼굴 검출", "face detection")),
    )
    return [f"{', '.join(models)} - {role}" for service, role in roles if (models := job.models(service))]


def _add_former_keys(output: CaseOutput, *, one_frame: bool) -> None:
    """The names that the earlier contract gave to the same files."""
    if not one_frame:
        return
    for key in ("enhanced", "face_crop", "refined_face"):
        if where := output.urls.get(f"{key}_01"):
            output.urls[key if key == "enhanced" else f"{key}_1"] = where


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("CCTV 화면 → 특징 분석 → 몽타주", "CCTV frames → analysis → montage"))
    parser.add_argument(
        "image_source",
        nargs="?",
        help=say("사진 파일, 폴더, s3:// 객체나 경로, http(s):// 주소", "picture, folder, s3:// object or prefix, or http(s):// address"),
    )
    parser.add_argument(
        "--input-prefix", help=say("사진 폴더나 s3:// 경로. 앞의 인자보다 우선", "folder or s3:// prefix; wins over the picture")
    )
    add_result_options(parser, CASE_TYPE)
    parser.add_argument("--montage-style", default=DEFAULT_STYLE, help=say("몽타주에 반영할 말", "words for the montage to follow"))
    arguments = parser.parse_args()
    source = arguments.input_prefix or arguments.image_source
    if not source:
        parser.error(say("image_source 또는 --input-prefix를 지정하십시오", "give image_source or --input-prefix"))
    case = EnhancedBedrockCase1(arguments.region, arguments.bucket, arguments.montage_style)
    answer = case.run(source, chosen_output(arguments, CASE_TYPE), arguments.montage_style)
    if not answer["frames"]:
        return 1
    close_with_urls(answer["case_id"], answer["s3_urls"])
    return 0


if __name__ == "__main__":
    run_script(main)
