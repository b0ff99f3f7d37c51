"""Traffic over screenlines by direction, against counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from koridor.report.blocks import Block, Cell, Figure, Fold, Head, Key, Note, Section, Table, number_cell
from koridor.report.charts.counts import Pair, pairs
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure, unit_name
from koridor.report.names import case_name
from koridor.report.palette import INK, SERIES
from koridor.report.sources import cite
from koridor.text import t

KEY = "screenlines"
COLUMNS = ("screenline_id", "name", "direction", "case", "t", "teu", "count_t", "count_teu", "count_source")
CASES = ("none", "unlinked", "linked")


def section(context: Context) -> Section:
    title = t("Traffic over screenlines, by direction, against counts")
    frame = context.table("screenlines", COLUMNS)
    if frame is None:
        return Section(KEY, title, absent=missing("screenlines"))
    blocks: list[Block] = [
        Note(
            t(
                "The model is compared with these counts and never tuned to them; the bad lines are shown too. "
                "Counts are held against the case without any corridor regime. Many counts hold traffic that the "
                "flows of the dataset do not: “koridor validate” says where."
            )
        )
    ]
    for column, measure, words in (("t", Measure.MT, t("Tonnes")), ("teu", Measure.TEU, t("Boxes"))):
        lines = _lines(frame, column)
        counted = [line for line in lines if math.isfinite(line.count)]
        caption = t("{what} over counted screenlines", what=words)
        blocks.append(_counted(context, counted, measure, caption))
        if counted:
            blocks.append(_chart(counted, measure, words))
        every = _every(lines, measure, t("{what} over every screenline", what=words))
        blocks.append(Fold(t("{what} over every screenline, by direction", what=words), (every,)))
    return Section(KEY, title, tuple(blocks))


@dataclass(frozen=True, slots=True)
class Line:
    """A screenline in one direction, or both: what each case has, what was counted (NaN: nothing), and by whom."""

    name: str
    direction: str
    by_case: dict[str, float]
    count: float
    source: str

    @property
    def model(self) -> float:
        """What the case has that counts are held against."""
        return next((self.by_case[case] for case in CASES if case in self.by_case), math.nan)


def _lines(frame: pd.DataFrame, column: str) -> list[Line]:
    found = []
    for (_, direction), rows in frame.groupby(["screenline_id", "direction"], sort=False):
        sources = [value for value in rows["count_source"] if isinstance(value, str) and value]
        found.append(
            Line(
                str(rows["name"].iloc[0]),
                str(direction),
                {str(case): number_of(value) for case, value in zip(rows["case"], rows[column], strict=True)},
                _first(rows[f"count_{column}"]),
                sources[0] if sources else "",
            )
        )
    return found


def _counted(context: Context, lines: list[Line], measure: Measure, caption: str) -> Table:
    """What was counted beside the model, with the difference."""
    unit = unit_name(measure)
    heads = (
        Head(t("Screenline")), Head(t("Direction")), Head(t("Counted"), unit, True), Head(t("Model"), unit, True),
        Head(t("Difference"), "%", True), Head(t("Source of the count")),
    )  # fmt: skip
    rows = [
        (
            Cell(line.name),
            Cell(line.direction),
            number_cell(line.count, measure),
            number_cell(line.model, measure),
            number_cell((line.model - line.count) / line.count if line.count else math.nan, Measure.PERCENT),
            cite(context.dataset, line.source) if line.source else Cell(t("estimate")),
        )
        for line in lines
    ]
    return Table(caption, heads, tuple(rows), t("Model: this run, case “{case}”.", case=case_name(CASES[0])))


def _every(lines: list[Line], measure: Measure, caption: str) -> Table:
    """All screenlines by direction in every case."""
    unit = unit_name(measure)
    cases = [case for case in CASES if any(case in line.by_case for line in lines)]
    heads = (Head(t("Screenline")), Head(t("Direction")), *(Head(case_name(case), unit, True) for case in cases))
    rows = [
        (
            Cell(line.name),
            Cell(line.direction),
            *(number_cell(line.by_case.get(case, math.nan), measure) for case in cases),
        )
        for line in sorted(lines, key=lambda line: line.name)
    ]
    return Table(caption, heads, tuple(rows), t("Source: this run."))


def _first(values: pd.Series) -> float:
    numbers = [number for number in map(number_of, values) if math.isfinite(number)]
    return numbers[0] if numbers else math.nan


def _chart(lines: list[Line], measure: Measure, words: str) -> Figure:
    title = t("{what} over counted screenlines: model against count", what=words)
    records = [Pair(f"{line.name}, {line.direction}", line.model, line.count) for line in lines]
    drawn = pairs(title, records, measure, words)
    legend = (Key(SERIES[4], t("model, case “{case}”", case=case_name(CASES[0]))), Key(INK, t("count"), shape="line"))
    return Figure(title, drawn, legend, t("At the right: model : count. The numbers are in the table above."))
