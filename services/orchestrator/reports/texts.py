"""The words of reports, Korean first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["ko", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "system": ("다시봄 AI", "DasiBom AI"),
    "title.case1": ("CCTV 화면 분석·몽타주 보고서", "CCTV analysis and montage report"),
    "title.case2": ("전신 모습 추정 보고서", "Full-body picture report"),
    "title.case3": ("실종자 수사 종합 보고서", "Investigation report"),
    "title.super_resolution": ("화질 개선 보고서", "Super-resolution report"),
    "case.case1": ("케이스 1 · CCTV 화면 → 특징 → 몽타주", "Case 1 · CCTV frames → features → montage"),
    "case.case2": ("케이스 2 · 인상착의 + 얼굴 사진 → 전신 모습", "Case 2 · person information + face photo → full body"),
    "case.case3": (
        "케이스 3 · CCTV 화면 + 얼굴 + 알려진 정보 → 수사 보고서",
        "Case 3 · CCTV + face + known information → investigation report",
    ),
    "case.super_resolution": ("저화질 화면 → 화질 개선과 비교", "Low-quality picture → enhanced picture and comparison"),
    "kind": ("구분", "Kind"),
    "job": ("작업 번호", "Job"),
    "submitted": ("접수 시각", "Submitted"),
    "caution": ("수사 단서이며 증거가 아닙니다", "A lead, not evidence"),
    "caution.text": (
        "이 보고서는 인공지능이 자동으로 작성했으며 틀릴 수 있습니다. 관찰 내용과 그림은 "
        "수사의 실마리로만 쓰고, 신원과 사실의 판단은 사람이 원본을 보고 하십시오.",
        "This report was written by artificial intelligence and may be wrong. "
        "Use its observations and pictures as leads only; people who have "
        "seen the originals decide on identity and fact.",
    ),
    "caution.synthetic": (
        "‘AI 생성’ 표시가 있는 그림 {count}점은 모델이 만들거나 고친 것으로, 실제 모습과 다를 수 있습니다.",
        "The pictures marked “AI 생성” (AI-made, {count} here) were made or altered by models and may differ from reality.",
    ),
    "caution.originals": (
        "원본 사진은 바꾸지 않았고, 특징은 모두 원본에서 읽었습니다.",
        "Originals were not changed, and every feature was read from the originals.",
    ),
    "caution.private": (
        "개인정보가 들어 있습니다. 수색·수사 목적 밖에서 쓰거나 알리지 마십시오.",
        "Holds personal data: for the search and the investigation only.",
    ),
    "ai": ("AI 생성", "AI-made"),
    "summary": ("요약", "Summary"),
    "warnings": ("빠졌거나 주의할 점", "What is missing, and cautions"),
    "recommendations": ("수사 권고", "Recommendations"),
    "recommendations.note": (
        "아래 권고는 확인된 내용에서 정해진 규칙으로 나온 것입니다.",
        "These follow from the findings by fixed rules.",
    ),
    "comparisons": ("알려진 정보와의 비교", "Against what is known"),
    "comparisons.note": (
        "일치·상충은 색, 숫자, 유무, 통용어처럼 규칙으로 가릴 수 있을 때만 "
        "판정했습니다. 나머지는 두 내용을 나란히 두었으니 사람이 판단하십시오.",
        "Agreement and contradiction are stated only where a rule can tell "
        "(colors, numbers, yes and no, common words). The rest stands side by "
        "side for a person to judge.",
    ),
    "given": ("제출된 설명", "As told by the submitter"),
    "known": ("알려진 정보", "Known"),
    "seen": ("화면에서 본 것", "Seen"),
    "verdict": ("판정", "Verdict"),
    "verdict.confirmed": ("일치", "Confirmed"),
    "verdict.new": ("새로 확인", "New"),
    "verdict.contradicting": ("상충", "Contradicting"),
    "verdict.unknown": ("미확인", "Open"),
    "pictures.montage": ("몽타주", "Montages"),
    "pictures.final": ("전신 모습", "Full body"),
    "pictures.chosen": ("선택한 결과", "Chosen result"),
    "pictures.comparison": ("비교", "Comparison"),
    "pictures.original": ("원본 사진", "Originals"),
    "pictures.face": ("원본에서 오려 낸 얼굴", "Faces cropped from the originals"),
    "pictures.enhanced": ("화질 개선 사본 (보기용)", "Enhanced copies (for viewing)"),
    "pictures.body": ("그 밖의 전신 그림", "Other full-body pictures"),
    "attributes": ("확인된 특징", "Features"),
    "attributes.reference": ("기준 얼굴 사진에서 본 특징", "Features of the reference photo"),
    "attributes.quality": ("원본의 화질", "Quality of the original"),
    "attribute": ("항목", "Item"),
    "value": ("내용", "Finding"),
    "confidence": ("신뢰도", "Confidence"),
    "method": ("알아낸 방법", "How it was found"),
    "frames": ("화면", "Frames"),
    "disagreement": ("{frame}번 화면은 다름: {text}", "frame {frame} says otherwise: {text}"),
    "unknown": ("알 수 없었던 항목", "Could not be told"),
    "category.person": ("인물", "Person"),
    "category.clothing": ("옷차림·소지품", "Clothing and belongings"),
    "category.behavior": ("행동", "Behavior"),
    "category.time": ("시간", "Time"),
    "category.place": ("장소", "Place"),
    "category.environment": ("주변", "Surroundings"),
    "category.image": ("화질", "Picture quality"),
    "sure.none": ("수치 없음", "not stated"),
    "sure.high": ("높음", "high"),
    "sure.moderate": ("보통", "moderate"),
    "sure.low": ("낮음", "low"),
    "sure.very_low": ("매우 낮음", "very low"),
    "methods": ("방법별 결과", "Results by method"),
    "methods.name": ("방법", "Method"),
    "methods.sharpness": ("선명도 (상대값)", "Sharpness (relative)"),
    "methods.file": ("파일", "File"),
    "methods.chosen": ("선택", "chosen"),
    "choice": ("선택 이유", "Why this one"),
    "similarity": ("기준 사진과의 닮은 정도", "Likeness to the reference"),
    "similarity.note": ("코사인 -1~1, 신원을 증명하지 않음", "cosine, -1 to 1; no proof of identity"),
    "prompt": ("그림을 요청한 문장", "What the picture model was asked for"),
    "provenance": ("만든 과정", "Provenance"),
    "provenance.note": (
        "SHA-256은 저장된 파일의 값입니다. 같은 모델·판·시드·매개변수로 다시 만들 수 있습니다.",
        "SHA-256 is that of the stored file. The same model, revision, seed and parameters make it again.",
    ),
    "provenance.file": ("파일", "File"),
    "provenance.making": ("모델·판·시드·매개변수", "Model, revision, seed, parameters"),
    "provenance.hash": ("SHA-256", "SHA-256"),
    "provenance.models": ("분석에 쓴 모델", "Models that looked at the pictures"),
    "provenance.original": ("제출된 원본 그대로", "as submitted, unchanged"),
    "provenance.copied": ("원본에서 오리거나 단순 확대함", "cropped or plainly enlarged from an original"),
    "provenance.from": ("재료", "made from"),
    "seed": ("시드", "seed"),
    "footer": (
        "다시봄 AI {version} · 인공지능기본법에 따라 생성형 인공지능 결과물을 표시했습니다 · 끝",
        "DasiBom AI {version} · AI-made pictures are marked as Korea's AI Basic Act asks · end",
    ),
}


def words(language: Language) -> Mapping[str, str]:
    """Every text of a report in one language."""
    return {key: english if language == "en" else korean for key, (korean, english) in _WORDS.items()}
