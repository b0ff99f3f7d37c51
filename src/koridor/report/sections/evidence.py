"""How much of each headline rests on estimates."""

from __future__ import annotations

from koridor.report.blocks import Column, Figure, Key, Note, Section, table_of
from koridor.report.charts.bars import Stack, stacks
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure
from koridor.report.names import evidence_name, kind_name
from koridor.report.palette import SERIES
from koridor.text import t

KEY = "evidence"
PARTS = (
    ("share_published", "published", SERIES[0]),
    ("share_mixed", "mixed", SERIES[2]),
    ("share_derived", "derived", SERIES[4]),
    ("share_estimate", "estimate", SERIES[5]),
)


def section(context: Context) -> Section:
    title = t("What the headline rests on")
    frame = context.table("evidence", ("what", *(column for column, _, _ in PARTS)))
    if frame is None:
        return Section(KEY, title, absent=missing("evidence"))
    heading = t("Share of estimates behind each headline")
    records = []
    for row in frame.to_dict("records"):
        parts = tuple(number_of(row[column]) for column, _, _ in PARTS)
        records.append(
            Stack(evidence_name(str(row["what"])), tuple(part if part == part else 0.0 for part in parts), parts[-1])
        )
    legend = tuple(Key(colour, kind_name(kind)) for _, kind, colour in PARTS)
    columns = (
        Column("what", t("What")),
        *(Column(column, kind_name(kind), Measure.PERCENT) for column, kind, _ in PARTS),
    )
    drawn = stacks(
        heading, records, [colour for _, _, colour in PARTS], Measure.PERCENT, t("Share of the value"), marked=False
    )
    words = t(
        "A share counts the value carried by ways whose rows are of that kind. Estimates are general knowledge, marked "
        "so in the tables. The number at the right is the share of estimates."
    )
    named = frame.assign(what=[evidence_name(str(what)) for what in frame["what"]])
    table = table_of(named, columns, heading, note=t("Source: this run."))
    return Section(KEY, title, (Note(words), Figure(heading, drawn, legend, table=table)))
