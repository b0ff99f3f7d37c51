"""Time-distance and cost-distance diagrams of the main ways."""

from __future__ import annotations

import pandas as pd

from koridor.report.blocks import Block, Column, Figure, Key, Note, Section, Table, table_of
from koridor.report.charts.ways import Point, Way, ways
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.maps.network import short_name
from koridor.report.measure import Measure
from koridor.report.palette import DASHES, SERIES
from koridor.text import t

KEY = "distance"
COLUMNS = ("way", "name", "seq", "place_name", "distance_km", "time_h", "cost_usd_per_teu")
MOST = len(SERIES)


def section(context: Context) -> Section:
    title = t("Time-distance and cost-distance diagrams of the main ways")
    frame = context.table("ways", COLUMNS)
    if frame is None:
        return Section(KEY, title, absent=missing("ways"))
    blocks: list[Block] = [
        Note(
            t(
                "After UNESCAP: a slope is a leg, a vertical step the time or cost lost at a border, port or "
                "terminal. Door to "
                "door, one TEU. The largest steps are named. Source: this run."
            )
        )
    ]
    for heading, rows in _journeys(frame):
        for column, measure, words in (
            ("time_h", Measure.DAYS, t("Time")),
            ("cost_usd_per_teu", Measure.USD_PER_TEU, t("Cost")),
        ):
            blocks.append(figure_of(heading, rows, column, measure, words))
    return Section(KEY, title, tuple(blocks))


def _journeys(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Ways grouped by the places where they begin and end, at most as many as there are colours."""
    frame = frame.sort_values(["way", "seq"], kind="stable")
    ends = frame.groupby("way", sort=False)["place_name"].agg(["first", "last"])
    found = []
    for first, last in dict.fromkeys(zip(ends["first"], ends["last"], strict=True)):
        chosen = ends.index[(ends["first"] == first) & (ends["last"] == last)]
        heading = f"{short_name(str(first))} – {short_name(str(last))}"
        for start in range(0, len(chosen), MOST):
            found.append((heading, frame[frame["way"].isin(chosen[start : start + MOST])]))
    return found


def figure_of(heading: str, rows: pd.DataFrame, column: str, measure: Measure, words: str) -> Figure:
    """The diagram of some ways between two places: a column over the distance."""
    records = []
    for _, legs in rows.groupby("way", sort=False):
        points = tuple(
            Point(number_of(leg["distance_km"]), number_of(leg[column]), short_name(str(leg["place_name"])))
            for leg in legs.to_dict("records")
        )
        records.append(Way(str(legs["name"].iloc[0]), points))
    title = t("{journey}: {what} over distance", journey=heading, what=words)
    legend = tuple(
        Key(SERIES[index % MOST], way.name, DASHES[index % MOST], "line") for index, way in enumerate(records)
    )
    table = _table(title, rows) if column == "time_h" else None
    return Figure(title, ways(title, records, measure, words, t("Distance")), legend, table=table)


def _table(caption: str, rows: pd.DataFrame) -> Table:
    columns = (
        Column("name", t("Way")),
        Column("place_name", t("Place")),
        Column("activity", t("What is done")),
        Column("carriage", t("Carriage")),
        Column("corridor", t("Corridor")),
        Column("distance_km", t("Distance so far"), Measure.KM),
        Column("time_h", t("Time so far"), Measure.DAYS),
        Column("cost_usd_per_teu", t("Cost so far"), Measure.USD_PER_TEU),
        Column("co2e_kg_per_teu", t("CO2e so far"), Measure.KG),
    )
    return table_of(rows, columns, caption)
