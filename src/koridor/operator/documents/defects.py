"""Small checks from which the checks of papers are made; each gives the defects that it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from koridor.operator.documents.draft import Defect
from koridor.operator.identifiers import Finding
from koridor.text import t


@dataclass(frozen=True, slots=True)
class At:
    """Where a value stands: paper and box, and its field in the consignment."""

    paper: str
    box: str
    field: str = ""

    def of(self, field: str) -> At:
        """Another field of the same box."""
        return At(self.paper, self.box, field)


def required(at: At, value: object, hint: str) -> list[Defect]:
    """A defect where the value is empty."""
    text = value.strip() if isinstance(value, str) else value
    return [] if text else [Defect(at.paper, at.box, at.field, "", t("is missing"), hint)]


def wanted(at: At, value: object, hint: str) -> list[Defect]:
    """A warning where the value is empty."""
    return [_mild(defect) for defect in required(at, value, hint)]


def must(holds: bool, at: At, found: object, limit: str, hint: str) -> list[Defect]:
    """A defect where something does not hold."""
    return [] if holds else [Defect(at.paper, at.box, at.field, str(found), limit, hint)]


def should(holds: bool, at: At, found: object, limit: str, hint: str) -> list[Defect]:
    """A warning where something does not hold."""
    return [_mild(defect) for defect in must(holds, at, found, limit, hint)]


def identified(at: At, finding: Finding) -> list[Defect]:
    """What the check of an identifier found, as defects of the box where it stands."""
    grave = [
        Defect(at.paper, at.box, at.field, finding.given, trouble.message, trouble.remedy)
        for trouble in finding.problems
    ]
    mild = [
        Defect(at.paper, at.box, at.field, finding.given, trouble.message, trouble.remedy, grave=False)
        for trouble in finding.warnings
    ]
    return grave + mild


def _mild(defect: Defect) -> Defect:
    return Defect(defect.paper, defect.box, defect.field, defect.found, defect.limit, defect.hint, grave=False)


def flat(parts: Iterable[list[Defect]]) -> list[Defect]:
    """The defects of several checks."""
    return [defect for part in parts for defect in part]
