"""What automatic detection says besides what all cases say: key → Korean, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Kinds of picture.
    "kind.doubtful": (
        "확실하지 않으므로, 확실한 CCTV 화면이 따로 없을 때만 씁니다",
        "not surely, so it is used only where there is no sure CCTV frame",
    ),
    "kind.stated": (
        "실종자 기록의 사진이므로 얼굴 사진으로 다룹니다",
        "it is the record's photo of the person, so it counts as a face photo",
    ),
    "kind.no_face": ("다만 이 사진에서 얼굴을 찾지 못했습니다", "no face was found in it, though"),
    # Plans.
    "plan.case3.neither": ("CCTV 화면도 얼굴 사진도 없습니다", "There is neither a CCTV frame nor a face photo"),
    "plan.super_resolution.no": ("화질을 높일 CCTV 화면이나 얼굴 사진이 없습니다", "There is no CCTV frame or face photo to enhance"),
    "plan.none": (
        "참고 사진뿐이라 실행할 수 있는 케이스가 없습니다. CCTV 화면이나 얼굴이 크게 나온 사진을 더해 주십시오. "
        "이 사진의 화질만 높이려면 화질 개선을 직접 요청하십시오",
        "There are only reference pictures, so no case can be run. Add a CCTV frame or a photo with a large face. To enhance one of these "
        "pictures, ask for super-resolution itself",
    ),
    "plan.no_case": ("없음", "none"),
}
