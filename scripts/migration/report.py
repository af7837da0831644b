"""Counts, and every file that was not understood."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from dasibom.language import say
from dasibom.orchestrator.v1 import job_pb2

from .importer import Fate, Migrated
from .runs import OWN, Run, Unknown

_REASONS = {
    Fate.CHANGED: (
        "옮긴 뒤에 파일이 달라졌습니다. 다시 옮기려면 작업 {job}을(를) 지우고 다시 실행하십시오.",
        "Files have changed since it was migrated; to migrate it again, delete job {job} and run this again.",
    ),
    Fate.EXPIRED: (
        "보존 기간(DASIBOM_RETENTION_DAYS)보다 오래되어 옮기면 곧바로 지워지므로 옮기지 않았습니다.",
        "It is older than DASIBOM_RETENTION_DAYS and would be erased at once, so it was not migrated.",
    ),
    Fate.OWN: OWN,
    Fate.EMPTY: ("읽을 수 있는 파일이 없습니다.", "It has no file that can be read."),
}


class Report:
    """What a migration has come to so far."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.interrupted = False
        self.files = 0
        self.recognized = 0
        self.fates: Counter[Fate] = Counter()
        self.kinds: Counter[str] = Counter()
        self.jobs: list[dict[str, Any]] = []
        self.failed: list[Unknown] = []  # runs that another try may bring in
        self.not_understood: list[Unknown] = []

    def add(self, done: Migrated) -> None:
        """Note what became of a run."""
        run = done.run
        self.fates[done.fate] += 1
        self.not_understood += done.unreadable
        if done.fate in _REASONS:
            korean, english = _REASONS[done.fate]
            self.not_understood.append(Unknown(address=run.address, reason=say(korean, english).format(job=done.job)))
        if done.fate is Fate.MIGRATED and done.state is not None and done.begin is not None:
            kind = job_pb2.JobKind.Name(run.layout.kind).removeprefix("JOB_KIND_").lower()
            self.kinds[kind] += 1
            self.jobs.append(
                {
                    "job": done.job,
                    "source": run.address,
                    "script": run.layout.key,
                    "kind": kind,
                    "state": done.state.name,
                    "create_time": done.begin.isoformat(),
                    "artifacts": done.artifacts,
                }
            )

    def fail(self, run: Run, reason: str) -> None:
        """Note a run that could not be taken now."""
        self.failed.append(Unknown(address=run.address, reason=reason))

    def lines(self) -> list[str]:
        """The counts, for people."""
        migrated = say("옮길 실행", "Runs to migrate") if self.dry_run else say("옮긴 실행", "Runs migrated")
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        counts = [
            (say("살펴본 파일", "Files seen"), str(self.files)),
            (say("찾은 실행", "Runs found"), str(self.recognized)),
            (migrated, f"{self.fates[Fate.MIGRATED]}" + (f" ({kinds})" if kinds else "")),
            (say("이미 있는 실행", "Runs already there"), str(self.fates[Fate.PRESENT])),
            (say("옮긴 뒤 달라진 실행", "Runs changed since"), str(self.fates[Fate.CHANGED])),
            (say("보존 기간이 지난 실행", "Runs past retention"), str(self.fates[Fate.EXPIRED])),
            (say("읽지 못한 실행", "Runs that could not be read"), str(len(self.failed) + self.fates[Fate.EMPTY])),
            (say("이해하지 못한 항목", "Items not understood"), str(len(self.not_understood))),
        ]
        return [f"{label}: {count}" for label, count in counts]

    def write(self, path: Path) -> None:
        """Write everything down: as JSON when the name ends with `.json`, else as text."""
        text = json.dumps(self._document(), ensure_ascii=False, indent=2) if path.suffix.lower() == ".json" else self._text()
        path.write_text(text.encode("utf-8", "replace").decode() + "\n", encoding="utf-8")

    def _document(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "interrupted": self.interrupted,
            "files": self.files,
            "runs": self.recognized,
            **{fate.value: self.fates[fate] for fate in Fate},
            "by_kind": dict(self.kinds),
            "jobs": self.jobs,
            "failed": [{"address": each.address, "reason": each.reason} for each in self.failed],
            "not_understood": [{"address": each.address, "reason": each.reason} for each in self.not_understood],
        }

    def _text(self) -> str:
        lines = [*self.lines(), ""]
        for job in self.jobs:
            lines.append(f"{job['job'] or '-'}\t{job['state']}\t{job['script']}\t{job['create_time']}\t{job['source']}")
        for title, listed in (
            (say("다시 실행하면 옮길 수 있는 것", "To try again"), self.failed),
            (say("이해하지 못한 것", "Not understood"), self.not_understood),
        ):
            if listed:
                lines += ["", f"{title}:", *(f"  {each.address}: {each.reason}" for each in listed)]
        return "\n".join(lines)
