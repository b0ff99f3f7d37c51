"""Traffic over screenlines by direction, against counts."""

from __future__ import annotations

import math

import pandas as pd

from koridor.report.blocks import Block, Cell, Figure, Head, Key, Note, Section, Table, number_cell
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
                "Counts are for "
                "the case without any corridor regime."
            )
        ),
        _table(context, frame, "t", Measure.MT, t("Tonnes over screenlines")),
        _table(context, frame, "teu", Measure.TEU, t("Boxes over screenlines")),
    ]
    for column, measure, words in (("t", Measure.MT, t("Tonnes")), ("teu", Measure.TEU, t("Boxes"))):
        drawn = _chart(frame, column, measure, words)
        if drawn is not None:
            blocks.append(drawn)
    return Section(KEY, title, tuple(blocks))


def _lines(frame: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    keys = frame[["screenline_id", "direction"]].drop_duplicates()
    found = []
    for line, direction in keys.itertuples(index=False):
        rows = frame[(frame["screenline_id"] == line) & (frame["direction"] == direction)]
        found.append((str(rows["name"].iloc[0]), str(direction), rows))
    return found


def _table(context: Context, frame: pd.DataFrame, column: str, measure: Measure, caption: str) -> Table:
    unit = unit_name(measure)
    cases = [case for case in CASES if (frame["case"] == case).any()]
    heads = [Head(t("Screenline")), Head(t("Direction")), Head(t("Counted"), unit, True)]
    heads += [Head(case_name(case), unit, True) for case in cases]
    heads += [Head(t("Source of the count"))]
    rows = []
    for name, direction, lines in _lines(frame):
        count = _first(lines[f"count_{column}"])
        cells = [Cell(name), Cell(direction), number_cell(count, measure)]
        for case in cases:
            cells.append(number_cell(_first(lines.loc[lines["case"] == case, column]), measure))
        cells.append(_source(context, lines, counted=math.isfinite(count)))
        rows.append(tuple(cells))
    return Table(
        caption, tuple(heads), tuple(rows), t("Model: this run. A dash means that no count by direction was found.")
    )


def _source(context: Context, lines: pd.DataFrame, *, counted: bool) -> Cell:
    found = [value for value in lines["count_source"] if isinstance(value, str) and value]
    if not counted:
        return Cell(t("no count"))
    return cite(context.dataset, found[0]) if found else Cell(t("estimate"))


def _first(values: pd.Series) -> float:
    numbers = [number for number in map(number_of, values) if math.isfinite(number)]
    return numbers[0] if numbers else math.nan


def _chart(frame: pd.DataFrame, column: str, measure: Measure, words: str) -> Figure | None:
    case = next((case for case in CASES if (frame["case"] == case).any()), None)
    records = []
    for name, direction, lines in _lines(frame):
        model = _first(lines.loc[lines["case"] == case, column])
        count = _first(lines[f"count_{column}"])
        if math.isfinite(model) and math.isfinite(count):
            records.append(Pair(f"{name}, {direction}", model, count))
    if case is None or not records:
        return None
    title = t("{what} over counted screenlines: model against count", what=words)
    drawn = pairs(title, records, measure, t("{what} a direction", what=words))
    legend = (Key(SERIES[4], t("model, case “{case}”", case=case_name(case))), Key(INK, t("count"), shape="line"))
    return Figure(title, drawn, legend, t("At the right: model : count. The numbers are in the tables above."))
