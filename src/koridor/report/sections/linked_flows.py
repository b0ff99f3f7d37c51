"""The ten largest linked flows with the way that they left."""

from __future__ import annotations

from koridor.report.blocks import Column, Note, Section, table_of
from koridor.report.context import Context, missing, named
from koridor.report.measure import Measure
from koridor.text import t

KEY = "linked-flows"
SHOWN = 10


def section(context: Context) -> Section:
    title = t("The ten largest linked flows, and the way that each left")
    frame = context.table(
        "linked_flows", ("rank", "origin_name", "destination_name", "teu", "way_linked", "way_unlinked")
    )
    if frame is None:
        return Section(KEY, title, absent=missing("linked_flows"))
    columns = (
        Column("rank", t("Rank"), Measure.COUNT),
        Column("origin_name", t("From")),
        Column("destination_name", t("To")),
        Column("commodity_id", t("Goods")),
        Column("teu", t("Boxes"), Measure.TEU),
        Column("t", t("Tonnes"), Measure.KT),
        Column("saving_usd_per_teu", t("Saving"), Measure.USD_PER_TEU),
        Column("way_unlinked", t("Way it left")),
        Column("way_linked", t("Way with the link")),
    )
    rows = frame.sort_values("rank").head(SHOWN)
    if "commodity_id" in rows.columns:
        rows = rows.assign(commodity_id=named(rows["commodity_id"], context.words("commodity", "commodity_id")))
    words = t(
        "Class by class flows of an equilibrium are not unique where ways tie; rows are those of the solution "
        "found. The "
        "saving is in generalised cost: money, time and what else counts."
    )
    table = table_of(rows, columns, t("Largest linked flows"), note=t("Source: this run."))
    return Section(KEY, title, (Note(words), table))
