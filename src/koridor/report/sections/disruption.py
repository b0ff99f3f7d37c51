"""The value of linking when an alternative way is shut."""

from __future__ import annotations

import math

from koridor.report.blocks import Column, Figure, Key, Note, Section, table_of
from koridor.report.charts.bars import Bar, bars
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure, figure
from koridor.report.palette import INK
from koridor.text import t

KEY = "disruption"


def section(context: Context) -> Section:
    title = t("Value under disruption: linking as insurance")
    frame = context.table("disruptions", ("case_id", "name", "value_usd", "ratio"))
    if frame is None:
        return Section(KEY, title, absent=missing("disruptions"))
    rows = frame.sort_values("value_usd", ascending=False)
    heading = t("Value of linking when one alternative is shut")
    records = []
    for row in rows.to_dict("records"):
        ratio = number_of(row["ratio"])
        remark = t("{ratio} times", ratio=figure(ratio, Measure.RATIO)) if math.isfinite(ratio) else ""
        records.append(Bar(str(row["name"]), number_of(row["value_usd"]), remark))
    calm = context.headline.get("value_of_linking_usd")
    reference = calm.value if calm is not None and math.isfinite(calm.value) else None
    drawn = bars(heading, records, Measure.MUSD_CHANGE, t("Value of linking"), reference=reference)
    columns = (
        Column("name", t("What is shut")),
        Column("value_usd", t("Value of linking"), Measure.MUSD_CHANGE),
        Column("ratio", t("Against undisturbed"), Measure.RATIO),
        Column("linked_teu", t("Linked"), Measure.TEU),
    )
    table = table_of(rows, columns, heading, note=t("Source: this run; the closures are patches of the dataset."))
    legend = (Key(INK, t("undisturbed value"), "5 3", "line"),) if reference is not None else ()
    words = t(
        "Each row shuts one alternative for a whole year, in the case with and in the case without the link; the ratio "
        "is to the undisturbed value."
    )
    return Section(KEY, title, (Note(words), Figure(heading, drawn, legend, table=table)))
