"""Light, time of day and place, as far as they can be measured."""

from __future__ import annotations

from services.vqa.backends.vision.light import backlight
from services.vqa.backends.vision.phrase import Finding, Phrase, unknown
from services.vqa.backends.vision.scene import Scene

_BRIGHT, _DIM, _DARK = 62.0, 38.0, 20.0  # mean lightness, 0..100
_UNEVEN = 16.0  # standard deviation of lightness over an 8×8 grid
_BACKLIT = 28.0  # units of lightness, by which a face is darker than its surroundings
_SKY, _PLANTS = 0.04, 0.06  # shares of the picture that count as evidence
_LAMPS = 0.0008
_NIGHT = 30.0  # mean lightness
_PORTRAIT = 0.2  # height of the face as a share of the picture's

_DAY = Phrase(ko="낮", en="day")


def lighting(scene: Scene) -> Finding:
    """How bright it is, how evenly, and whether the light comes from behind."""
    light = scene.light
    level, words = (
        (Phrase(ko="밝음", en="bright"), "bright")
        if light.lightness >= _BRIGHT
        else (Phrase(ko="보통 밝기", en="moderate"), "moderate")
        if light.lightness >= _DIM
        else (Phrase(ko="어두움", en="dim"), "dim")
        if light.lightness >= _DARK
        else (Phrase(ko="매우 어두움", en="dark"), "dark")
    )
    even = light.spread < _UNEVEN
    frontal = [face.box for face in scene.faces if not face.profile]
    shade = backlight(scene.lab, frontal[0] if frontal else None)
    backlit = shade is not None and shade > _BACKLIT
    evenness = Phrase(ko="고름", en="even") if even else Phrase(ko="고르지 않음", en="uneven")
    text = Phrase(ko=f"{level.ko}, {evenness.ko}", en=f"{level.en}, {evenness.en}")
    value = f"{words}, {evenness.en}"
    if backlit:
        text, value = Phrase(ko=f"{text.ko}, 역광", en=f"{text.en}, backlit"), f"{value}, backlit"
    margin = min(abs(light.lightness - limit) for limit in (_BRIGHT, _DIM, _DARK))
    return Finding(
        text=text,
        value=value,
        confidence=0.6 + 0.35 * min(margin / 10, 1.0),
        method=Phrase(
            ko=f"밝기 L* 평균 {light.lightness:.0f}(0~100), 8×8 칸 사이의 편차 {light.spread:.0f}, 검게 뭉친 화소 {light.dark_share:.0%}, "
            f"하얗게 날아간 화소 {light.blown_share:.0%}로 판단했습니다.",
            en=f"Judged by a mean lightness L* of {light.lightness:.0f} (0 to 100), a deviation of {light.spread:.0f} over an 8×8 grid, "
            f"{light.dark_share:.0%} of the pixels black and {light.blown_share:.0%} blown out.",
        ),
    )


def time_of_day(scene: Scene) -> Finding:
    """Day or night, when the light says which."""
    light, around = scene.light, scene.surroundings
    if around.sky_share > _SKY:
        return Finding(
            text=_DAY,
            value="day",
            confidence=0.6 + 0.35 * min(around.sky_share / 0.25, 1.0),
            method=Phrase(
                ko=f"사진의 {around.sky_share:.0%}가 밝고 푸른 하늘입니다.", en=f"{around.sky_share:.0%} of the picture is bright blue sky."
            ),
        )
    if scene.studio or scene.face_share >= _PORTRAIT:
        return unknown(
            Phrase(
                ko="배경이 단색이거나 얼굴이 사진을 채워, 시간대를 알려 주는 빛이 없습니다.",
                en="The background is plain or the face fills the picture: no light around tells the time.",
            )
        )
    if light.lightness < _NIGHT:
        return _night(scene)
    if light.lightness < _BRIGHT or scene.colorless:
        return unknown(
            Phrase(
                ko=f"밝기(L* {light.lightness:.0f})만으로 낮과 밤을 가릴 수 없고 하늘도 보이지 않습니다.",
                en=f"The light (L* {light.lightness:.0f}) fits day and night, and no sky is visible.",
            )
        )
    return Finding(
        text=_DAY,
        value="day",
        confidence=0.35,
        method=Phrase(
            ko=f"밝지만(L* {light.lightness:.0f}) 하늘이 보이지 않아 조명이 켜진 밤의 실내일 수도 있습니다.",
            en=f"It is bright (L* {light.lightness:.0f}), but without a visible sky it may be a lit room at night.",
        ),
    )


def _night(scene: Scene) -> Finding:
    lightness = scene.light.lightness
    lamps = scene.surroundings.lamp_share > _LAMPS
    darkness = min((_NIGHT - lightness) / (_NIGHT - 5), 1.0)
    return Finding(
        text=Phrase(ko="밤", en="night"),
        value="night",
        confidence=0.2 + 0.35 * darkness + (0.2 if lamps else 0.0),
        method=Phrase(
            ko=f"전체가 어둡고(L* {lightness:.0f}) "
            + ("밝은 점 광원이 있습니다." if lamps else "점 광원은 없어 어두운 실내일 수도 있습니다."),
            en=f"The picture is dark (L* {lightness:.0f})"
            + (" with bright points of light." if lamps else "; without points of light it may also be a dark room."),
        ),
    )


def location_type(scene: Scene) -> Finding:
    """Outdoors, when sky or plants show it; indoors leaves no mark that could be measured."""
    around = scene.surroundings
    if around.sky_share <= _SKY and around.plant_share <= _PLANTS:
        return unknown(
            Phrase(
                ko="하늘이나 초목이 보이지 않습니다. 그것이 없다고 실내라고 할 수는 없습니다.",
                en="Neither sky nor plants are visible; their absence does not make it indoors.",
            )
        )
    strength = min(around.sky_share / 0.25 + around.plant_share / 0.4, 1.0)
    return Finding(
        text=Phrase(ko="실외", en="outdoors"),
        value="outdoors",
        confidence=0.45 + 0.45 * strength,
        method=Phrase(
            ko=f"위쪽과 이어진 푸른 하늘 {around.sky_share:.0%}, 결이 있는 초록색(초목) {around.plant_share:.0%}를 쟀습니다.",
            en=f"Blue sky reaching the upper border fills {around.sky_share:.0%}, textured green (plants) {around.plant_share:.0%}.",
        ),
    )
