#!/usr/bin/env python3
"""Person information (+ face photo) → full-body picture, as `bedrock_case2.py` always was called.

    python bedrock_case2.py -i person_info.json
    python bedrock_case2.py -i person_info.json -f 얼굴.jpg --output outputs

As a library: `BedrockCase2().process_complete_pipeline("person_info.json", "얼굴.jpg", "outputs")`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import run_script
from dasibom_legacy.inputs import find_one, upload
from dasibom_legacy.lettering import no_photo_card
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png, open_picture
from dasibom_legacy.records import put_person, read_json
from PIL import Image, ImageOps

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request

DEFAULT_FOLDER = "outputs"
_BESIDE, _FACE, _GAP = 220, 200, 10  # pixels of the reference sheet: room beside the body, the face's box, its distance


class BedrockCase2:
    """The first case 2 on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION) -> None:
        """Nothing is connected yet; the region is that of S3 inputs."""
        self.region_name = region_name

    def process_complete_pipeline(
        self,
        person_info: str | os.PathLike[str] | Mapping[str, Any],
        face_image: str | os.PathLike[str] | None = None,
        output_dir: str | os.PathLike[str] = DEFAULT_FOLDER,
    ) -> dict[str, Any]:
        """Run the case and keep its results.

        Args:
            person_info: JSON file, or what it holds.
            face_image: file, `s3://` object or `http(s)://` address; without it only the body is drawn.
            output_dir: folder for results.

        Returns:
            `body` (`PIL.Image`) and `body_path`; with a face also `final`, `final_path`, `reference_path`, `face_analysis` (text).

        Raises:
            LegacyError, DasibomError: the case could not be run, and why.
        """
        info = person_info if isinstance(person_info, Mapping) else read_json(person_info)
        if face_image is None:
            print(say("얼굴 사진이 없으므로 전신만 그립니다.", "There is no photo of the face, so only the body is drawn."))
        source = as_png(no_photo_card()) if face_image is None else find_one(face_image, self.region_name)
        client = connect()
        photo = upload(client, source, self.region_name)
        request = SubmitCase2Request(face=photo.message, variants=1)
        put_person(request, info)
        job = jobs.run(client, request, name="bedrock_case2")
        case, folder = job.result.case2, Path(output_dir)
        drawn = case.variants[0].body
        body = job.image(drawn)
        answer: dict[str, Any] = {"body": body}
        answer["body_path"] = write_file(folder / "bedrock_generated_body.png", as_png(job.data(drawn)))
        if face_image is None:
            return answer
        text = layouts.face_analysis(job.result, language=settings.language())
        write_file(folder / "face_analysis.txt", text.encode())
        sheet = as_png(_reference_sheet(body, open_picture(photo.data)))
        return answer | {
            "face_analysis": text,
            "reference_path": write_file(folder / "bedrock_combined_reference.png", sheet),
            "final": job.image(case.final),
            "final_path": write_file(folder / "bedrock_final_with_face.png", as_png(job.data(case.final))),
        }


def _reference_sheet(body: Image.Image, face: Image.Image) -> Image.Image:
    """The body and, beside it, the face in its own proportions."""
    sheet = Image.new("RGB", (body.width + _BESIDE, max(body.height, _FACE + 2 * _GAP)), "white")
    sheet.paste(body, (0, 0))
    sheet.paste(ImageOps.pad(face, (_FACE, _FACE), color="white"), (body.width + _GAP, _GAP))
    return sheet


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 (+ 얼굴 사진) → 전신 이미지", "person information (+ face) → full body"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument("--face", "-f", help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    parser.add_argument("--region", "-r", default=settings.FORMER_REGION, help=say("S3 리전", "S3 region"))
    arguments = parser.parse_args()
    answer = BedrockCase2(arguments.region).process_complete_pipeline(arguments.info, arguments.face, arguments.output)
    if not arguments.face:
        print(f"✅ 완료! 전신 이미지가 {answer['body_path']}에 저장되었습니다.")
        return 0
    print(f"✅ 완료! 모든 결과가 {arguments.output} 폴더에 저장되었습니다.")
    print(f"  - 기본 전신: {answer['body_path']}")
    print(f"  - 참고 이미지: {answer['reference_path']}")
    print(f"  - 최종 이미지: {answer['final_path']}")
    return 0


if __name__ == "__main__":
    run_script(main)
