"""The headline of a linking result as plain rows for a terminal."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from koridor.report.context import Headline, headline_of
from koridor.report.frames import ResultLike, flags, number_of, usable
from koridor.report.names import case_name, metric_name, part_name
from koridor.report.sections.countries import PARTS, grouped
from koridor.text import t
from koridor.units import format_number

NEVER_ALONE = "value_of_linking_usd"


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of texts: its title, its headings, its rows; the first column is words, the others are numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def headline_rows(result: ResultLike) -> list[Rows]:
    """The tables that open the answer: headline with ranges, countries with a line for each party, cases.

    As far as there.
    """
    return [table for table in (_headline(result), _countries(result), _cases(result)) if table is not None]


def headline_text(result: ResultLike) -> str:
    """The same as aligned lines of text."""
    return "\n\n".join(_lines(table) for table in headline_rows(result))


def _headline(result: ResultLike) -> Rows | None:
    found = headline_of(result.tables)
    rows = tuple(
        _headline_row(metric, value) for metric, value in found.items() if metric != NEVER_ALONE or value.ranged
    )
    return Rows(t("Headline"), (t("What"), t("Central"), t("Low"), t("High")), rows) if rows else None


def _headline_row(metric: str, found: Headline) -> tuple[str, ...]:
    return (
        metric_name(metric),
        *(format_number(number, found.unit) for number in (found.value, found.low, found.high)),
    )


def _countries(result: ResultLike) -> Rows | None:
    frame = usable(result.tables, "countries", ("country_id", "name", "party", *PARTS, "total_usd"))
    if frame is None:
        return None
    columns = (*PARTS, "total_usd")
    rows = tuple(
        (str(row["name"]), *(format_number(number_of(row[column]), "usd", signed=True) for column in columns))
        for row in grouped(frame).to_dict("records")
    )
    head = (t("Country"), *(part_name(column) for column in columns))
    return Rows(t("Gain of linking a year, by country"), head, rows)


def _cases(result: ResultLike) -> Rows | None:
    frame = usable(result.tables, "cases", ("case", "capped", "value_usd"))
    if frame is None:
        return None
    columns = tuple(
        name for name in ("value_usd", "users_usd", "rents_usd", "linked_teu", "gap_usd") if name in frame.columns
    )
    words = {
        "value_usd": t("Value"),
        "users_usd": t("Users' cost"),
        "rents_usd": t("Scarcity rents"),
        "linked_teu": t("Linked"),
        "gap_usd": t("Gap"),
    }
    capped = flags(frame["capped"])
    ordered = pd.concat([frame[capped], frame[~capped]])
    rows = tuple(
        (
            case_name(str(row["case"])),
            t("yes") if held else t("no"),
            *(format_number(number_of(row[column]), column.rsplit("_", 1)[-1]) for column in columns),
        )
        for row, held in zip(ordered.to_dict("records"), flags(ordered["capped"]), strict=True)
    )
    return Rows(t("Cases, a year"), (t("Case"), t("Capped"), *(words[column] for column in columns)), rows)


def _lines(table: Rows) -> str:
    grid = [table.head, *table.rows]
    widths = [max(len(row[column]) for row in grid) for column in range(len(table.head))]
    lines = [table.title]
    for row in grid:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
