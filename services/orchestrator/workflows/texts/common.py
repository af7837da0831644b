"""What all cases say."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # Steps.
    "collect": ("사진을 읽고 있습니다", "Reading the pictures"),
    "describe": ("사진에서 특징을 찾고 있습니다", "Looking for features in the pictures"),
    "faces": ("얼굴을 찾고 있습니다", "Looking for faces"),
    "enhance": ("화질을 높이고 있습니다", "Enhancing the picture"),
    "judge": ("결과를 비교하고 있습니다", "Judging the results"),
    "montage": ("몽타주를 그리고 있습니다", "Drawing the montage"),
    "body": ("전신 모습을 그리고 있습니다", "Drawing the full body"),
    "swap": ("얼굴을 합성하고 있습니다", "Putting the face on"),
    "match": ("두 얼굴을 비교하고 있습니다", "Comparing the two faces"),
    "compare": ("알려진 정보와 비교하고 있습니다", "Comparing with what is known"),
    "classify": ("사진의 종류를 살펴보고 있습니다", "Looking at what the pictures are"),
    "choose": ("실행할 케이스를 고르고 있습니다", "Choosing the case"),
    "report": ("보고서를 쓰고 있습니다", "Writing the report"),
    # Titles of files.
    "title.original": ("원본 {number}", "Original {number}"),
    "title.reference": ("기준 얼굴 사진", "Reference face photo"),
    "title.face": ("원본 {number}의 얼굴 {face}", "Face {face} of original {number}"),
    "title.enhanced": ("화질 개선 {number}", "Enhanced {number}"),
    "title.enhanced_by": ("화질 개선: {method}", "Enhanced: {method}"),
    "title.bicubic": ("단순 확대 (bicubic, 비교용)", "Plain enlargement (bicubic, for comparison)"),
    "title.montage": ("몽타주 {number}", "Montage {number}"),
    "title.drawing": ("몽타주 {number}의 편집용 그림", "Editable drawing of montage {number}"),
    "title.body": ("전신 {number}", "Full body {number}"),
    "title.body_drawing": ("전신 {number}의 편집용 그림", "Editable drawing of full body {number}"),
    "title.composite": ("얼굴을 합성한 전신 {number}", "Full body {number} with the face"),
    "title.comparison": ("비교", "Comparison"),
    "title.comparison_faces": ("비교: 얼굴 확대", "Comparison: the face enlarged"),
    "title.report": ("보고서", "Report"),
    "title.report_text": ("보고서 (글)", "Report (plain text)"),
    "title.report_pdf": ("보고서 (PDF)", "Report (PDF)"),
    "title.data": ("보고서 데이터", "Report data"),
    # Captions in comparison strips.
    "caption.original": ("원본", "Original"),
    "caption.reference": ("기준 사진", "Reference photo"),
    "caption.body": ("전신", "Full body"),
    "caption.composite": ("얼굴 합성", "With the face"),
    "caption.bicubic": ("단순 확대", "Plain enlargement"),
    # What the submitter told.
    "given.gender": ("성별", "Sex"),
    "given.age": ("나이", "Age"),
    "given.height": ("키", "Height"),
    "given.build": ("체격", "Build"),
    "given.hair": ("머리", "Hair"),
    "given.clothing": ("옷차림", "Clothing"),
    "given.additional_info": ("그 밖의 특징", "Anything else"),
    "given.notes": ("설명", "Notes"),
    # What a result has to do without.
    "left_out": ("폴더에서 읽지 못해 뺀 사진: {picture}", "Left out of the folder, since it could not be read: {picture}"),
    "no_description": ("사진에서 특징을 읽지 못했습니다: {reason}", "Features could not be read from the picture: {reason}"),
    "no_enhancement": ("원본 {number}의 화질을 개선하지 못했습니다: {reason}", "Original {number} could not be enhanced: {reason}"),
    "no_faces": ("얼굴을 찾는 단계를 건너뛰었습니다: {reason}", "Looking for faces was left out: {reason}"),
    "no_swap": ("전신 {number}에 얼굴을 합성하지 못했습니다: {reason}", "The face could not be put on full body {number}: {reason}"),
    "no_match": ("두 얼굴이 얼마나 닮았는지 재지 못했습니다: {reason}", "How alike the two faces are could not be measured: {reason}"),
    "no_method": ("{method} 방법은 쓰지 못했습니다: {reason}", "The method {method} could not be used: {reason}"),
    "no_face_in_frames": ("화면에서 얼굴을 찾지 못했습니다", "no face was found in the frames"),
    "no_baseline": (
        "확대한 크기가 너무 커서 단순 확대와의 비교는 만들지 않았습니다",
        "The enlarged size is too large for a comparison with plain enlargement",
    ),
    "drawn_by_notes": (
        "사진에서 확인된 인물 특징이 없어, 몽타주는 함께 주신 설명만 따랐습니다. 식별에 쓰지 말고 참고만 하십시오",
        "No feature of the person could be told from the pictures: the montage follows your notes only. Do not identify by it",
    ),
    "drawn_by_default": (
        "사진에서 확인된 인물 특징이 없어, 몽타주는 모두 기본값으로 그렸습니다. 식별에 쓰지 마십시오",
        "No feature of the person could be told from the pictures: the montage is drawn from defaults. Do not identify by it",
    ),
    "drawn_by_few_and_notes": (
        "몽타주에서 사진을 따른 것은 {told}뿐입니다. {missing} 등 나머지는 함께 받은 말을 따랐고, 거기에도 없는 것은 기본값으로 그렸습니다",
        "Only {told} of the montage follow the pictures. The rest, such as {missing}, follows the words that came with them, and defaults "
        "where they say nothing",
    ),
    "drawn_by_few": (
        "몽타주에서 사진을 따른 것은 {told}뿐입니다. {missing} 등 확인되지 않은 것은 기본값으로 그렸으므로, 식별에 쓰지 마십시오",
        "In the montage only {told} follow the pictures. What could not be told, such as {missing}, is drawn from defaults: do not "
        "identify by it",
    ),
    "form_gaps": (
        "인상착의에 적혀 있지 않은 것({missing})은 다른 항목과 사진에서 알 수 없으면 기본값으로 그렸으므로, 실제와 다를 수 있습니다",
        "What the person information does not say ({missing}) is drawn from defaults, unless the other entries or the photo tell it: "
        "it may differ from reality",
    ),
    "no_pdf": (
        "보고서를 PDF로 만들지 못했습니다. 같은 내용의 HTML 보고서를 인쇄해 쓰십시오",
        "The report could not be made as PDF. Print the HTML report, which says the same",
    ),
    "prompt_cut": (
        "설명이 너무 길어, 그림을 요청하는 문장의 끝부분을 줄였습니다",
        "The description is too long: the request for the picture was shortened at its end",
    ),
    # What every report says of itself.
    "caution": ("수사 단서이며 증거가 아닙니다", "A lead, not evidence"),
    # Why a model refused.
    "refused.NO_FACE_FOUND": ("사진에서 얼굴을 찾지 못했습니다", "no face was found in the picture"),
    "refused.NOT_SUPPORTED_BY_MODEL": (
        "지금 쓰는 {service} 모델({model})에는 이 기능이 없습니다",
        "the present {service} model ({model}) cannot do this",
    ),
    "refused": ("{service} 서비스가 거절했습니다 ({detail})", "the {service} service refused ({detail})"),
    # Summaries.
    "summary.features": ("확인된 특징: {features}.", "Features seen: {features}."),
    "summary.no_features": ("사진에서 확인된 인물 특징이 없습니다.", "No feature of the person could be told from the pictures."),
    "summary.frames": ("사진 {count}장을 분석했습니다.", "Pictures analyzed: {count}."),
    "summary.montages": ("몽타주 {count}장을 그렸습니다.", "Montages drawn: {count}."),
    "summary.bodies": ("전신 모습 {count}장을 그렸습니다.", "Full-body pictures drawn: {count}."),
    "summary.composites": ("그 가운데 {count}장에 기준 사진의 얼굴을 합성했습니다.", "The reference face was put on {count} of them."),
    "summary.no_composites": ("얼굴은 합성하지 못했습니다.", "The face could not be put on."),
    "summary.similarity": (
        "기준 사진과의 닮은 정도는 {similarity:.2f}입니다 (-1~1).",
        "Likeness to the photo: {similarity:.2f} (-1 to 1).",
    ),
    "summary.comparison": (
        "알려진 정보와 비교하면 일치 {confirmed}건, 상충 {contradicting}건, 새로 확인 {new}건, 확인되지 않음 {unknown}건입니다.",
        "Against what is known: {confirmed} confirmed, {contradicting} contradicting, {new} new, {unknown} not verifiable.",
    ),
    "summary.enhanced": (
        "{width}×{height}화소를 {scale}배로 확대했습니다. 선택한 결과: {method}.",
        "{width}×{height} pixels were enlarged {scale} times. Chosen: {method}.",
    ),
    "summary.enhanced_1": (
        "{width}×{height}화소를 크기를 바꾸지 않고 복원했습니다. 선택한 결과: {method}.",
        "{width}×{height} pixels were restored at the same size. Chosen: {method}.",
    ),
    "summary.plan": (
        "사진 {count}장을 CCTV 화면 {cctv}장, 얼굴 사진 {face}장, 참고 사진 {reference}장으로 나누었습니다. 고른 작업: {case}.",
        "Of {count} pictures {cctv} are CCTV frames, {face} face photos and {reference} others; chosen: {case}.",
    ),
    # Cases.
    "case1": ("케이스 1 (CCTV → 몽타주)", "case 1 (CCTV → montage)"),
    "case2": ("케이스 2 (인상착의 + 얼굴 → 전신)", "case 2 (person information + face → full body)"),
    "case3": ("케이스 3 (CCTV + 얼굴 → 수사 보고서)", "case 3 (CCTV + face → investigation report)"),
    "super_resolution": ("화질 개선", "super-resolution"),
    # Plans.
    "plan.case1.yes": ("CCTV 화면이 {count}장 있어 몽타주를 그릴 수 있습니다", "{count} CCTV frames are there to draw a montage from"),
    "plan.case1.no": ("CCTV 화면이 없습니다", "There is no CCTV frame"),
    "plan.case2.yes": ("인상착의 정보와 얼굴 사진이 있습니다", "Person information and a face photo are there"),
    "plan.case2.no_info": (
        "얼굴 사진은 있지만 인상착의 정보(person_info)가 없습니다",
        "There is a face photo, but no person information (person_info)",
    ),
    "plan.case2.no_face": ("인상착의 정보는 있지만 얼굴 사진이 없습니다", "There is person information, but no face photo"),
    "plan.case2.neither": (
        "인상착의 정보(person_info)도 얼굴 사진도 없습니다",
        "There is neither person information (person_info) nor a face photo",
    ),
    "plan.case3.yes": ("CCTV 화면과 기준 얼굴 사진이 모두 있습니다", "CCTV frames and a reference face photo are both there"),
    "plan.case3.no_face": ("CCTV 화면은 있지만 기준 얼굴 사진이 없습니다", "There are CCTV frames, but no reference face photo"),
    "plan.case3.no_cctv": ("CCTV 화면이 없습니다", "There is no CCTV frame"),
    "plan.super_resolution.yes": ("{number}번 사진의 화질을 높일 수 있습니다", "Picture {number} can be enhanced"),
    # Kinds of picture.
    "kind.said": ("{text} (사진 분석 모델의 판단)", "{text} (as the picture analysis says)"),
    "kind.face_size": (
        "얼굴이 사진의 {ratio:.1%}를 차지하고 식별 적합도가 {quality:.2f}입니다",
        "a face covers {ratio:.1%} of the picture, fit for identification to {quality:.2f}",
    ),
    "kind.small": (
        "사진 종류는 분명하지 않지만 사람이 작게 찍혀 있어 CCTV 화면처럼 다룹니다 (가장 큰 얼굴: 사진의 {ratio:.1%})",
        "its kind is unclear, but the person is as small as cameras see "
        "people, so it is treated as a CCTV frame (largest face: {ratio:.1%})",
    ),
    "kind.no_cue": ("CCTV 화면이나 얼굴 사진이라는 단서가 없습니다", "nothing shows it to be a CCTV frame or a face photo"),
    "kind.no_answer": (
        "사진 분석 모델의 판단 없이 얼굴의 크기만 쟀습니다",
        "only the face was measured, the picture analysis gave no answer",
    ),
    # Choice of an enhanced picture.
    "choice.only": ("사용한 방법이 하나뿐입니다", "It is the only method that was used"),
    "choice.faithful": (
        "원래 크기로 줄였을 때 원본과 평균 {difference:.1f}단계(256단계 중) 이내로 같은 결과 가운데 가장 선명합니다",
        "Of the results that, shrunk back, stay within {difference:.1f} of 256 levels of the original on average, it is the sharpest",
    ),
    "choice.closest": (
        "모든 방법이 원본에서 많이 벗어나, 원본에 가장 가까운 결과를 골랐습니다 (평균 {difference:.1f}단계 차이)",
        "Every method strays from the original, so the one closest to it was chosen ({difference:.1f} levels off on average)",
    ),
    "choice.not_sharper": (
        "다만 단순 확대보다 선명해지지는 않았습니다",
        "It is, however, no sharper than plain enlargement",
    ),
}
