"""One picture and all that is measured of it: each thing once, and only when a question needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TypeVar

import cv2
import numpy as np

from services.common.backend import Monitor
from services.common.colors import rgb_to_lab
from services.common.picture import Box, Picture
from services.vqa.backends.vision import quality
from services.vqa.backends.vision.background import plain_foreground
from services.vqa.backends.vision.boxes import clipped, crop, scaled
from services.vqa.backends.vision.faces import FaceDetector, FaceHit, without_patterns
from services.vqa.backends.vision.figure import find_figures, skin_like
from services.vqa.backends.vision.light import Light, measure_light
from services.vqa.backends.vision.overlay import find_overlay, free_rows
from services.vqa.backends.vision.own_colors import OwnColors
from services.vqa.backends.vision.people import Evidence, Person, PersonDetector, assemble
from services.vqa.backends.vision.place import Surroundings, measure_surroundings
from services.vqa.backends.vision.silhouette import silhouette

_LONGEST_SIDE = 800  # pixels, of the working picture: bounds the time, and loses people below a tenth of the height
_SHORTEST_SIDE = 240  # pixels: small pictures are enlarged, or the detectors' windows would not fit
_LARGEST_FACTOR = 4.0
_SMALLEST_SUBJECT = 48  # pixels, of a person large enough to be measured alone

_Measured = TypeVar("_Measured")


class Detectors:
    """What is loaded: the detectors, shared by all pictures, used by one thread at a time."""

    def __init__(self) -> None:
        self.faces = FaceDetector()
        self.people = PersonDetector()
        self.lock = Lock()


class Scene:
    """The measurements of one picture. Boxes and masks are those of a working picture; `in_picture` leads back."""

    def __init__(self, picture: Picture, detectors: Detectors, monitor: Monitor) -> None:
        self.picture = picture
        self._detectors = detectors
        self._monitor = monitor
        longest, shortest = max(picture.height, picture.width), min(picture.height, picture.width)
        enlarged = min(max(1.0, _SHORTEST_SIDE / shortest), _LARGEST_FACTOR)
        self.factor = min(enlarged, _LONGEST_SIDE / longest)  # working pixels a pixel of the picture

    def _measure(self, stage: str, work: Callable[[], _Measured]) -> _Measured:
        self._monitor.report(stage, 0, 1)
        result = work()
        self._monitor.report(stage, 1, 1)
        return result

    @cached_property
    def rgb(self) -> np.ndarray:
        """The working picture, h×w×3, uint8."""
        size = (max(1, round(self.picture.width * self.factor)), max(1, round(self.picture.height * self.factor)))
        method = cv2.INTER_AREA if self.factor < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(self.picture.pixels, size, interpolation=method), np.uint8)

    @cached_property
    def lab(self) -> np.ndarray:
        """The working picture in CIELAB, h×w×3, float32."""
        return rgb_to_lab(self.rgb).reshape(self.rgb.shape)

    @cached_property
    def grey(self) -> np.ndarray:
        """The working picture without color, h×w, uint8."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def light(self) -> Light:
        """The light, and whether there is color at all."""
        return self._measure("light", lambda: measure_light(self.lab, self.foreground))

    @property
    def colorless(self) -> bool:
        """Whether the picture has no color: a grey file, or grey pixels."""
        return self.picture.was_grey or self.light.colorless

    @cached_property
    def foreground(self) -> np.ndarray | None:
        """What stands before a plain background, h×w bool; None when the background is not plain."""
        return self._measure("background", lambda: plain_foreground(self.lab))

    @cached_property
    def faces(self) -> list[FaceHit]:
        """All faces, largest first."""
        with self._detectors.lock:
            frontal = self._measure("faces", lambda: self._detectors.faces.frontal(self.grey))
            profiles = self._measure("profiles", lambda: self._detectors.faces.profiles(self.grey, frontal))
        return sorted(without_patterns([*frontal, *profiles]), key=lambda hit: -hit.box.height)

    @property
    def face_share(self) -> float:
        """Height of the largest face as a share of the picture's; 0 without one."""
        return self.faces[0].box.height / self.rgb.shape[0] if self.faces else 0.0

    @cached_property
    def people(self) -> list[Person]:
        """All people, largest first."""
        foreground = self.foreground
        figures = [] if foreground is None else find_figures(foreground, self.lab)
        with self._detectors.lock:
            shapes = self._measure("people", lambda: self._detectors.people.find(self.grey))
        return assemble(shapes, self.faces, figures)

    @property
    def studio(self) -> bool:
        """Whether somebody stands before a plain background, which tells nothing of time and place."""
        return any(person.evidence in (Evidence.OUTLINE, Evidence.TORN_OUTLINE) for person in self.people)

    @property
    def main_person(self) -> Person | None:
        """The person that questions about "this person" mean: the largest."""
        return self.people[0] if self.people else None

    @cached_property
    def person_mask(self) -> np.ndarray | None:
        """Which pixels are the main person, h×w bool; None where the background's color cannot be told from the person's."""
        person, foreground = self.main_person, self.foreground
        if person is None or person.evidence is Evidence.TORN_OUTLINE:
            return None
        if foreground is not None:
            return foreground
        return self._measure("silhouette", lambda: silhouette(self.rgb, person))

    def own_colors(self, find: Callable[[np.ndarray, Person], OwnColors]) -> OwnColors | None:
        """A part of the main person, told from what is beside it; None where more than the face was found."""
        person = self.main_person
        return None if person is None or person.evidence is not Evidence.FACE else find(self.lab, person)

    @cached_property
    def skin(self) -> np.ndarray | None:
        """The main person's skin color, 3 CIELAB values; None when no skin was seen."""
        if self.main_person is None:
            return None
        pixels = crop(self.lab, self.main_person.head).reshape(-1, 3)
        if not self.colorless:
            pixels = pixels[skin_like(pixels)]
        return np.median(pixels, axis=0) if len(pixels) >= 9 else None

    @cached_property
    def surroundings(self) -> Surroundings:
        """Evidence of the open air."""
        boxes = [person.box for person in self.people]
        return self._measure("place", lambda: measure_surroundings(self.lab, boxes, studio=self.studio))

    @cached_property
    def tiles(self) -> list[np.ndarray]:
        """Grey tiles at full resolution, of what the camera saw and not of what it wrote."""
        return quality.tiles(self.picture.pixels[self._free_rows])

    @cached_property
    def overlay(self) -> list[Box]:
        """Lines of text that a camera wrote into the picture, in its pixels."""
        return find_overlay(self.picture.pixels)

    @property
    def _free_rows(self) -> slice:
        return free_rows(self.picture.height, self.overlay)

    @cached_property
    def subject_tiles(self) -> list[np.ndarray]:
        """Grey tiles of the main person, on whose sharpness all else depends, at full resolution; of all without a person."""
        if self.main_person is None:
            return self.tiles
        box, rows = self.in_picture(self.main_person.box), self._free_rows
        above = min(max(rows.start - box.y, 0.0), box.height)
        inside = crop(self.picture.pixels[: rows.stop], replace(box, y=box.y + above, height=box.height - above))
        return quality.tiles(inside) if min(inside.shape[:2]) >= _SMALLEST_SUBJECT else self.tiles

    @cached_property
    def blur_width(self) -> float | None:
        """Blur of the main person's sharpest edges, pixels of the picture."""
        return self._measure("sharpness", lambda: quality.blur_width(self.subject_tiles))

    @cached_property
    def noise_level(self) -> float | None:
        """Standard deviation of the noise, grey levels."""
        return self._measure("noise", lambda: quality.noise_level(self.tiles))

    @cached_property
    def blockiness(self) -> float | None:
        """Steps at block borders."""
        return self._measure("compression", lambda: quality.blockiness(self.tiles))

    def in_picture(self, box: Box) -> Box:
        """A box of the working picture as one of the picture, clipped to it."""
        return clipped(scaled(box, 1 / self.factor), self.picture.width, self.picture.height)

    def pixels_of(self, region: Box, *, person_only: bool = True) -> np.ndarray:
        """CIELAB pixels in a region of the working picture, N×3; `person_only` leaves the main person's background out."""
        pixels = crop(self.lab, region).reshape(-1, 3)
        mask = self.person_mask if person_only else None
        return pixels if mask is None else pixels[crop(mask, region).reshape(-1)]
