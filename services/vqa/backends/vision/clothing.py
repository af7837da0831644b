"""The colors of clothes and hair: the main color of a part of the body, without skin and background."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.common.colors import COLORS
from services.common.picture import Box
from services.vqa.backends.vision.boxes import area, clipped
from services.vqa.backends.vision.figure import skin_like
from services.vqa.backends.vision.own_colors import OwnColors, chest_colors, hair_colors
from services.vqa.backends.vision.palette import Swatch, main_color, name, without
from services.vqa.backends.vision.phrase import Finding, Phrase, unknown
from services.vqa.backends.vision.scene import Scene

_VISIBLE = 0.2  # share of a body part that has to be within the picture
_COVERED = 0.25  # share of a body part that a believable silhouette covers
_SKIN_REACH = 13.0  # CIELAB distance that still is the same skin
_TOO_UNCLEAR = 0.15  # confidence, below which a color would mislead
_COATED = 0.7  # of the confidence is left when a coat may hide what is asked for
_DIM = 1.1  # exposure correction that is worth telling
_NOT_HAIR = {"navy", "dark green", "khaki", "dark gray", "light gray"}  # so dark or pale hair goes by another name

_NO_PERSON = Phrase(
    ko="사람이나 얼굴을 찾지 못해 색을 잴 부위가 없습니다.", en="No person and no face was found, so there is no part to measure."
)
_UNSEEN = Phrase(ko="이 부위가 사진에 들어 있지 않습니다.", en="This part of the body is not in the picture.")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A part of the body whose color is asked for."""

    label: Phrase
    covers: float = 0.0  # share of what is seen there that has to be no skin; 0 when skin may only look like the cloth
    may_be_bare: bool = False  # whether all colors that skin may have are left out


_UPPER = _Part(label=Phrase(ko="상의", en="top"))
_LOWER = _Part(label=Phrase(ko="하의", en="bottom"))
_SHINS = _Part(label=_LOWER.label, covers=0.5, may_be_bare=True)
_HAIR = _Part(label=Phrase(ko="머리카락", en="hair"), covers=0.2)


def upper_color(scene: Scene) -> Finding:
    """The top's color."""
    if scene.main_person is None:
        return _UNFOUND
    return _color(scene, _UPPER, scene.main_person.torso, scene.own_colors(chest_colors))


def lower_color(scene: Scene) -> Finding:
    """The bottom's color."""
    if scene.main_person is None:
        return _UNFOUND
    thighs = _color(scene, _LOWER, scene.main_person.thighs)
    if thighs.confidence is None or thighs.value != upper_color(scene).value:
        return thighs
    # What has one color from the shoulders to the knees may be a coat, with trousers of another color below.
    shins = _color(scene, _SHINS, scene.main_person.shins)
    if shins.confidence is None:
        return replace(thighs, confidence=_COATED * thighs.confidence, method=thighs.method + _COAT_OR_DRESS)
    return thighs if shins.value == thighs.value else replace(shins, method=shins.method + _BELOW_THE_COAT)


def hair_color(scene: Scene) -> Finding:
    """The color of what covers the top of the head."""
    if scene.main_person is None:
        return _UNFOUND
    return _color(scene, _HAIR, scene.main_person.hair, scene.own_colors(hair_colors))


def clothing(scene: Scene) -> Finding:
    """Top and bottom together; what is not in the picture is left out."""
    parts = [
        (part, finding) for part, finding in ((_UPPER, upper_color(scene)), (_LOWER, lower_color(scene))) if finding.confidence is not None
    ]
    if not parts:
        return upper_color(scene)
    missing = Phrase(ko="", en="")
    if len(parts) == 1:
        other = _LOWER if parts[0][0] is _UPPER else _UPPER
        missing = Phrase(ko=f" {other.label.ko}는 재지 못했습니다.", en=f" The {other.label.en} could not be measured.")
    method = parts[0][1].method
    return Finding(
        text=Phrase(
            ko=", ".join(f"{finding.text.ko} {part.label.ko}" for part, finding in parts),
            en=", ".join(f"{finding.text.en} {part.label.en}" for part, finding in parts),
        ),
        value=", ".join(f"{finding.value} {part.label.en}" for part, finding in parts),
        confidence=min(finding.confidence for _, finding in parts if finding.confidence is not None),
        method=Phrase(
            ko=f"{method.ko}{missing.ko} 옷의 종류는 재지 않습니다.",
            en=f"{method.en}{missing.en} What garments they are is not measured.",
        ),
        boxes=tuple(box for _, finding in parts for box in finding.boxes),
    )


_UNFOUND = unknown(_NO_PERSON)
_COAT_OR_DRESS = Phrase(
    ko="상의와 같은 색이고 정강이에는 옷이 보이지 않아, 긴 외투나 원피스일 수 있습니다.",
    en="It has the top's color and no cloth is seen on the shins: it may be a coat or a dress.",
)
_BELOW_THE_COAT = Phrase(
    ko="넓적다리까지 상의와 같은 색이어서 그 아래를 쟀습니다.",
    en="Down to the thighs it has the top's color, so what is below was measured.",
)
_DIFFERS = {
    True: Phrase(
        ko="몸은 얼굴로만 알므로 같은 높이의 양옆에 없는 색만 쟀습니다.",
        en="Only the face tells of the body, so only colors that are not beside it were measured.",
    ),
    False: Phrase(
        ko="몸은 얼굴로만 알고, 이 부위의 색은 양옆에도 있어 배경일 수 있습니다.",
        en="Only the face tells of the body, and the colors here are also beside it: they may be the background's.",
    ),
    None: Phrase(ko="몸은 얼굴로만 압니다.", en="Only the face tells of the body."),
}


def _color(scene: Scene, part: _Part, region: Box, own: OwnColors | None = None) -> Finding:
    person = scene.main_person
    visible = clipped(region, scene.rgb.shape[1], scene.rgb.shape[0])
    if person is None or area(visible) < _VISIBLE * area(region):
        return unknown(_UNSEEN)
    pixels = _pixels(scene, region) if own is None else own.pixels
    seen = len(pixels)
    if scene.skin is not None:
        bare = without(pixels, scene.skin, _SKIN_REACH)
        if part.covers or len(bare) > 0.5 * len(pixels):
            pixels = bare
    if part.may_be_bare:
        pixels = pixels[~skin_like(pixels)]
    swatch = main_color(_without_shine(pixels) if part is _HAIR else pixels)
    if swatch is None or len(pixels) < part.covers * seen:
        return unknown(
            Phrase(
                ko=f"{part.label.ko} 부위에서 피부, 배경과 다른 색을 찾지 못했습니다.",
                en=f"Nothing but skin and background was found where the {part.label.en} would be.",
            )
        )
    certainty = person.confidence if own is None else own.certainty(person.confidence)
    trust = certainty * (0.4 + 0.6 * swatch.share) * min(0.6 + 0.4 * area(visible) / area(region), 1.0)
    if part is _HAIR:
        trust *= 0.85  # a hat would be measured alike
    found = _shade(swatch, part, trust) if scene.colorless else _named(scene, swatch, part, trust)
    if found.confidence is not None and found.confidence < _TOO_UNCLEAR:
        return unknown(
            Phrase(
                ko=f"{part.label.ko} 부위의 색이 뚜렷하지 않습니다 (신뢰도 {found.confidence:.2f}).",
                en=f"The color where the {part.label.en} would be is unclear (confidence {found.confidence:.2f}).",
            )
        )
    if own is None:
        return replace(found, boxes=(scene.in_picture(visible),))
    return replace(found, method=found.method + _DIFFERS[own.differs], boxes=(scene.in_picture(own.box),))


def _pixels(scene: Scene, region: Box) -> np.ndarray:
    """The person's pixels in a region, N×3; all of them when GrabCut took clothes or hair for background."""
    visible = clipped(region, scene.rgb.shape[1], scene.rgb.shape[0])
    pixels = scene.pixels_of(region)
    return pixels if len(pixels) >= _COVERED * area(visible) else scene.pixels_of(region, person_only=False)


def _without_shine(pixels: np.ndarray) -> np.ndarray:
    """The darker half of N×3 pixels: the crown of a head reflects the light from above, and brown hair would pass for blond."""
    return pixels[pixels[:, 0] <= np.median(pixels[:, 0])] if len(pixels) else pixels


def _named(scene: Scene, swatch: Swatch, part: _Part, trust: float) -> Finding:
    keys = {color.key for color in COLORS} - (_NOT_HAIR if part is _HAIR else set())
    exposure = scene.light.missing_exposure
    color = name(swatch.exposed(exposure), keys)
    share = round(100 * swatch.share)
    method = Phrase(
        ko=f"몸의 비례로 {part.label.ko} 부위를 잡고, 그 {share}%를 이루는 색을 CIELAB 거리로 이름 붙였습니다 (거리 {color.distance:.0f}).",
        en=f"The {part.label.en} was located by body proportions; the color of {share}% of it was named by distance in CIELAB "
        f"({color.distance:.0f} away).",
    )
    if part is _HAIR:
        method += Phrase(
            ko="윤기를 피해 어두운 절반을 쟀고, 모자와 머리카락은 구별하지 못합니다.",
            en="To leave shine out its darker half was measured; hat and hair are not told apart.",
        )
    if exposure > _DIM:
        method += Phrase(
            ko=f"어두운 사진이라 밝기와 채도를 {exposure:.1f}배로 올려 비교했습니다.",
            en=f"The picture is dim: lightness and chroma were raised by a factor of {exposure:.1f}.",
        )
    believed = scene.light.color_trust(swatch.lab[0])
    if believed < 0.7:
        method += Phrase(ko="사진이 어두워 색은 믿기 어렵습니다.", en="The picture is dark, so colors are doubtful.")
    return Finding(
        text=Phrase(ko=color.korean, en=color.key),
        value=color.key,
        confidence=trust * (0.55 + 0.45 * color.clearness) * believed,
        method=method,
    )


def _shade(swatch: Swatch, part: _Part, trust: float) -> Finding:
    """Without color only dark, medium and light can be told; in infrared even that depends on the cloth."""
    lightness = swatch.lab[0]
    limits = np.array([35.0, 68.0])
    text, value = (
        (Phrase(ko="어두운 색", en="dark"), "dark"),
        (Phrase(ko="중간 밝기의 색", en="medium"), "medium"),
        (Phrase(ko="밝은 색", en="light"), "light"),
    )[int((lightness >= limits).sum())]
    clearness = min(float(np.abs(lightness - limits).min()) / 15, 1.0)
    method = Phrase(
        ko=f"흑백(적외선) 사진이라 색은 알 수 없고 {part.label.ko} 부위의 밝기(0~100 중 {lightness:.0f})만 쟀습니다. 적외선에서는 "
        "옷감에 따라 밝기가 실제와 다를 수 있습니다.",
        en=f"The picture is grey (infrared): there is no color to tell, only the lightness of the {part.label.en} ({lightness:.0f} of "
        "0 to 100); in infrared it may differ from what the eye sees.",
    )
    return Finding(text=text, value=value, confidence=trust * (0.4 + 0.3 * clearness), method=method)
