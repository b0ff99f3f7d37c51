"""Years and worlds."""

from __future__ import annotations

import math

import pandas as pd

from koridor.report.blocks import Column, Figure, Key, Note, Section, table_of
from koridor.report.charts.ranges import Range, ranges
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure, money_change
from koridor.report.palette import SERIES
from koridor.text import t

KEY = "years"


def section(context: Context) -> Section:
    title = t("Years and worlds")
    frame = context.table("years", ("year", "world", "demand", "value_usd"))
    if frame is None:
        return Section(KEY, title, absent=missing("years"))
    heading = t("Value of linking by year and world, with demand low, central and high")
    records = _ranges(frame)
    fits = money_change(*map(number_of, frame["value_usd"]))
    columns = (
        Column("year_text", t("Year")),
        Column("world", t("World")),
        Column("demand", t("Demand")),
        Column("value_usd", t("Value of linking"), fits),
        Column("value_a_usd", t("Value of A alone"), Measure.MUSD_CHANGE),
        Column("value_b_usd", t("Value of B alone"), Measure.MUSD_CHANGE),
        Column("linked_teu", t("Linked"), Measure.TEU),
        Column("linked_share_of_a", t("Share of A"), Measure.PERCENT),
    )
    shown = frame.assign(year_text=[_year(value) for value in frame["year"]])
    table = table_of(shown, columns, heading, note=t("Source: this run; growth and works are patches of the dataset."))
    drawn = ranges(heading, records, fits, t("Value of linking"))
    legend = (
        Key(SERIES[0], t("central demand, its number at the right"), shape="dot"),
        Key(SERIES[0], t("low and high demand"), shape="ring"),
    )
    words = t(
        "Forecasts of the corridors themselves are observations and never inputs; demand grows by country and goods."
    )
    return Section(KEY, title, (Note(words), Figure(heading, drawn, legend, table=table)))


def _year(value: object) -> str:
    number = number_of(value)
    return str(value) if math.isnan(number) else f"{number:.0f}"


def _ranges(frame: pd.DataFrame) -> list[Range]:
    records = []
    for year, world in frame[["year", "world"]].drop_duplicates().itertuples(index=False):
        rows = frame[(frame["year"] == year) & (frame["world"] == world)]
        values = tuple(
            (str(level), number_of(value)) for level, value in zip(rows["demand"], rows["value_usd"], strict=True)
        )
        known = tuple(pair for pair in values if math.isfinite(pair[1]))
        if known:
            records.append(Range(f"{_year(year)}, {world}", known))
    return records
