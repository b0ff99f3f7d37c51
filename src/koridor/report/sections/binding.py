"""What binds, and how much of its load is traffic outside the model."""

from __future__ import annotations

from koridor.report.blocks import Block, Column, Figure, Fold, Key, Note, Section, table_of
from koridor.report.charts.bars import Stack, stacks
from koridor.report.context import Context, missing, named
from koridor.report.frames import number_of
from koridor.report.measure import Measure
from koridor.report.names import counted_name, trust_name
from koridor.report.palette import SERIES
from koridor.text import t

KEY = "binding"
SHOWN = 20
_FULL = ("name", "country_id", "unit", "capacity_per_yr", "background_per_yr", "confidence")


def section(context: Context) -> Section:
    title = t("What binds, and how much of that is preload")
    frame = context.table(
        "binding", ("element_id", "name", "unit", "capacity_per_yr", "queue_h", "rent_usd", "preload_share")
    )
    if frame is None:
        return Section(KEY, title, absent=missing("binding"))
    rows = frame.sort_values("rent_usd", ascending=False)
    if "country_id" in rows.columns:
        rows = rows.assign(country_id=named(rows["country_id"], context.words("country", "country_id")))
    rows = rows.assign(unit=[counted_name(str(unit)) for unit in rows["unit"]])
    if "confidence" in rows.columns:
        rows = rows.assign(confidence=[trust_name(str(trust)) for trust in rows["confidence"]])
    loads = [name for name in ("load_none_per_yr", "load_linked_per_yr") if name in rows.columns]
    asked = (rows[loads] > 0.0).any(axis=1) | (rows["rent_usd"] > 0.0) | (not loads)
    rows, idle = rows[asked].head(SHOWN), rows[~asked]
    columns = (
        Column("name", t("Element")),
        Column("country_id", t("Country")),
        Column("unit", t("Counted in")),
        Column("capacity_per_yr", t("Capacity"), Measure.PER_YEAR),
        Column("background_per_yr", t("Preload"), Measure.PER_YEAR),
        Column("load_none_per_yr", t("Load, none"), Measure.PER_YEAR),
        Column("load_linked_per_yr", t("Load, linked"), Measure.PER_YEAR),
        Column("preload_share", t("Preload in the load"), Measure.PERCENT),
        Column("queue_h", t("Queue"), Measure.HOURS),
        Column("rent_usd", t("Scarcity rent"), Measure.MUSD),
        Column("confidence", t("Trust in the row")),
    )
    heading = t("Share of preload in the load of the elements that bind")
    records = []
    for row in rows.to_dict("records"):
        share = number_of(row["preload_share"])
        if share == share:
            records.append(Stack(str(row["name"]), (share, max(0.0, 1.0 - share)), share))
    table = table_of(
        rows,
        columns,
        t("Elements that bind, by scarcity rent"),
        note=t(
            "Multipliers of elements in series are not unique: read a row with its neighbours. Capacities and "
            "preloads of low "
            "trust are estimates. Source: this run."
        ),
    )
    words = t(
        "Preload here is traffic outside the model, from counts or estimates, and that of pairs that no corridor "
        "touches, held on the ways that they take without capacities. Where it is large, an element binds because of "
        "what was assumed and not because of the corridors; where it fills an element alone, nothing is left for the "
        "pairs that are solved. Trains and ships bind by their own size."
    )
    blocks: list[Block] = [Note(words), table]
    if records:
        drawn = stacks(heading, records, (SERIES[7], SERIES[0]), Measure.PERCENT, t("Share of the load"), marked=False)
        legend = (Key(SERIES[7], t("preload, with its number at the right")), Key(SERIES[0], t("traffic of the model")))
        blocks.append(Figure(heading, drawn, legend))
    if len(idle):
        heading = t("{count} more elements are full of preload alone", count=len(idle))
        full = tuple(column for column in columns if column.field in _FULL)
        blocks.append(Fold(heading, (table_of(idle, full, heading),)))
    return Section(KEY, title, tuple(blocks))
