#!/usr/bin/env python3
"""Low-quality picture → enlarged four times by several methods, compared, as `demo_super_resolution.py` always was called.

    python demo_super_resolution.py 흐린_화면.jpg --methods all --output outputs

As a library: `process_super_resolution("흐린_화면.jpg", ["all"], "outputs")`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from dasibom_legacy import jobs
from dasibom_legacy.demo import Place, run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.grid import compose_grid
from dasibom_legacy.inputs import find_one, upload
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png, open_picture
from dasibom_legacy.retouch import enhance_faces
from PIL import Image

from dasibom.client import Client, DasibomError
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitSuperResolutionRequest

DEFAULT_FOLDER = "outputs"
METHODS = ("all", "stable_diffusion", "esrgan", "traditional")
STABLE_DIFFUSION, ESRGAN, TRADITIONAL = "Stable Diffusion 4x", "Real-ESRGAN", "Traditional (Lanczos)"
FINAL = "최종 (얼굴 개선)"
SCALE = 4

_FILES = {
    STABLE_DIFFUSION: "02_stable_diffusion_4x.png",
    ESRGAN: "03_real_esrgan.png",
    TRADITIONAL: "04_traditional_lanczos_4x.png",
    FINAL: "05_final_face_enhanced.png",
}
_PREPARED, _COMPARISON = "01_preprocessed.png", "super_resolution_comparison.png"
_BICUBIC = "bicubic"


def process_super_resolution(
    image_path: Place, methods: Sequence[str] = ("all",), output_dir: Place = DEFAULT_FOLDER
) -> dict[str, Image.Image]:
    """Run it and keep its results.

    Args:
        image_path: file, `s3://` object or `http(s)://` address.
        methods: some of `METHODS`; one that the service has no model for is left out, with a line on the console.
        output_dir: folder for results.

    Returns:
        Pictures by `Stable Diffusion 4x`, `Real-ESRGAN`, `Traditional (Lanczos)` and `최종 (얼굴 개선)`, those that were made.

    Raises:
        LegacyError: it could not be run, or no method could be used, and why.
    """
    return _run(image_path, methods, Path(output_dir))[0]


def _run(image_path: Place, methods: Sequence[str], folder: Path) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """The pictures, and the description of each file by its name."""
    source = find_one(image_path)
    client = connect()
    picture = upload(client, source)
    wanted = METHODS[1:] if "all" in methods else methods
    models = _models_for(client, wanted)
    if not models and "traditional" not in wanted:
        raise LegacyError(say("쓸 수 있는 방법이 없습니다.", "None of the methods can be used."))
    request = SubmitSuperResolutionRequest(image=picture.message, scale=SCALE, methods=list(dict.fromkeys(models.values())) or [_BICUBIC])
    job = jobs.run(client, request, name="demo_super_resolution")
    case = job.result.super_resolution
    original = open_picture(picture.data)
    write_file(folder / _PREPARED, as_png(job.data(case.preprocessed)))

    made_by = {item.method: item.image for item in case.enhancements}
    made = {label: job.image(made_by[model]) for label, model in models.items() if model in made_by}
    if "traditional" in wanted:
        made[TRADITIONAL] = original.resize((original.width * SCALE, original.height * SCALE), Image.Resampling.LANCZOS)
    if not made:
        raise LegacyError(say("결과를 만든 방법이 없습니다.", "No method gave a result."))
    chosen = next((label for label, model in models.items() if made_by.get(model) == case.final), next(iter(made)))
    made[FINAL] = enhance_faces(made[chosen], [(box.x, box.y, box.width, box.height) for box in case.faces], original.size)
    for label, result in made.items():
        write_file(folder / _FILES[label], as_png(result))
    labelled = {f"{label} ({models[label]})" if label in models else label: result for label, result in made.items()}
    write_file(folder / _COMPARISON, as_png(compose_grid({say("원본", "Original"): original, **labelled})))
    return made, _descriptions(made, models, chosen)


def _models_for(client: Client, wanted: Sequence[str]) -> dict[str, str]:
    """The service's model for each wanted method that needs one; a line on the console for each that another or none stands for."""
    try:
        (service,) = (found for found in client.models() if found.service == "superres")
    except DasibomError as error:
        raise LegacyError(jobs.unreachable(client, error)) from None
    names = [model.name for model in service.models if not model.failure]
    found = {}
    if "stable_diffusion" in wanted:
        model = next((name for name in names if "diffusion" in name or "upscaler" in name), None)
        if model:
            found[STABLE_DIFFUSION] = model
        else:
            print(
                say(
                    f"⚠️  {STABLE_DIFFUSION}: 이 서비스에 해당 모델이 없어 건너뜁니다 (있는 모델: {', '.join(names)})",
                    f"⚠️  {STABLE_DIFFUSION}: left out, the service has no such model (it has {', '.join(names)})",
                )
            )
    if "esrgan" in wanted and names:
        model = next((name for name in names if "esrgan" in name), None)
        if model is None:
            model = next((item.name for item in service.models if item.is_default), names[0])
            print(
                say(
                    f"⚠️  {ESRGAN}: 이 서비스에 해당 모델이 없어 {model} 모델로 만듭니다",
                    f"⚠️  {ESRGAN}: the service has no such model; {model} takes its place",
                )
            )
        found[ESRGAN] = model
    return found


def _descriptions(made: Mapping[str, Image.Image], models: Mapping[str, str], chosen: str) -> dict[str, str]:
    def about(label: str) -> str:
        if label == FINAL:
            return say(f"{label}: {chosen} 결과에서", f"{label}: from {chosen}")
        if label in models:
            return say(f"{label} (모델 {models[label]}, AI 생성)", f"{label} (model {models[label]}, AI-generated)")
        return label

    return {
        _PREPARED: say("전처리 (잡음 제거, 대비)", "prepared: noise, contrast"),
        **{_FILES[label]: about(label) for label in made},
        _COMPARISON: say("비교", "comparison"),
    }


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("저화질 사진 → 4배 고화질 비교", "low-quality picture → 4× as large"))
    parser.add_argument("image_path", help=say("사진: 파일, s3://, http(s)://", "picture: file, s3:// or http(s)://"))
    parser.add_argument("--methods", "-m", nargs="+", choices=METHODS, default=["all"], help=say("방법 (기본: all)", "default: all"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    arguments = parser.parse_args()
    _, files = _run(arguments.image_path, arguments.methods, Path(arguments.output))
    print(f"✅ 처리 완료! 결과는 {arguments.output} 폴더에 저장되었습니다.")
    print("📋 생성된 파일:")
    for name, description in files.items():
        print(f"  {name} - {description}")


if __name__ == "__main__":
    run_demo(main)
