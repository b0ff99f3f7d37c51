"""The forms of consignment notes, as their tables say."""

from __future__ import annotations

from dataclasses import dataclass

from koridor.operator.documents.tables import Row, rows


@dataclass(frozen=True, slots=True)
class Form:
    """A consignment note: which codes it asks for, its language, its boxes in order.

    `needs` are the contents without which the note cannot be issued, `wants` those that are missed.
    """

    name: str
    station_code: str
    goods_code: str
    etsng: bool
    russian: bool
    needs: frozenset[str]
    wants: frozenset[str]
    boxes: tuple[Row, ...]
    estimate: bool

    def box_of(self, content: str) -> str:
        """The number of the box where a content stands, "" where the form has none."""
        return next((row["box"] for row in self.boxes if row["content"] == content), "")


def forms() -> dict[str, Form]:
    """The forms by name."""
    return {
        row["form"]: Form(
            row["form"],
            row["station_code"],
            row["goods_code"],
            row["etsng"] == "yes",
            row["language"] == "ru",
            frozenset(row["needs"].split()),
            frozenset(row["wants"].split()),
            boxes := tuple(box for box in rows("box") if box["form"] == row["form"]),
            all(box["confidence"] == "estimate" for box in boxes[:3]),
        )
        for row in rows("form")
    }
