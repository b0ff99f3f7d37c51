"""A paper as data: boxes in the order of its form, lists, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from koridor.errors import Problem
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a paper: box, field of the consignment, what was found, what must hold, the remedy.

    `grave` is what the paper cannot be issued with; what is not grave is to be looked at.
    """

    paper: str
    box: str
    field: str
    found: str
    limit: str
    hint: str
    grave: bool = True

    def problem(self) -> Problem:
        """The defect as a problem of the house."""
        where = t("{paper}, box {box}", paper=self.paper, box=self.box) if self.box else self.paper
        return Problem("consignment", where, field=self.field, found=self.found, limit=self.limit, hint=self.hint)

    def __str__(self) -> str:
        return str(self.problem())


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a form with what stands in it; `span` is its width in twelfths of the sheet."""

    number: str
    title: str
    title_ru: str
    span: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of a paper: heads and rows of texts."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper of a consignment for one leg (or for the whole way, with an empty `leg_id`)."""

    kind: str
    title: str
    consignment_id: str
    leg_id: str
    boxes: tuple[Box, ...] = ()
    listings: tuple[Listing, ...] = ()
    defects: tuple[Defect, ...] = ()
    remark: str = ""

    @property
    def name(self) -> str:
        """A name for its files."""
        stem = self.kind.replace("/", "-").lower()
        return f"{stem}-{self.leg_id}" if self.leg_id else stem

    @property
    def problems(self) -> tuple[Defect, ...]:
        """What it cannot be issued with."""
        return tuple(defect for defect in self.defects if defect.grave)

    @property
    def warnings(self) -> tuple[Defect, ...]:
        """What is to be looked at."""
        return tuple(defect for defect in self.defects if not defect.grave)

    def document(self) -> dict[str, Any]:
        """The draft as plain data for JSON, boxes by number."""
        return {
            "kind": self.kind,
            "title": self.title,
            "consignment_id": self.consignment_id,
            "leg_id": self.leg_id,
            "boxes": {box.number: {"title": box.title, "lines": list(box.lines)} for box in self.boxes},
            "lists": [asdict(listing) for listing in self.listings],
            "problems": [asdict(defect) for defect in self.problems],
            "warnings": [asdict(defect) for defect in self.warnings],
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a box or list between two issues of a paper."""

    where: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs from one issue to the next; both as `Draft.document` gives them, or a JSON file holds them."""
    found = []
    old, new = before.get("boxes", {}), after.get("boxes", {})
    for number in [*new, *(number for number in old if number not in new)]:
        then, now = _lines(old.get(number)), _lines(new.get(number))
        if then != now:
            title = (new.get(number) or old[number])["title"]
            found.append(Change(number, title, then, now))
    lists = ({one["title"]: one["rows"] for one in side.get("lists", [])} for side in (before, after))
    then_lists, now_lists = lists
    for title in [*now_lists, *(title for title in then_lists if title not in now_lists)]:
        gone, come = _rows(then_lists.get(title, ())), _rows(now_lists.get(title, ()))
        lost = tuple(row for row in gone if row not in come)
        gained = tuple(row for row in come if row not in gone)
        if lost or gained:
            found.append(Change("", title, lost, gained))
    return tuple(found)


def _lines(box: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(box["lines"]) if box else ()


def _rows(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(" | ".join(row) for row in rows)
