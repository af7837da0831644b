"""What case 2 says besides what all cases say: key → Korean, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Steps.
    "age_face": ("얼굴을 지금 나이로 바꾸고 있습니다", "Progressing the face to today's age"),
    "neutral": ("표정을 가라앉히고 있습니다", "Bringing the expression to neutral"),
    "refine": ("얼굴을 다듬고 있습니다", "Refining the face"),
    # Titles and captions.
    "title.aged_face": ("{age}의 모습으로 바꾼 얼굴", "The face progressed to {age}"),
    "title.neutral": ("표정을 가라앉힌 전신 {number}", "Full body {number}, neutral expression"),
    "title.refined": ("다듬은 전신 {number}", "Full body {number}, refined"),
    "caption.aged_face": ("나이 반영", "Aged"),
    "caption.final": ("최종", "Final"),
    # What a record tells besides looks.
    "given.record.name": ("이름", "Name"),
    "given.record.date": ("발생 일자", "Date of disappearance"),
    "given.record.place": ("발생 장소", "Place of disappearance"),
    "given.record.target": ("대상 구분", "Kind of case"),
    "given.record.id": ("사건 번호", "Case number"),
    "given.drawn_age": ("그림의 나이", "Age in the pictures"),
    # How a record's facts read.
    "record.years": ("{years}세", "{years}"),
    "target.010": ("아동 (18세 미만)", "child (under 18)"),
    "target.020": ("가출인", "runaway"),
    "target.040": ("시설보호 무연고자", "in care, without known relatives"),
    "target.060": ("지적장애인", "person with an intellectual disability"),
    "target.061": ("지적장애인 (18세 미만)", "person with an intellectual disability (under 18)"),
    "target.062": ("지적장애인 (18세 이상)", "person with an intellectual disability (18 or older)"),
    "target.070": ("치매질환자", "person with dementia"),
    "target.080": ("불상", "other"),
    # Ages.
    "age.then": ("실종 당시 ({age})", "when the person went missing ({age})"),
    "age.now": ("현재 ({age})", "today ({age})"),
    "age_then_drawn": (
        "그림은 실종 당시 나이({then})의 모습입니다. 지금은 {now}입니다. 지금의 모습은 나이 기준(age_basis)을 현재로 하여 요청하십시오",
        "The pictures show the age of then ({then}); today it is {now}. For today's looks ask again with age_basis AGE_BASIS_NOW",
    ),
    "age_now_unknown": (
        "지금 나이를 알 수 없어 실종 당시의 나이로 그렸습니다. 현재 나이(ageNow) 또는 나이와 발생 일자(age, occrde)가 필요합니다",
        "Today's age is not known, so the pictures show the age of then. It takes ageNow, or age and occrde",
    ),
    "face_not_aged": (
        "얼굴은 {then} 때의 사진 그대로입니다. 지금({now})의 얼굴은 다를 수 있습니다: {reason}",
        "The face is that of the photo, at {then}. Today, at {now}, it may differ: {reason}",
    ),
    # What a result has to do without.
    "no_neutral": ("전신 {number}의 표정은 사진 그대로입니다: {reason}", "Full body {number} keeps the photo's expression: {reason}"),
    "no_refinement": ("전신 {number}의 얼굴을 다듬지 못했습니다: {reason}", "Full body {number} could not be refined: {reason}"),
    # Summaries.
    "summary.age": ("그림의 나이: {age}.", "Age in the pictures: {age}."),
    "summary.missing": (
        "알려 주지 않아 그림이 임의로 채운 것: {missing}.",
        "Not told, and filled in by the picture: {missing}.",
    ),
}
