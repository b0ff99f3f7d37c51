"""Flows that are listed and not assigned."""

from __future__ import annotations

from koridor.report.blocks import Block, Column, Fold, Note, Section, table_of
from koridor.report.context import Context, missing, named
from koridor.report.measure import Measure
from koridor.report.names import exclusion_name
from koridor.text import t

KEY = "excluded"
SHOWN = 10
LISTED = 250


def section(context: Context) -> Section:
    title = t("Excluded and captive flows")
    frame = context.table("excluded", ("origin", "destination", "commodity_id", "t", "reason"))
    if frame is None:
        return Section(KEY, title, absent=missing("excluded"))
    columns = (
        Column("origin", t("From")),
        Column("destination", t("To")),
        Column("commodity_id", t("Goods")),
        Column("t", t("Tonnes"), Measure.MT),
        Column("reason", t("Why")),
    )
    regions, goods = context.words("region", "region_id"), context.words("commodity", "commodity_id")
    rows = frame.sort_values("t", ascending=False).assign(
        origin=lambda part: named(part["origin"], regions),
        destination=lambda part: named(part["destination"], regions),
        commodity_id=lambda part: named(part["commodity_id"], goods),
        reason=lambda part: [exclusion_name(str(reason)) for reason in part["reason"]],
    )
    sums = (
        rows.groupby("reason", as_index=False)
        .agg(t=("t", "sum"), flows=("t", "size"))
        .sort_values("t", ascending=False)
    )
    by_reason = (
        Column("reason", t("Why")),
        Column("flows", t("Flows"), Measure.COUNT),
        Column("t", t("Tonnes"), Measure.MT),
    )
    blocks: list[Block] = [
        Note(
            t(
                "These flows have no choice that a corridor could win, or are not assigned for the reason given. "
                "They neither "
                "raise nor drown the result."
            )
        ),
        table_of(sums, by_reason, t("Excluded tonnes by reason")),
        table_of(rows.head(SHOWN), columns, t("The largest excluded flows"), note=t("Source: flows of the dataset.")),
    ]
    if len(rows) > SHOWN:
        listed = rows.head(LISTED)
        words = t("{shown} of {count} excluded flows", shown=len(listed), count=len(rows))
        blocks.append(Fold(words, (table_of(listed, columns, words),)))
    return Section(KEY, title, tuple(blocks))
