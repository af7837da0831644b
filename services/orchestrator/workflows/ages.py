"""Which age a picture shows: as the person was when last seen, or is today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dasibom.orchestrator.v1 import input_pb2
from dasibom.orchestrator.v1.result_pb2 import DrawnAge
from services.orchestrator.workflows.records import MissingRecord

if TYPE_CHECKING:
    from services.orchestrator.workflows.casework import Casework


@dataclass(frozen=True, kw_only=True)
class DepictedAge:
    """The age in a picture, and the ages that it was chosen from."""

    basis: input_pb2.AgeBasis.ValueType
    text: str  # as the model is told: `26세`, `20대 중반`; empty when nobody knows it
    years_progressed: int = 0  # between the photo and the picture
    then_text: str = ""  # the age of then; empty when unknown
    now_text: str = ""  # today's; empty when unknown
    problem: str = ""  # key of the warning that is due; empty when none is

    def summary(self) -> DrawnAge:
        """As the result tells it."""
        return DrawnAge(basis=self.basis, age=self.text, years_progressed=self.years_progressed)

    def label(self, case: Casework) -> str:
        """For people: `현재 (66세)`."""
        return case.say("age.now" if self.basis == input_pb2.AGE_BASIS_NOW else "age.then", age=self.text)


def depicted_age(told: str, record: MissingRecord, basis: input_pb2.AgeBasis.ValueType, *, today: date) -> DepictedAge:
    """Decide the age.

    What the form says is the age of then, unless today's is asked for and the record does not know it. Today's age is the record's
    `ageNow`, or its `age` and the years since `occrde`.

    Args:
        told: the form's age; empty when it says none.
        record: what a record says.
        basis: which age is asked for.
        today: the day of the submission.
    """
    then, now = record.age_then, record.years_now(today)
    then_text = told or (_years(then) if then is not None else "")
    now_text = _years(now) if now is not None else ""
    if basis == input_pb2.AGE_BASIS_NOW:
        if now is not None:
            progressed = max(0, now - then) if then is not None else 0
            return DepictedAge(basis=basis, text=now_text, years_progressed=progressed, then_text=then_text, now_text=now_text)
        return DepictedAge(basis=input_pb2.AGE_BASIS_THEN, text=then_text, then_text=then_text, problem="age_now_unknown")
    differs = then is not None and now is not None and now > then
    problem = "age_then_drawn" if differs else ""
    return DepictedAge(basis=input_pb2.AGE_BASIS_THEN, text=then_text, then_text=then_text, now_text=now_text, problem=problem)


def _years(years: int) -> str:
    return f"{years}세"
