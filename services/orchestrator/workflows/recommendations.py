"""What follows from the findings for an investigation, by stated rules: each names the finding that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison
from services.orchestrator.workflows.attributes import TRUSTED, by_topic
from services.orchestrator.workflows.comparison import is_read_out
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.likeness import FIT_FACE, Likeness
from services.orchestrator.workflows.vocabulary import PRESENCE_TOPICS, concepts, presence


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that the rules look at."""

    seen: Sequence[Attribute]  # merged
    comparisons: Sequence[Comparison]
    frames: int
    face_quality: float | None  # of the best face in the frames; None when there is none
    likeness: Likeness | None  # of that face to the reference; None when it could not be measured
    searched: bool = True  # whether faces could be looked for at all


_TEXTS: dict[str, tuple[str, str]] = {
    "contradiction": (
        "{label}: 알려진 정보(‘{known}’)와 화면(‘{seen}’, {sure})이 다릅니다. "
        "신고 내용을 다시 확인하고, 다른 사람일 가능성도 살펴보십시오.",
        "“{label}” looks different ({seen}, {sure}) from what is known ({known}). Check the report again, and consider that it may be "
        "someone else.",
    ),
    "doubtful": (
        "{label}: 알려진 정보(‘{known}’)와 다르게 읽혔지만(‘{seen}’) 믿기 어렵습니다({sure}). 원본을 눈으로 확인하십시오.",
        "“{label}” was read differently ({seen}) from what is known ({known}), but doubtfully ({sure}). Look at the original.",
    ),
    "confirmed": (
        "알려진 정보와 {count}건이 일치합니다: {labels}. 이 화면의 시간과 장소를 우선 확인하십시오.",
        "{count} items agree with what is known: {labels}. Look into the time and the place of this footage first.",
    ),
    "disagreement": (
        "화면마다 다르게 보이는 항목이 있습니다: {labels}. 모든 화면이 같은 사람인지 확인하십시오.",
        "“{labels}” differs from frame to frame. Make sure that all frames show the same person.",
    ),
    "time_of_day": (
        "촬영 시간대: ‘{seen}’ ({sure}). 카메라의 기록 시각과 맞는지 확인하고, 그 전후의 주변 CCTV를 확보하십시오.",
        "The time of day looks like “{seen}” ({sure}). Check it against the "
        "camera's clock, and secure nearby CCTV from just before and after.",
    ),
    "location_type": (
        "장소: ‘{seen}’ ({sure}). 같은 성격의 인근 장소와 출입구의 CCTV로 수색 범위를 넓히십시오.",
        "The place looks like “{seen}” ({sure}). Extend the search to similar places and entrances nearby.",
    ),
    "signs": (
        "표지판·글자(‘{seen}’)가 보입니다. 이를 바탕으로 정확한 위치를 특정하십시오.",
        "Signs or text (“{seen}”) are visible. Use them to pin the place down.",
    ),
    "direction": (
        "이동 방향: ‘{seen}’ ({sure}). 그 방향의 다음 카메라를 확인하십시오.",
        "The direction looks like “{seen}” ({sure}). Check the next cameras that way.",
    ),
    "vehicles": (
        "차량(‘{seen}’)이 보입니다. 차량 번호와 블랙박스 영상을 확인하십시오.",
        "Vehicles (“{seen}”) are visible. Check plates and dashboard cameras.",
    ),
    "company": (
        "혼자가 아닌 것으로 보입니다(‘{seen}’, {sure}). 함께 있는 사람의 신원을 확인하십시오.",
        "The person does not seem to be alone (“{seen}”, {sure}). Identify who is with them.",
    ),
    "other_people": (
        "주변에 다른 사람이 보입니다(‘{seen}’). 목격자를 찾으십시오.",
        "Other people are visible (“{seen}”). Look for witnesses.",
    ),
    "mobility_aid": (
        "보행 보조기(‘{seen}’)가 보입니다. 인근 병원·복지시설과 대중교통 승강장을 확인하십시오.",
        "A mobility aid (“{seen}”) is visible. Check hospitals, care facilities and public transport nearby.",
    ),
    "landmarks": (
        "위치를 알 수 있는 것(‘{seen}’)이 보입니다. 지도와 대조해 위치를 특정하십시오.",
        "A landmark (“{seen}”) is visible. Pin the place down on a map.",
    ),
    "cameras": (
        "다른 카메라(‘{seen}’)가 보입니다. 관리하는 곳을 찾아 같은 시간대의 영상을 요청하십시오.",
        "Other cameras (“{seen}”) are visible. Find who runs them and ask for footage of the same time.",
    ),
    "incident": (
        "눈에 띄는 상황(‘{seen}’, {sure})이 있습니다. 112·119 신고 기록과 목격자를 확인하십시오.",
        "Something unusual is going on (“{seen}”, {sure}). Check emergency calls and witnesses.",
    ),
    "dropped_items": (
        "떨어뜨리거나 두고 간 물건(‘{seen}’)이 보입니다. 현장과 유실물 보관소를 확인하십시오.",
        "Something was dropped or left behind (“{seen}”). Check the scene and lost property.",
    ),
    "devices": (
        "전자기기(‘{seen}’)가 보입니다. 휴대전화라면 위치 확인 절차를 검토하십시오.",
        "A device (“{seen}”) is visible. If it is a phone, consider having it located.",
    ),
    "logo": (
        "옷이나 소지품에 상표·무늬(‘{seen}’)가 있습니다. 가족에게 확인하고 수색 전단에 넣으십시오.",
        "Clothes or belongings bear “{seen}”. Ask the family about it and put it into notices.",
    ),
    "marks": (
        "눈에 띄는 표시(‘{seen}’)가 있습니다. 가족에게 확인하십시오.",
        "There are marks (“{seen}”). Ask the family about them.",
    ),
    "clothing": (
        "옷차림: ‘{seen}’ ({sure}). 수색 전단과 무전에 쓰되, 조명에 따라 색이 달라 보일 수 있음을 함께 알리십시오.",
        "The clothing looks like “{seen}” ({sure}). Use it in notices and radio calls, with the caution that light changes colors.",
    ),
    "weak": (
        "다만 신뢰도가 낮으므로, 먼저 원본을 눈으로 확인하십시오.",
        "The confidence is low, though: look at the original first.",
    ),
    "no_face": (
        "화면에서 얼굴을 찾지 못했습니다. 같은 시각 다른 각도의 영상이나 원본 해상도의 영상을 요청하십시오.",
        "No face was found in the frames. Ask for footage from another angle, or in the camera's full resolution.",
    ),
    "poor_face": (
        "화면의 얼굴은 신원을 비교하기에 부족합니다(적합도 {quality:.2f}). "
        "원본 해상도의 영상을 요청하십시오. 화질 개선 결과는 보는 데만 쓰십시오.",
        "The face in the frames is not fit for identification ({quality:.2f}). "
        "Ask for full resolution; use enhanced pictures for viewing only.",
    ),
    "alike": (
        "얼굴이 기준 사진과 닮았습니다({similarity:.2f}). 이것만으로 신원을 확정하지 말고 전문가와 가족의 확인을 받으십시오.",
        "The face resembles the reference ({similarity:.2f}). Do not identify by this alone: have experts and the family confirm it.",
    ),
    "unlike": (
        "얼굴이 기준 사진과 닮지 않았습니다({similarity:.2f}). 화면이 흐리면 낮게 나올 수 있으니, 다른 단서와 함께 판단하십시오.",
        "The face does not resemble the reference ({similarity:.2f}). Poor footage lowers the figure: weigh it with other leads.",
    ),
    "between": (
        "얼굴이 기준 사진과 닮았는지 분명하지 않습니다({similarity:.2f}). 더 나은 영상으로 다시 비교하십시오.",
        "Whether the face resembles the reference is unclear ({similarity:.2f}). Compare again with better footage.",
    ),
    "unreliable": (
        "닮은 정도가 {similarity:.2f}로 나왔지만, 얼굴이 비교에 부족해 판단에 쓸 수 없습니다. 더 나은 영상이나 사진으로 다시 비교하십시오.",
        "A likeness of {similarity:.2f} was measured, but of a face unfit for comparison. Leave it aside: compare better pictures.",
    ),
    "unverified": (
        "이 화면만으로 확인되지 않은 정보: {labels}. 다른 화면이나 목격자 진술로 확인하십시오.",
        "Verify by other footage or witnesses what these frames leave open: {labels}.",
    ),
    "nothing": (
        "이 화면에서는 수사에 쓸 만한 단서를 찾지 못했습니다. 더 가깝거나 선명한 영상을 확보하십시오.",
        "These frames give no lead. Secure closer or sharper footage.",
    ),
}
_MOST_LABELS = 6
_FIRM = 0.5  # confidence below which a person should look before anyone acts
# Topics that are worth a recommendation of their own, most useful first.
_LEADS = "clothing time_of_day location_type signs direction company other_people vehicles mobility_aid marks".split()


def recommend(evidence: Evidence, language: Language) -> list[str]:
    """The recommendations that follow, most pressing first; at least one."""
    made = [text for rule in _RULES for text in rule(evidence, language)]
    return made or [_say("nothing", language)]


def _contradictions(evidence: Evidence, language: Language) -> Iterator[str]:
    for item in evidence.comparisons:
        if item.agreement == result_pb2.AGREEMENT_CONTRADICTING:
            key = "contradiction" if _is_trusted(item) else "doubtful"
            yield _say(key, language, label=item.label, known=item.known, seen=item.seen, sure=_sure(item, language))


def _confirmations(evidence: Evidence, language: Language) -> Iterator[str]:
    confirmed = [item.label for item in evidence.comparisons if item.agreement == result_pb2.AGREEMENT_CONFIRMED and _is_trusted(item)]
    if len(confirmed) >= 2:
        yield _say("confirmed", language, count=len(confirmed), labels=_listed(confirmed, language))


def _likeness(evidence: Evidence, language: Language) -> Iterator[str]:
    if evidence.likeness is not None:
        key = evidence.likeness.band if evidence.likeness.is_reliable else "unreliable"
        yield _say(key, language, similarity=evidence.likeness.similarity)


def _disagreements(evidence: Evidence, language: Language) -> Iterator[str]:
    differing = [item.label for item in evidence.seen if item.disagreements and item.category in ("person", "clothing")]
    if evidence.frames > 1 and differing:
        yield _say("disagreement", language, labels=_listed(differing, language))


def _findings(evidence: Evidence, language: Language) -> Iterator[str]:
    found = by_topic(evidence.seen)
    for topic in (
        "clothing",
        "time_of_day",
        "location_type",
        "signs",
        "landmarks",
        "incident",
        "direction",
        "company",
        "other_people",
        "vehicles",
        "cameras",
        "dropped_items",
        "mobility_aid",
        "devices",
        "logo",
        "marks",
    ):
        item = found.get(topic)
        if item is not None and _is_worth_it(item):
            advice = _say(topic, language, seen=item.text, sure=_sure(item, language))
            is_weak = item.HasField("confidence") and item.confidence < _FIRM
            yield f"{advice} {_say('weak', language)}" if is_weak else advice


def _face(evidence: Evidence, language: Language) -> Iterator[str]:
    if evidence.face_quality is None:
        if evidence.searched:
            yield _say("no_face", language)
    elif evidence.face_quality < FIT_FACE:
        yield _say("poor_face", language, quality=evidence.face_quality)


def _unverified(evidence: Evidence, language: Language) -> Iterator[str]:
    # Free words as a whole are not for checking, where what they state is.
    labels = [
        item.label
        for item in evidence.comparisons
        if item.agreement == result_pb2.AGREEMENT_UNKNOWN and not is_read_out(item, evidence.comparisons)
    ]
    if labels:
        yield _say("unverified", language, labels=_listed(labels, language))


_RULES: tuple[Callable[[Evidence, Language], Iterator[str]], ...] = (
    _contradictions,
    _confirmations,
    _likeness,
    _disagreements,
    _findings,
    _face,
    _unverified,
)


def _is_worth_it(item: Attribute) -> bool:
    """Known well enough to act on, and not that there is nothing."""
    if not _is_trusted(item):
        return False
    if item.topic == "company":
        return "accompanied" in concepts("company", item.value or item.text)
    return item.topic not in PRESENCE_TOPICS or presence(item.value or item.text) is not False


def _is_trusted(item: Attribute | Comparison) -> bool:
    return not item.HasField("confidence") or item.confidence >= TRUSTED


def _sure(item: Attribute | Comparison, language: Language) -> str:
    if not item.HasField("confidence"):
        return "confidence not stated" if language == "en" else "신뢰도 수치 없음"
    return f"{'confidence' if language == 'en' else '신뢰도'} {item.confidence:.0%}"


def _listed(labels: Sequence[str], language: Language) -> str:
    shown = ", ".join(labels[:_MOST_LABELS])
    rest = len(labels) - _MOST_LABELS
    if rest <= 0:
        return shown
    return f"{shown} and {rest} more" if language == "en" else f"{shown} 외 {rest}건"


def _say(key: str, language: Language, **values: object) -> str:
    korean, english = _TEXTS[key]
    return (english if language == "en" else korean).format(**values)
