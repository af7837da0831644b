"""Tables of a report, made of the result's messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import Attribute, BodyVariant, ClueGroup, Comparison, Enhancement, FrameFindings, Montage
from services.common.questions import Category
from services.orchestrator.reports.report import GivenPicture
from services.orchestrator.reports.sections import Cell, Rows, Table, cells, columns
from services.orchestrator.reports.texts import Words

_HIGH, _MODERATE, _LOW = 0.75, 0.5, 0.3
_VERDICTS = {
    result_pb2.AGREEMENT_CONTRADICTING: "contradicting",
    result_pb2.AGREEMENT_CONFIRMED: "confirmed",
    result_pb2.AGREEMENT_UNKNOWN: "unknown",
    result_pb2.AGREEMENT_NEW: "new",
}
"""Most urgent first."""


def confidence(item: Attribute | Comparison, words: Words) -> str:
    """Confidence in a word and percent."""
    if not item.HasField("confidence"):
        return words["sure.none"]
    share = item.confidence
    word = "high" if share >= _HIGH else "moderate" if share >= _MODERATE else "low" if share >= _LOW else "very_low"
    return f"{words[f'sure.{word}']} ({share:.0%})"


def attribute_table(heading: str, attributes: Iterable[Attribute], words: Words) -> Table:
    """Known attributes by category, and the labels of the others."""
    attributes = list(attributes)
    with_frames = any(item.frames for item in attributes)
    groups = []
    for category in Category:
        rows = [_attribute(item, words, with_frames=with_frames) for item in attributes if item.known and item.category == category.value]
        groups.append(Rows(title=words[f"category.{category.value}"], rows=rows))
    named = ["attribute:label", "value:text", "confidence:short", *(["frames:short"] if with_frames else []), "method:small"]
    unknown = list(dict.fromkeys(item.label for item in attributes if not item.known))
    return Table(
        heading=heading,
        columns=columns(words, *named),
        groups=[group for group in groups if group.rows],
        foot=f"{words['unknown']}: {', '.join(unknown)}" if unknown else "",
    )


def _attribute(item: Attribute, words: Words, *, with_frames: bool) -> list[Cell]:
    differing = [words["disagreement"].format(frame=other.frame, text=other.text) for other in item.disagreements]
    return [
        Cell(text=item.label),
        Cell(text=item.text, alarms=differing),
        Cell(text=confidence(item, words)),
        *([_votes(item, words)] if with_frames else []),
        Cell(text=item.method),
    ]


def _votes(item: Attribute, words: Words) -> Cell:
    """The frames that say so, and where some say otherwise, how many of how many they are."""
    agreeing = ", ".join(map(str, item.frames))
    if not item.disagreements:
        return Cell(text=agreeing)
    all_frames = {*item.frames, *(other.frame for other in item.disagreements)}
    return Cell(text=agreeing, notes=[words["votes"].format(agreeing=len(item.frames), all=len(all_frames))])


def comparison_table(comparisons: Iterable[Comparison], words: Words) -> Table:
    """What is known against what was seen, contradictions first."""
    urgency = list(_VERDICTS.values())
    verdicts = sorted(((_VERDICTS[item.agreement], item) for item in comparisons), key=lambda pair: urgency.index(pair[0]))
    rows = [
        [
            Cell(text=item.label),
            Cell(text=item.known or "–"),
            Cell(text=item.seen or "–"),
            Cell(text=words[f"verdict.{verdict}"], tone=verdict),
            Cell(text=confidence(item, words) if item.seen else "–"),
        ]
        for verdict, item in verdicts
    ]
    return Table(
        heading=words["comparisons"],
        note=words["comparisons.note"],
        columns=columns(words, "attribute:label", "known:text", "seen:text", "verdict:short", "confidence:short"),
        groups=[Rows(rows=rows)],
    )


def clue_table(groups: Iterable[ClueGroup], words: Words) -> Table:
    """The findings that identify, by category."""
    return Table(
        heading=words["clues"],
        note=words["clues.note"],
        columns=columns(words, "attribute:label", "value:text", "confidence:short"),
        groups=[
            # Titles of clues may begin with a pictogram, which fonts for print do not have.
            Rows(
                title=re.sub(r"^\W+", "", group.title), rows=[cells(item.label, item.text, confidence(item, words)) for item in group.clues]
            )
            for group in groups
            if group.clues
        ],
    )


def frame_table(frames: Sequence[FrameFindings], inputs: Sequence[GivenPicture], words: Words) -> Table:
    """Each frame: its file, its size, what it shows."""
    names = {item.artifact: item.name for item in inputs}
    rows = [
        [
            Cell(text=str(frame.number)),
            Cell(text=names.get(frame.original, frame.original)),
            Cell(text=f"{frame.width}×{frame.height}"),
            Cell(text=frame.summary or "–"),
        ]
        for frame in frames
    ]
    return Table(
        heading=words["frame_list"],
        columns=columns(words, "number:short", "file:file", "size:short", "frame_summary:text"),
        groups=[Rows(rows=rows)],
    )


def montage_table(montages: Sequence[Montage], words: Words) -> Table:
    """Each montage: what sets it apart, its seed, what the model drew."""
    rows = [cells(item.image, item.variant or "–", str(item.seed), item.description or "–") for item in montages]
    return Table(
        heading=words["montages"],
        note=words["montages.note"],
        columns=columns(words, "file:file", "variant:text", "seed:short", "description:text"),
        groups=[Rows(rows=rows)],
    )


def body_table(variants: Sequence[BodyVariant], words: Words) -> Table:
    """Each full-body picture: how far it came, its seed, its likeness, its seam."""
    rows = []
    for number, item in enumerate(variants, start=1):
        steps = [("body", item.body), ("composite", item.composite), ("neutral", item.neutral), ("refined", item.refined)]
        made = [f"{words[f'step.{step}']}: {name}" for step, name in steps if name]
        likeness = f"{item.similarity:.2f}" if item.HasField("similarity") else "–"
        seam = f"{item.seam_error:.1f}" if item.HasField("seam_error") else "–"
        rows.append([Cell(text=str(number)), Cell(text=made[0], notes=made[1:]), *cells(str(item.seed), likeness, seam)])
    return Table(
        heading=words["variants"],
        note=words["variants.note"],
        columns=columns(words, "rank:short", "steps:text", "seed:short", "likeness:short", "seam:short"),
        groups=[Rows(rows=rows)],
    )


def enhancement_table(enhancements: Sequence[Enhancement], chosen: str, reason: str, words: Words) -> Table:
    """Each method: its model, its sharpness, its file; and why one was chosen."""
    rows = [
        [
            Cell(text=item.method, alarms=[], notes=[words["methods.chosen"]] if item.image == chosen else []),
            Cell(text=model_line(item.model, words) if item.HasField("model") else words["methods.plain"]),
            Cell(text=f"{item.sharpness:.4f}"),
            Cell(text=item.image),
        ]
        for item in enhancements
    ]
    return Table(
        heading=words["methods"],
        columns=columns(words, "methods.name:label", "methods.model:text", "methods.sharpness:short", "file:file"),
        groups=[Rows(rows=rows)],
        foot=f"{words['choice']}: {reason}" if reason else "",
    )


def given_table(given: Sequence[tuple[str, str]], words: Words) -> Table:
    """What the submitter told in words."""
    return Table(
        heading=words["given"],
        columns=columns(words, "attribute:label", "value:text"),
        groups=[Rows(rows=[cells(label, text) for label, text in given])],
    )


def input_table(inputs: Sequence[GivenPicture], words: Words) -> Table:
    """The pictures as they were submitted."""
    rows = [cells(item.title, item.name, f"{item.width}×{item.height}", item.sha256) for item in inputs]
    return Table(
        heading=words["inputs"],
        columns=columns(words, "inputs.picture:label", "inputs.name:text", "size:short", "hash:code"),
        groups=[Rows(rows=rows)],
    )


def provenance_table(artifacts: Sequence[Artifact], models: Sequence[ModelUse], words: Words) -> Table:
    """How each file was made."""
    rows = [
        [
            Cell(text=item.title, tone="ai" if item.synthetic else "", notes=[item.name]),
            _making(item, words),
            Cell(text=item.sha256),
        ]
        for item in artifacts
    ]
    looked = f"{words['provenance.models']}: {'; '.join(model_line(model, words) for model in models)}" if models else ""
    return Table(
        heading=words["provenance"],
        note=words["provenance.note"],
        columns=columns(words, "file:title", "provenance.making:small", "hash:code"),
        groups=[Rows(rows=rows)],
        foot=looked,
    )


def _making(artifact: Artifact, words: Words) -> Cell:
    made = artifact.provenance
    lines = [model_line(model, words) for model in made.models]
    if made.HasField("seed"):
        lines.append(f"{words['seed']} {made.seed}")
    # A prompt is told once, in a section of its own.
    lines += [_parameter(name, made.parameters[name], words) for name in sorted(made.parameters) if name != "prompt"]
    if made.origins:
        lines.append(f"{words['provenance.from']}: {', '.join(source.name for source in made.origins)}")
    if not artifact.synthetic:
        lines.insert(0, words["provenance.original" if artifact.kind == "original" else "provenance.copied"])
    return Cell(text=lines[0] if lines else "–", notes=lines[1:])


def _parameter(name: str, value: str, words: Words) -> str:
    return f"{words.get(f'parameter.{name}', name)} = {words.get(f'parameter.value.{value}', value)}"


def model_line(use: ModelUse, words: Words) -> str:
    """A model in one line: service and name, revision, licence, device, weights."""
    weights = f"{words['weights']} {use.weight_sha256[:12]}…" if use.weight_sha256 else ""
    return " · ".join(filter(None, (f"{use.service}/{use.model}", use.revision, use.licence, use.device, weights)))
