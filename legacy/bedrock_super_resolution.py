#!/usr/bin/env python3
"""Low-quality picture → enhanced picture and comparison, as `bedrock_super_resolution.py` always was called.

    python bedrock_super_resolution.py 화면.jpg
    python bedrock_super_resolution.py 화면.jpg --output outputs_super_resolution
    python bedrock_super_resolution.py s3://bucket/화면.jpg --bucket results --case-id 7

`04_nova_…`, `05_titan_…` and `06_sdxl_…` hold what the first three models of the super-resolution service made, in the service's own
order; where it has fewer, fewer files are written. `03_quality_analysis.txt` and `manifest.json` name the model of each.

As a library: `BedrockSuperResolution().process_complete_pipeline("화면.jpg", case_id="7")`.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import close_with_urls, run_script
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_one, upload
from dasibom_legacy.mesh import connect
from dasibom_legacy.options import add_result_options, chosen_output, speaks_local
from dasibom_legacy.output import CaseOutput, id_or_folder, open_output

from dasibom import layouts
from dasibom.client import Client, DasibomError
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitSuperResolutionRequest

CASE_TYPE = "super_resolution"
BICUBIC = "bicubic"
_PLACES = (("nova", "04_nova_upscaled.png"), ("titan", "05_titan_upscaled.png"), ("sdxl", "06_sdxl_enhanced.png"))


class BedrockSuperResolution:
    """Super-resolution on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION, bucket_name: str | None = None) -> None:
        """Nothing is connected yet.

        Args:
            region_name: of S3.
            bucket_name: where results go; `DASIBOM_LEGACY_BUCKET` when None, else a local folder.
        """
        self.region_name = region_name
        self.bucket_name = bucket_name

    def process_complete_pipeline(
        self,
        image_source: str | os.PathLike[str],
        case_id: str | os.PathLike[str] | None = None,
        *,
        output_dir: str | os.PathLike[str] | None = None,
    ) -> dict[str, Any]:
        """Run it and keep its results.

        Args:
            image_source: file, `s3://` object or `http(s)://` address.
            case_id: of the run, made from the time when empty; a folder for results is understood, too.
            output_dir: folder for results.

        Returns:
            `case_id`, `case_type`, `s3_urls`, and as `PIL.Image` `original`, `preprocessed`, `nova`, `titan`, `sdxl` (where there is such
            a model), `bicubic`, `final`.

        Raises:
            LegacyError, DasibomError: it could not be run, and why.
        """
        identity, folder = id_or_folder(case_id)
        output = open_output(CASE_TYPE, case_id=identity, folder=output_dir or folder, bucket=self.bucket_name, region=self.region_name)
        return self.run(image_source, output)

    def run(self, image_source: str | os.PathLike[str], output: CaseOutput) -> dict[str, Any]:
        """The same with results where `output` says."""
        source = find_one(image_source, self.region_name)
        output.check()
        client = connect()
        picture = upload(client, source, self.region_name)
        request = SubmitSuperResolutionRequest(image=picture.message, methods=[*_models(client)[: len(_PLACES)], BICUBIC])
        job = jobs.run(client, request, name=f"bedrock_super_resolution {output.case_id}")
        return {"case_id": output.case_id, "case_type": CASE_TYPE, "s3_urls": output.urls} | _keep(job, output)


def _models(client: Client) -> list[str]:
    """Models of the super-resolution service that may work, the default one first.

    Raises:
        LegacyError: the service does not answer.
    """
    try:
        (service,) = (found for found in client.models() if found.service == "superres")
    except DasibomError as error:
        raise LegacyError(jobs.unreachable(client, error)) from None
    return [model.name for model in service.models if not model.failure]


def _keep(job: jobs.FinishedJob, output: CaseOutput) -> dict[str, Any]:
    """Keep everything under its names; gives the pictures of the returned dict."""
    case = job.result.super_resolution
    by_models = [item for item in case.enhancements if item.method != BICUBIC]
    places = [(key, name, item.image) for (key, name), item in zip(_PLACES, by_models, strict=False)]
    places += [(BICUBIC, "07_bicubic_upscaled.png", item.image) for item in case.enhancements if item.method == BICUBIC]
    first = [("original", "01_original.png", case.original), ("preprocessed", "02_preprocessed.png", case.preprocessed)]
    last = ("final", "09_final_result.png", case.final)
    for key, name, artifact in (*first, last):  # the keys that always were there come first
        output.image(key, name, job.data(artifact))
    output.text("quality_analysis", "03_quality_analysis.txt", layouts.quality_analysis(job.result, language=settings.language()))
    for key, name, artifact in (*places, ("comparison_grid", "08_comparison_grid.png", case.comparison)):
        output.image(key, name, job.data(artifact))
    output.manifest(job.document)
    return {key: job.image(artifact) for key, _, artifact in (*first, *places, last)}


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("저화질 사진 → 화질 향상", "low-quality picture → enhanced picture"))
    parser.add_argument("image_source", help=say("사진: 파일, s3://, http(s)://", "picture: file, s3:// or http(s)://"))
    add_result_options(parser, CASE_TYPE)
    arguments = parser.parse_args()
    output = chosen_output(arguments, CASE_TYPE)
    answer = BedrockSuperResolution(arguments.region, arguments.bucket).run(arguments.image_source, output)
    urls = answer["s3_urls"]
    if speaks_local(arguments, output):
        print(f"🎉 처리 완료! 최고 품질 결과: {urls['final']}")
    else:
        close_with_urls(answer["case_id"], urls, before_urls=f"🏆 최종 결과: {urls['final']}")
    return 0


if __name__ == "__main__":
    run_script(main)
