"""Table rows of a report, made of the result's messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison
from services.common.questions import Category

Words = Mapping[str, str]

_HIGH, _MODERATE, _LOW = 0.75, 0.5, 0.3
_VERDICTS = {
    result_pb2.AGREEMENT_CONFIRMED: "confirmed",
    result_pb2.AGREEMENT_NEW: "new",
    result_pb2.AGREEMENT_CONTRADICTING: "contradicting",
    result_pb2.AGREEMENT_UNKNOWN: "unknown",
}
_URGENCY = ["contradicting", "confirmed", "unknown", "new"]


@dataclass(frozen=True, kw_only=True)
class AttributeRow:
    """A feature that could be told."""

    label: str
    text: str
    confidence: str
    method: str
    frames: str  # numbers, separated by commas; empty when there are no frames
    disagreements: list[str]


@dataclass(frozen=True, kw_only=True)
class AttributeTable:
    """Features of one source."""

    heading: str
    groups: list[tuple[str, list[AttributeRow]]]  # category and its rows, empty ones left out
    unknown: list[str]  # labels of what could not be told

    @property
    def has_frames(self) -> bool:
        """Whether any row tells of frames."""
        return any(row.frames for _, rows in self.groups for row in rows)


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One topic, as known and as seen."""

    label: str
    known: str
    seen: str
    verdict: str  # `confirmed`, `new`, `contradicting` or `unknown`
    confidence: str


@dataclass(frozen=True, kw_only=True)
class ProvenanceRow:
    """How one file was made."""

    name: str
    title: str
    synthetic: bool
    lines: list[str]
    sha256: str


def confidence_of(item: Attribute | Comparison, words: Words) -> str:
    """Confidence in a word and percent."""
    if not item.HasField("confidence"):
        return words["sure.none"]
    share = item.confidence
    word = "high" if share >= _HIGH else "moderate" if share >= _MODERATE else "low" if share >= _LOW else "very_low"
    return f"{words[f'sure.{word}']} ({share:.0%})"


def attribute_table(heading: str, attributes: Iterable[Attribute], words: Words) -> AttributeTable:
    """Known attributes by category, and the labels of the others."""
    attributes = list(attributes)
    groups = []
    for category in Category:
        rows = [_attribute_row(item, words) for item in attributes if item.known and item.category == category.value]
        if rows:
            groups.append((words[f"category.{category.value}"], rows))
    return AttributeTable(heading=heading, groups=groups, unknown=[item.label for item in attributes if not item.known])


def _attribute_row(item: Attribute, words: Words) -> AttributeRow:
    return AttributeRow(
        label=item.label,
        text=item.text,
        confidence=confidence_of(item, words),
        method=item.method,
        frames=", ".join(map(str, item.frames)),
        disagreements=[words["disagreement"].format(frame=other.frame, text=other.text) for other in item.disagreements],
    )


def comparison_rows(comparisons: Iterable[Comparison], words: Words) -> list[ComparisonRow]:
    """The comparisons, contradictions first."""
    rows = [
        ComparisonRow(
            label=item.label,
            known=item.known,
            seen=item.seen,
            verdict=_VERDICTS[item.agreement],
            confidence=confidence_of(item, words) if item.seen else "",
        )
        for item in comparisons
    ]
    return sorted(rows, key=lambda row: _URGENCY.index(row.verdict))


def provenance_row(artifact: Artifact, words: Words, *, left_out: Sequence[str] = ()) -> ProvenanceRow:
    """How a file was made.

    Args:
        artifact: the file.
        words: of the report's language.
        left_out: parameters that the page shows elsewhere.
    """
    made = artifact.provenance
    lines = [model_line(use) for use in made.models]
    if made.HasField("seed"):
        lines.append(f"{words['seed']} {made.seed}")
    lines += [f"{name} = {made.parameters[name]}" for name in sorted(made.parameters) if name not in left_out]
    if made.origins:
        lines.append(f"{words['provenance.from']}: {', '.join(source.name for source in made.origins)}")
    if not artifact.synthetic:
        lines.insert(0, words["provenance.original" if artifact.kind == "original" else "provenance.copied"])
    return ProvenanceRow(name=artifact.name, title=artifact.title, synthetic=artifact.synthetic, lines=lines, sha256=artifact.sha256)


def model_line(use: ModelUse) -> str:
    """A model in one line."""
    return " · ".join(filter(None, (f"{use.service}/{use.model}", use.revision, use.licence, use.device, _weights(use.weight_sha256))))


def _weights(sha256: str) -> str:
    return f"weights {sha256[:12]}…" if sha256 else ""
