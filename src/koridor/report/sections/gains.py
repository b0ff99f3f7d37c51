"""Who gains and who loses, by each dimension of the split."""

from __future__ import annotations

import pandas as pd

from koridor.report.blocks import Block, Column, Figure, Note, Section, table_of
from koridor.report.charts.bars import Bar, bars
from koridor.report.context import Context, missing, named
from koridor.report.frames import number_of
from koridor.report.measure import Measure, money_change
from koridor.report.names import dimension_name
from koridor.text import t, tn

KEY = "gains"
ORDER = ("country", "commodity", "direction", "region", "pair", "component", "group", "form")
TABLES = {
    "country": ("country", "country_id"),
    "commodity": ("commodity", "commodity_id"),
    "region": ("region", "region_id"),
}
SHOWN = 14


def section(context: Context) -> Section:
    title = t("Who gains and who loses")
    split = context.table("split", ("dimension", "key", "value_usd"))
    if split is None:
        return Section(KEY, title, absent=missing("split"))
    found = set(split["dimension"])
    blocks: list[Block] = [
        Note(
            t(
                "Each split sums to the value of linking. Gains are blue, to the right and with a plus; losses "
                "orange, to the "
                "left and with a minus."
            )
        )
    ]
    for dimension in [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]:
        rows = split[split["dimension"] == dimension]
        if dimension in TABLES:
            rows = rows.assign(key=named(rows["key"], context.words(*TABLES[dimension])))
        blocks.append(_figure(rows, str(dimension)))
    for dimension in ORDER[:4]:
        if dimension not in found:
            words = dimension_name(dimension)
            blocks.append(
                Note(t("The split {dimension} is absent: the result does not hold it.", dimension=words), "warn")
            )
    return Section(KEY, title, tuple(blocks))


def _figure(rows: pd.DataFrame, dimension: str) -> Figure:
    rows = rows.assign(size=rows["value_usd"].abs()).sort_values(["size", "key"], ascending=[False, True])
    head, rest = rows.head(SHOWN), rows.iloc[SHOWN:]
    records = [
        Bar(str(row["key"]), number_of(row["value_usd"]))
        for row in head.sort_values("value_usd", ascending=False).to_dict("records")
    ]
    if not rest.empty:
        records.append(Bar(tn("{count} other", "{count} others together", len(rest)), float(rest["value_usd"].sum())))
    title = t("Value of linking {dimension}", dimension=dimension_name(dimension))
    measure = money_change(*rows["value_usd"])
    drawn = bars(title, records, measure, t("Part of the value of linking"))
    columns = (
        Column("key", t("Part")),
        Column("value_usd", t("Value"), measure),
        Column("linked_teu", t("Linked"), Measure.TEU),
    )
    table = table_of(rows.sort_values("value_usd", ascending=False), columns, title, note=t("Source: this run."))
    return Figure(title, drawn, table=table)
