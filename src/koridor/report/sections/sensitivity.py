"""Tornado: what moves the answer most."""

from __future__ import annotations

import math

from koridor.report.blocks import Column, Figure, Key, Note, Section, table_of
from koridor.report.charts.tornado import HIGH_END, LOW_END, Swing, tornado
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure
from koridor.report.palette import INK
from koridor.text import t

KEY = "tornado"


def section(context: Context) -> Section:
    title = t("What moves the answer most")
    frame = context.table("tornado", ("factor", "name", "low_usd", "high_usd", "central_usd"))
    if frame is None:
        return Section(KEY, title, absent=missing("tornado"))
    frame = frame.assign(span=(frame["high_usd"] - frame["low_usd"]).abs())
    rows = frame[frame["span"].notna()].sort_values("span", ascending=False)
    if rows.empty:
        return Section(KEY, title, absent=missing("tornado"))
    records = [
        Swing(
            str(row["name"]),
            number_of(row["low_usd"]),
            number_of(row["high_usd"]),
            _words(row.get("low_name")),
            _words(row.get("high_name")),
        )
        for row in rows.to_dict("records")
    ]
    heading = t("Value of linking with one factor at its low and at its high end")
    central = number_of(rows["central_usd"].iloc[0])
    if math.isnan(central):
        return Section(KEY, title, absent=missing("tornado"))
    drawn = tornado(heading, records, central, Measure.MUSD, t("Value of linking"))
    legend = (
        Key(LOW_END, t("factor at its low end")),
        Key(HIGH_END, t("factor at its high end")),
        Key(INK, t("central answer"), shape="line"),
    )
    columns = (
        Column("name", t("Factor")),
        Column("low_name", t("Low end")),
        Column("low_usd", t("Value at it"), Measure.MUSD),
        Column("high_name", t("High end")),
        Column("high_usd", t("Value at it"), Measure.MUSD),
        Column("central_usd", t("Central"), Measure.MUSD),
    )
    table = table_of(rows, columns, heading, note=t("Source: this run; the ends are ranges of the dataset's rows."))
    words = t(
        "One factor at a time goes to the low and the high end of its range in the dataset, all others stay central."
    )
    return Section(KEY, title, (Note(words), Figure(heading, drawn, legend, table=table)))


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
