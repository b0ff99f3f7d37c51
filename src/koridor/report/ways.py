"""All good ways of a query as one HTML file that opens offline: ways, map, diagrams, legs, prices, reasons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import koridor
from koridor.report.blocks import (
    Block,
    Cell,
    Column,
    Figure,
    Fold,
    Key,
    Note,
    Section,
    Table,
    Tile,
    number_cell,
    table_of,
)  # fmt: skip
from koridor.report.charts.ways import Point, Way, style, ways
from koridor.report.context import Context, context_of, missing
from koridor.report.frames import DatasetLike, ResultLike, number_of, texts
from koridor.report.html import page, save
from koridor.report.maps.network import place_names, short_name
from koridor.report.maps.ways import ways_map
from koridor.report.measure import Measure, quantity
from koridor.report.names import criterion_name, stretch_name
from koridor.report.route import journey_title
from koridor.report.sections import repeat
from koridor.text import t, tn

WAYS = ("way", "course", "on_front", "best", "leaves", "arrives", "time_h", "money_usd", "co2e_kg", "sd_h")
DIAGRAM = ("way", "place_name", "distance_km", "time_h", "cost_usd", "co2e_kg")
MIN_WIDTH = 760


def build_ways_page(result: ResultLike, dataset: DatasetLike, path: str | Path) -> Path:
    """The path of the file written: the ways that were found as a self-contained page."""
    context = context_of(result, dataset)
    sections = [
        _ways(context), _map(context), _diagrams(context), _reasons(context), _legs(context), _prices(context),
        repeat.section(context, koridor.__version__),
    ]  # fmt: skip
    text = page(journey_title(context), t("Dataset “{dataset}”", dataset=dataset.name), sections)
    return save(text, path)


def _ways(context: Context) -> Section:
    title = t("Ways")
    frame = context.table("ways", WAYS)
    if frame is None:
        return Section("ways", title, absent=missing("ways"))
    metrics = context.result.metrics  # type: ignore[attr-defined]
    value = dict(zip(metrics["metric"], metrics["value"], strict=True))
    count = int(value["ways_on_front"])
    blocks: list[Block] = [_tiles(frame), Note(_said(context, count))]
    if value["incomplete"]:
        blocks.append(Note(t("INCOMPLETE: the limit of labels was reached, so that ways may be missing."), "warn"))
    shown = frame.assign(
        way=[f"{way}{'' if front else ' *'}" for way, front in zip(frame["way"], frame["on_front"], strict=True)],
        best=[
            ", ".join(criterion_name(one) for one in str(cell).split(";") if one) for cell in frame["best"].fillna("")
        ],
    )
    if shown["leaves"].nunique() == 1:
        blocks.append(Note(t("All leave {moment}, by the clock of the origin.", moment=shown["leaves"].iloc[0])))
        shown = shown.drop(columns="leaves")
    if "missed_share" in shown and not (shown["missed_share"] > 0.0).any():
        shown = shown.drop(columns="missed_share")
    columns = (
        Column("way", t("Way")), Column("course", t("Course")), Column("leaves", t("Leaves")),
        Column("arrives", t("Arrives")), Column("time_h", t("Time"), Measure.DAYS),
        Column("p50_h", t("P50"), Measure.DAYS), Column("p80_h", t("P80"), Measure.DAYS),
        Column("p95_h", t("P95"), Measure.DAYS), Column("on_time_share", t("On time"), Measure.PERCENT),
        Column("missed_share", t("Connection missed"), Measure.PERCENT),
        Column("money_usd", t("Price"), Measure.USD_IN_ALL), Column("co2e_kg", t("Emissions"), Measure.KG_IN_ALL),
        Column("sd_h", t("Spread"), Measure.HOURS), Column("distance_km", t("Distance"), Measure.KM),
        Column("best", t("Best in")),
    )  # fmt: skip
    note = t(
        "Countries of a course are parted by - where it goes by land and by ~ over water. Times by the clock of the "
        "place. * beside the front: another course, and some way on the front is no worse in any criterion."
    )
    blocks.append(table_of(shown, columns, t("Ways, the least price and value of time first"), note=note))
    return Section("ways", title, tuple(blocks))


def _said(context: Context, count: int) -> str:
    params = context.result.params
    words = [
        tn("On the front there is {count} way", "On the front there are {count} ways", count)
        + t(" of which none is worse than another in all of: {criteria}.",
            criteria=", ".join(criterion_name(str(one)) for one in texts(params["criteria"]))),
        t("Shown are those best in one of them, the best of each course, and others near."),
    ]  # fmt: skip
    if params.get("epsilon"):
        share = f"{100 * number_of(params['epsilon']):g}"
        words.append(
            t(
                "It is thinned: for every way there is one on it that has at most {share} % more of anything.",
                share=share,
            )
        )
    return " ".join(words)


def _tiles(frame: pd.DataFrame) -> tuple[Tile, ...]:
    tiles = []
    for name, measure, words in (
        ("time_h", Measure.DAYS, t("Fastest")),
        ("money_usd", Measure.USD_IN_ALL, t("Cheapest")),
        ("co2e_kg", Measure.KG_IN_ALL, t("Cleanest")),
    ):
        row = frame.loc[frame[name].idxmin()]
        tiles.append(Tile(words, quantity(number_of(row[name]), measure), f"{row['way']}: {row['course']}"))
    return tuple(tiles)


def _legend(frame: pd.DataFrame) -> tuple[Key, ...]:
    return tuple(
        Key(style(index)[0], f"{row['way']} {row['course']}", style(index)[1], "line")
        for index, row in enumerate(frame.to_dict("records"))
    )


def _map(context: Context) -> Section:
    title = t("Map of the ways")
    frame, legs = context.table("ways", WAYS), context.table("legs", ("way", "links", "from_place", "to_place"))
    parts = [] if frame is None or legs is None else [legs[legs["way"] == way] for way in frame["way"]]
    drawn = ways_map(context.dataset, parts, title) if parts else None
    if drawn is None or frame is None:
        return Section("map", title, absent=t("Absent: the dataset has no link with coordinates at both ends."))
    note = t("Land and frontiers: Natural Earth (public domain), by who controls an area in fact; no claim is judged.")
    legend = tuple(Key(key.colour, key.text, shape="line") for key in _legend(frame))
    return Section("map", title, (Figure(title, drawn, legend, note, min_width=MIN_WIDTH),))


def _diagrams(context: Context) -> Section:
    title = t("Time-distance and cost-distance diagrams")
    frame, rows = context.table("ways", WAYS), context.table("diagram", DIAGRAM)
    if frame is None or rows is None:
        return Section("distance", title, absent=missing("diagram"))
    words = t(
        "After UNESCAP: a slope is a leg, a vertical step the time or cost lost at a border, port or terminal. "
        "Door to door."
    )
    if "low_h" in rows:
        words += " " + t("Bands reach from the fifth to the ninety-fifth percentile of the simulation.")
    blocks: list[Block] = [Note(words)]
    for column, measure, what in (
        ("time_h", Measure.DAYS, t("Time")), ("cost_usd", Measure.USD_IN_ALL, t("Price")),
        ("co2e_kg", Measure.KG_IN_ALL, t("Emissions")),
    ):  # fmt: skip
        records = [
            _record(rows[rows["way"] == row["way"]], column, str(row["way"])) for row in frame.to_dict("records")
        ]
        heading = t("{journey}: {what} over distance", journey=journey_title(context), what=what)
        blocks.append(Figure(heading, ways(heading, records, measure, what, t("Distance")), _legend(frame)))
    return Section("distance", title, tuple(blocks))


def _record(rows: pd.DataFrame, column: str, name: str) -> Way:
    banded = column == "time_h" and {"low_h", "high_h"} <= set(rows.columns)
    points = [
        Point(
            number_of(row["distance_km"]), number_of(row[column]), short_name(str(row["place_name"])),
            number_of(row["low_h"]) if banded else None, number_of(row["high_h"]) if banded else None,
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return Way(name, tuple(points))


def _reasons(context: Context) -> Section:
    title = t("Why these ways, and why not others")
    frame = context.table("notes", ("kind", "about", "text"))
    if frame is None:
        return Section("why", title, absent=missing("notes"))
    items = tuple(
        (Cell(f"{row['about']}: {row['text']}" if row["kind"] in ("why", "wait", "price") else str(row["text"])),)
        for row in frame.to_dict("records")
    )
    return Section("why", title, (Note("", items=items),))


def _folds(context: Context, key: str, title: str, name: str, table: Callable[[pd.DataFrame, str], Table]) -> Section:
    """A section with a fold for each way, the first open to the eye as a table."""
    frame, rows = context.table("ways", WAYS), context.table(name, ("way",))
    if frame is None or rows is None:
        return Section(key, title, absent=missing(name))
    blocks: list[Block] = []
    for index, row in enumerate(frame.to_dict("records")):
        heading = f"{row['way']} {row['course']}"
        block = table(rows[rows["way"] == row["way"]], heading)
        blocks.append(block if index == 0 else Fold(heading, (block,)))
    return Section(key, title, tuple(blocks))


def _legs(context: Context) -> Section:
    names = place_names(context.dataset)

    def table(rows: pd.DataFrame, heading: str) -> Table:
        shown = rows.assign(
            done=[stretch_name(row) for row in rows.to_dict("records")],
            from_place=[short_name(names.get(str(place), str(place))) for place in rows["from_place"]],
            to_place=[short_name(names.get(str(place), str(place))) for place in rows["to_place"]],
        )
        columns = (
            Column("done", t("What is done")), Column("from_place", t("From")), Column("to_place", t("To")),
            Column("leaves", t("Leaves")), Column("arrives", t("Arrives")), Column("wait_h", t("Waits"), Measure.HOURS),
            Column("expected_wait_h", t("Expected wait"), Measure.HOURS), Column("time_h", t("Time"), Measure.HOURS),
            Column("distance_km", t("Distance"), Measure.KM),
            Column("money_usd", t("Price"), Measure.USD_IN_ALL), Column("co2e_kg", t("Emissions"), Measure.KG_IN_ALL),
        )  # fmt: skip
        note = t("An expected wait is half a headway where only the frequency is known; the time has it in it.")
        return table_of(shown, columns, heading, note=note if (rows["expected_wait_h"] > 0.0).any() else "")

    return _folds(context, "legs", t("Legs"), "stretches", table)


def _prices(context: Context) -> Section:
    names = place_names(context.dataset)

    def table(rows: pd.DataFrame, heading: str) -> Table:
        shown = rows.assign(
            from_place=[short_name(names.get(str(place), str(place))) for place in rows["from_place"]],
            to_place=[short_name(names.get(str(place), str(place))) for place in rows["to_place"]],
        )
        columns = (
            Column("what", t("Line")), Column("from_place", t("From")), Column("to_place", t("To")),
            Column("trace", t("Sum")), Column("currency", t("Currency")), Column("rules", t("Rules")),
            Column("sources", t("Sources")), Column("amount_usd", t("Price"), Measure.USD_IN_ALL),
        )  # fmt: skip
        found = table_of(shown, columns, heading)
        total = number_of(rows["amount_usd"].sum())
        last = (Cell(t("In all")), *(Cell("") for _ in columns[1:-1]), number_cell(total, Measure.USD_IN_ALL))
        return Table(found.caption, found.heads, (*found.rows, last), strong=frozenset([len(found.rows)]))

    return _folds(context, "prices", t("Price lines"), "prices", table)
