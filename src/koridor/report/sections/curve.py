"""The value of linking over hours and dollars at the joined interchange."""

from __future__ import annotations

import pandas as pd

from koridor.report.blocks import Block, Column, Figure, Key, Note, Section, table_of
from koridor.report.charts.heat import heat
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure, money, unit_name
from koridor.report.palette import ramp
from koridor.text import t

KEY = "curve"


def section(context: Context) -> Section:
    title = t("How good the handover must be: hours and dollars")
    frame = context.table("curve", ("joined_h", "joined_usd_per_teu", "value_usd"))
    if frame is None:
        return Section(KEY, title, absent=missing("curve"))
    words = t(
        "Value of linking when every joined handover takes these hours and costs these dollars, against the "
        "handover as two operators do it today. Users choose by what they pay, the value counts resources: where a "
        "handover costs less than it takes, more of them can be worth less."
    )
    fits = money(*map(number_of, frame["value_usd"]))
    blocks: list[Block] = [Note(words), _figure(frame, "value_usd", fits, t("Value of linking"))]
    if "linked_teu" in frame.columns:
        blocks.append(_figure(frame, "linked_teu", Measure.TEU, t("Linked traffic")))
    return Section(KEY, title, tuple(blocks))


def _figure(frame: pd.DataFrame, column: str, measure: Measure, what: str) -> Figure:
    rows = frame.sort_values(["joined_usd_per_teu", "joined_h"])
    records = rows.to_dict("records")
    cells = {
        (number_of(row["joined_h"]), number_of(row["joined_usd_per_teu"])): number_of(row[column]) for row in records
    }
    cells = {key: value for key, value in cells.items() if value == value}
    hours, dollars = (sorted({number_of(row[key]) for row in records}) for key in ("joined_h", "joined_usd_per_teu"))
    title = t("{what} by hours and dollars of the joined handover, {unit}", what=what, unit=unit_name(measure))
    across = (hours, Measure.HOURS, t("Joined handover, hours"))
    down = (dollars, Measure.USD_PER_TEU, t("Joined handover, USD/TEU"))
    legend = [Key(ramp(1.0), t("most")), Key(ramp(0.05), t("near zero"))]
    if any(value < 0 for value in cells.values()):
        legend.append(Key(ramp(-1.0), t("below zero")))
    columns = (
        Column("joined_h", t("Hours"), Measure.HOURS),
        Column("joined_usd_per_teu", t("Dollars"), Measure.USD_PER_TEU),
        Column(column, what, measure),
    )
    drawn = heat(title, cells, across, down, measure)
    table = table_of(rows, columns, title, note=t("Source: this run."))
    return Figure(title, drawn, tuple(legend), table=table)
