"""Whether a picture is a CCTV frame, a face photo or an everyday photo, by a stated rule."""

from __future__ import annotations

from services.vqa.backends.vision.grading import CLEAN
from services.vqa.backends.vision.phrase import Finding, Phrase
from services.vqa.backends.vision.quality import jpeg_quality
from services.vqa.backends.vision.scene import Scene

_FACE_PHOTO = 0.2  # height of the face as a share of the picture's
_SMALL_PERSON = 0.6  # height of the person as a share of the picture's
_CUES_OF_CCTV = 3
_CAMERA_HEIGHTS = {240, 288, 360, 480, 576, 720, 1080, 1520, 1944}  # pixels, of usual surveillance sensors, with landscape pictures

_Cue = tuple[bool, Phrase]


def image_kind(scene: Scene) -> Finding:
    """A face photo has a face of a fifth of its height; a CCTV frame shows three of seven cues; all else is an everyday photo."""
    face = scene.face_share
    if face >= _FACE_PHOTO:
        method = Phrase(
            ko=f"얼굴이 사진 높이의 {face:.0%}입니다 (얼굴 사진의 기준: {_FACE_PHOTO:.0%} 이상).",
            en=f"The face is {face:.0%} of the picture's height (a face photo has at least {_FACE_PHOTO:.0%}).",
        )
        sure = scene.faces[0].confidence * min(0.7 + (face - _FACE_PHOTO), 1.0)
        return Finding(text=Phrase(ko="얼굴 사진", en="face photo"), value="face", confidence=sure, method=method)
    cues = _cues(scene)
    seen = [words for present, words in cues if present]
    is_cctv = len(seen) >= _CUES_OF_CCTV
    listed = Phrase(ko=", ".join(words.ko for words in seen) or "없음", en=", ".join(words.en for words in seen) or "none")
    method = Phrase(
        ko=f"CCTV 화면의 단서 {len(cues)}가지 중 {len(seen)}가지가 있습니다 ({_CUES_OF_CCTV}가지 이상이면 CCTV로 봅니다): {listed.ko}.",
        en=f"Of {len(cues)} cues for CCTV {len(seen)} are there ({_CUES_OF_CCTV} make a CCTV frame): {listed.en}.",
    )
    if is_cctv:
        confidence = 0.45 + 0.15 * (len(seen) - _CUES_OF_CCTV)
        return Finding(text=Phrase(ko="CCTV 화면", en="CCTV frame"), value="cctv", confidence=confidence, method=method)
    confidence = 0.4 + 0.15 * (_CUES_OF_CCTV - 1 - len(seen))
    return Finding(text=Phrase(ko="일상 사진", en="everyday photo"), value="everyday", confidence=confidence, method=method)


def _cues(scene: Scene) -> list[_Cue]:
    picture, person = scene.picture, scene.main_person
    small = person is not None and scene.in_picture(person.box).height < _SMALL_PERSON * picture.height
    squeezed = jpeg_quality(picture.quantization) < 60 if picture.quantization else (scene.blockiness or 0.0) > 0.2
    return [
        (scene.colorless, Phrase(ko="흑백(적외선)", en="grey (infrared)")),
        (
            picture.width > picture.height and picture.height in _CAMERA_HEIGHTS,
            Phrase(ko="감시 카메라의 해상도", en="a camera's resolution"),
        ),
        (bool(scene.overlay), Phrase(ko="카메라가 화면에 써 넣은 글자", en="text that a camera wrote into the picture")),
        ((scene.noise_level or 0.0) > CLEAN, Phrase(ko="잡음", en="noise")),
        ((scene.blur_width or 0.0) > 2, Phrase(ko="흐림", en="blur")),
        (squeezed, Phrase(ko="강한 압축", en="strong compression")),
        (small, Phrase(ko="작게 찍힌 사람", en="a small person")),
    ]
