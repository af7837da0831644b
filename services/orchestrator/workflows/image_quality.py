"""The quality of a picture in words: what is wrong with it, and what would help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from dasibom.common.v1.image_pb2 import Box
from dasibom.orchestrator.v1.result_pb2 import Attribute
from services.common.questions import Category
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.texts import say
from services.orchestrator.workflows.vocabulary import is_negated

_SMALL = 480  # pixels, of the shorter side: standard definition
_SMALL_FACE = 40  # pixels: IEC 62676-4 asks 250 pixels a meter to identify a person, and a face is some 16 cm wide
_DARK, _BRIGHT = 60.0, 200.0  # mean lightness of 256 levels
_FLAT = 80.0  # levels of 256 between dark and light

# What the picture analysis says of a defect, as the embedded model grades it and as language models put it.
_SAID = {
    "blurred": ("sharpness", re.compile(r"blur|soft|out of focus|흐림|흐릿|흐린")),
    "noisy": ("noise", re.compile(r"\b(some|high|heavy|strong|visible)\b|grain|noisy|많|심함|심한|조금 있")),
    "compressed": ("compression", re.compile(r"\b(visible|strong|heavy|severe)\b|block|artifact|뚜렷|심함|심한")),
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the pixels themselves tell."""

    width: int  # pixels
    height: int
    face_width: float | None  # of the largest face, pixels; None where none was found
    lightness: float  # mean, of 256 levels
    contrast: float  # from the 5th to the 95th percentile of lightness


def measure(pixels: np.ndarray, faces: Sequence[Box]) -> Figures:
    """Measure a picture.

    Args:
        pixels: H×W×3, uint8, RGB.
        faces: found in it, pixels.
    """
    lightness = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[..., 0]
    low, high = np.percentile(lightness, (5, 95))
    return Figures(
        width=pixels.shape[1],
        height=pixels.shape[0],
        face_width=max((face.width for face in faces), default=None),
        lightness=float(lightness.mean()),
        contrast=float(high - low),
    )


def defects(quality: Iterable[Attribute], figures: Figures) -> list[str]:
    """Keys of what is wrong with a picture, what matters most for recognizing somebody first.

    Args:
        quality: what the picture analysis says.
        figures: what was measured.
    """
    said = {item.topic: item.value or item.text for item in quality if item.known}
    found = {
        "small_face": figures.face_width is not None and figures.face_width < _SMALL_FACE,
        "small": min(figures.width, figures.height) < _SMALL,
        **{defect: _says(said.get(topic, ""), pattern) for defect, (topic, pattern) in _SAID.items()},
        "dark": figures.lightness < _DARK,
        "bright": figures.lightness > _BRIGHT,
        "flat": figures.contrast < _FLAT,
    }
    return [defect for defect, is_there in found.items() if is_there]


def _says(text: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(text.lower()) is not None and not is_negated(text)


def in_words(quality: Iterable[Attribute], figures: Figures, language: Language) -> list[Attribute]:
    """The defects and, where there are any, what would help: one attribute each."""
    found = defects(quality, figures)
    values = {
        "small": f"{figures.width}×{figures.height}",
        "small_face": f"{figures.face_width or 0:.0f}",
        "dark": f"{figures.lightness:.0f}",
        "bright": f"{figures.lightness:.0f}",
        "flat": f"{figures.contrast:.0f}",
    }
    told = [say(f"defect.{defect}", language, figure=values.get(defect, "")) for defect in found]
    lines = [_attribute("defects", ", ".join(told) or say("defect.none", language), ", ".join(found) or "none", language)]
    if found:
        lines.append(_attribute("remedies", "; ".join(say(f"remedy.{defect}", language) for defect in found), ", ".join(found), language))
    return lines


def _attribute(key: str, text: str, value: str, language: Language) -> Attribute:
    return Attribute(
        label=say(f"quality.{key}", language),
        category=Category.IMAGE.value,
        text=text,
        value=value,
        known=True,
        method=say("quality.method", language),
    )
