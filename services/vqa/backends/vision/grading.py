"""How good the picture is, in words: resolution, sharpness, noise, compression."""

from __future__ import annotations

from bisect import bisect_right

from services.vqa.backends.vision.phrase import Finding, Phrase, unknown
from services.vqa.backends.vision.quality import jpeg_quality, laplacian_variance
from services.vqa.backends.vision.scene import Scene

_SHARP, _SOFT, _BLURRED = 1.25, 2.3, 4.0  # pixels of blur
CLEAN, _GRAINY, _NOISY = 2.4, 6.0, 12.0  # grey levels of noise
_FINE, _GOOD, _POOR = 85, 65, 40  # JPEG quality
_TRACES, _VISIBLE_BLOCKS, _STRONG_BLOCKS = 0.08, 0.25, 0.5  # blockiness


def resolution(scene: Scene) -> Finding:
    """The picture's and its largest face's size."""
    picture = scene.picture
    text = Phrase(ko=f"{picture.width}×{picture.height}화소", en=f"{picture.width}×{picture.height} pixels")
    boxes = tuple(scene.in_picture(face.box) for face in scene.faces[:1])
    if boxes:
        width, height = round(boxes[0].width), round(boxes[0].height)
        text = Phrase(ko=f"{text.ko}, 얼굴 {width}×{height}화소", en=f"{text.en}, face {width}×{height} pixels")
    return Finding(
        text=text,
        value=f"{picture.width}x{picture.height}",
        confidence=1.0,
        method=Phrase(ko="화소를 센 값입니다.", en="Pixels were counted."),
        boxes=boxes,
    )


def sharpness(scene: Scene) -> Finding:
    """How sharp the sharpest edges are."""
    width = scene.blur_width
    if width is None:
        return unknown(Phrase(ko="잴 만한 윤곽선이 없습니다.", en="There is no edge to measure."))
    variance = laplacian_variance(scene.subject_tiles)
    text, value = (
        (Phrase(ko="선명함", en="sharp"), "sharp"),
        (Phrase(ko="조금 흐림", en="slightly soft"), "slightly soft"),
        (Phrase(ko="흐림", en="blurred"), "blurred"),
        (Phrase(ko="매우 흐림", en="very blurred"), "very blurred"),
    )[bisect_right((_SHARP, _SOFT, _BLURRED), width)]
    return Finding(
        text=text,
        value=value,
        confidence=_clear_of(width, (_SHARP, _SOFT, _BLURRED)),
        method=Phrase(
            ko=f"가장 선명한 윤곽선의 번짐이 {width:.1f}화소(가우스 σ)이고 라플라시안 분산이 {variance:.0f}입니다.",
            en=f"The sharpest edges are {width:.1f} pixels wide (Gaussian σ); the variance of the Laplacian is {variance:.0f}.",
        ),
    )


def noise(scene: Scene) -> Finding:
    """How much noise there is."""
    level = scene.noise_level
    if level is None:
        return unknown(
            Phrase(
                ko="사진이 너무 작거나 노출이 맞는 곳이 없어 잡음을 잴 수 없습니다.",
                en="The picture is too small, or nothing in it is rightly exposed.",
            )
        )
    text, value = (
        (Phrase(ko="거의 없음", en="low"), "low"),
        (Phrase(ko="조금 있음", en="some"), "some"),
        (Phrase(ko="많음", en="high"), "high"),
        (Phrase(ko="매우 많음", en="very high"), "very high"),
    )[bisect_right((CLEAN, _GRAINY, _NOISY), level)]
    return Finding(
        text=text,
        value=value,
        confidence=_clear_of(level, (CLEAN, _GRAINY, _NOISY)),
        method=Phrase(
            ko=f"결이 가장 적은 곳에서 잰 잡음의 표준편차가 256단계 가운데 {level:.1f}단계입니다 (24×24 블록마다 매끄러운 면을 뺀 나머지).",
            en=f"Where there is least texture, the noise deviates by {level:.1f} of 256 grey levels "
            "(what a smooth surface leaves of 24×24 blocks).",
        ),
    )


def compression(scene: Scene) -> Finding:
    """How much lossy compression has taken."""
    quantization = scene.picture.quantization
    if quantization:
        quality = jpeg_quality(quantization)
        return _damage(
            3 - bisect_right((_POOR, _GOOD, _FINE), quality),
            _clear_of(quality, (_POOR, _GOOD, _FINE)),
            Phrase(
                ko=f"파일의 JPEG 양자화표가 품질 {quality}(1~100)에 해당합니다. 이전에 더 심하게 압축되었을 수는 있습니다.",
                en=f"The file's JPEG quantization table is that of quality {quality} (1 to 100); it may have been worse before.",
            ),
        )
    steps = scene.blockiness
    if steps is None:
        return unknown(Phrase(ko="사진이 너무 작아 압축 흔적을 잴 수 없습니다.", en="The picture is too small for traces of compression."))
    return _damage(
        bisect_right((_TRACES, _VISIBLE_BLOCKS, _STRONG_BLOCKS), steps),
        0.7 * _clear_of(steps, (_TRACES, _VISIBLE_BLOCKS, _STRONG_BLOCKS)),
        Phrase(
            ko=f"8×8 블록 경계의 단차가 다른 곳보다 {steps:.0%} 큽니다. 크기를 바꾼 사진에서는 이 흔적이 사라집니다.",
            en=f"Steps at the borders of 8×8 blocks are {steps:.0%} larger than elsewhere; resizing wipes this trace out.",
        ),
    )


def _damage(grade: int, confidence: float, method: Phrase) -> Finding:
    text, value = (
        (Phrase(ko="거의 없음", en="none to speak of"), "none"),
        (Phrase(ko="약함", en="light"), "light"),
        (Phrase(ko="뚜렷함", en="visible"), "visible"),
        (Phrase(ko="심함", en="strong"), "strong"),
    )[grade]
    return Finding(text=text, value=value, confidence=confidence, method=method)


def _clear_of(measured: float, limits: tuple[float, ...]) -> float:
    """How sure a grade is: 0.5 at the limit between two grades, 0.95 when a third away from it."""
    nearest = min(abs(measured - limit) / limit for limit in limits)
    return 0.5 + 0.45 * min(3 * nearest, 1.0)
