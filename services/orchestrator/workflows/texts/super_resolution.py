"""What super-resolution says besides what all cases say: key → Korean, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Steps.
    "preprocess": ("잡음과 대비를 정리하고 있습니다", "Preparing noise and contrast"),
    # Titles and captions.
    "title.preprocessed": ("전처리 (잡음·대비·선명도 보정)", "Prepared (noise, contrast, sharpness)"),
    "caption.preprocessed": ("전처리", "Prepared"),
    # Quality in words.
    "quality.defects": ("주요 결함", "Main defects"),
    "quality.remedies": ("개선할 점", "What would help"),
    "quality.method": (
        "위의 화질 항목과 화소에서 잰 값에 정해진 기준을 적용한 결과입니다.",
        "Fixed limits applied to the quality above and to what the pixels measure.",
    ),
    "defect.none": ("눈에 띄는 결함 없음", "none to speak of"),
    "defect.small_face": ("얼굴이 작음 (너비 {figure}화소)", "small face ({figure} pixels wide)"),
    "defect.small": ("해상도가 낮음 ({figure}화소)", "low resolution ({figure} pixels)"),
    "defect.blurred": ("흐림", "blurred"),
    "defect.noisy": ("잡음", "noisy"),
    "defect.compressed": ("압축 손상", "damaged by compression"),
    "defect.dark": ("어두움 (평균 밝기 256단계 중 {figure})", "dark (mean lightness {figure} of 256)"),
    "defect.bright": ("너무 밝음 (평균 밝기 256단계 중 {figure})", "too bright (mean lightness {figure} of 256)"),
    "defect.flat": ("대비가 약함 (256단계 중 {figure})", "little contrast ({figure} of 256 levels)"),
    "remedy.small_face": (
        "얼굴이 더 크게 찍힌 화면을 찾으십시오. 확대로 더해진 얼굴의 세부는 추정입니다",
        "look for a frame with a larger face: what enlarging adds to a face is a guess",
    ),
    "remedy.small": ("녹화 원본의 해상도로 받아 보고, 없으면 확대합니다", "get the recording at its own resolution, else enlarge it"),
    "remedy.blurred": ("같은 영상에서 더 선명한 순간을 고릅니다", "choose a sharper moment of the same video"),
    "remedy.noisy": ("잡음을 줄입니다. 앞뒤 화면의 평균이 가장 낫습니다", "reduce noise, best by averaging neighboring frames"),
    "remedy.compressed": ("다시 압축되기 전의 원본 파일을 받습니다", "get the file from before it was compressed again"),
    "remedy.dark": ("밝기를 올립니다", "lift the brightness"),
    "remedy.bright": (
        "노출이 알맞은 화면을 찾습니다. 날아간 부분은 되살릴 수 없습니다",
        "look for a frame exposed rightly: what is washed out is lost",
    ),
    "remedy.flat": ("대비를 보정합니다", "even the contrast"),
    # What a result has to do without.
    "too_large": (
        "확대한 크기가 5천만 화소를 넘어 단순 확대를 만들 수 없습니다. 배율을 줄이십시오",
        "the enlarged picture would have more than 50 megapixels: choose a smaller scale",
    ),
}
