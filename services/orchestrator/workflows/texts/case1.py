"""What case 1 says besides what all cases say: key → Korean, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Titles.
    "title.montage_variant": ("몽타주 {number}: {variant}", "Montage {number}: {variant}"),
    "title.montage_face": ("몽타주 {number}의 얼굴", "Face of montage {number}"),
    "title.refined_face": ("몽타주 {number}의 다듬은 얼굴", "Face of montage {number}, refined"),
    # What sets a variant apart.
    "variant.seen": ("확인된 특징대로", "as seen"),
    "variant.told": ("받은 설명대로", "as told in the notes"),
    "variant.default": ("모두 기본값", "all defaults"),
    "variant.again": ("같은 특징, 얼굴을 다르게", "the same features, the face drawn anew"),
    "variant.differs": ("확인되지 않은 점을 바꿈: {points}", "what is not known, shown otherwise: {points}"),
    "variant.short_hair": ("짧은 머리", "short hair"),
    "variant.crew_cut": ("아주 짧은 머리", "crew cut"),
    "variant.medium_hair": ("중간 길이 머리", "medium-length hair"),
    "variant.long_hair": ("긴 머리", "long hair"),
    "variant.tied_hair": ("묶은 머리", "hair tied back"),
    "variant.side_parting": ("옆 가르마", "hair parted at the side"),
    "variant.middle_parting": ("가운데 가르마", "hair parted in the middle"),
    "variant.bangs": ("앞머리를 내림", "hair with bangs"),
    "variant.jacket": ("점퍼 차림", "in a jacket"),
    "variant.coat": ("코트 차림", "in a coat"),
    "variant.hoodie": ("후드티 차림", "in a hoodie"),
    "variant.glasses": ("안경을 씀", "with glasses"),
    "variant.cap": ("야구모자를 씀", "with a baseball cap"),
    "variant.beanie": ("비니를 씀", "with a beanie"),
    # What a result has to do without.
    "no_refined_face": ("몽타주의 얼굴을 다듬지 못했습니다: {reason}", "The faces of the montages could not be refined: {reason}"),
    "montages_without_face": (
        "몽타주 {numbers}에서 얼굴을 찾지 못해, 얼굴을 따로 잘라내지 않았습니다",
        "No face was found on montage {numbers}, so none was cropped from it",
    ),
    # Summary of a frame.
    "frame.quality": ("화질: {quality}.", "Quality: {quality}."),
    "frame.no_quality": ("화질은 알 수 없습니다.", "Its quality is not known."),
    "summary.variants": (
        "몽타주마다 확인되지 않은 점을 다르게 그렸습니다.",
        "Each of them shows otherwise what is not known.",
    ),
    "summary.refined_faces": ("그 가운데 {count}장은 얼굴을 잘라 다듬었습니다.", "The face of {count} of them was cropped and refined."),
}
