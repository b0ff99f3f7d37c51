"""A result of the route study as one HTML file that opens offline: the way, its diagrams, its map."""

from __future__ import annotations

from pathlib import Path

import koridor
from koridor.report.blocks import Block, Cell, Figure, Head, Key, Note, Section, Table, Tile, number_cell
from koridor.report.context import Context, context_of, missing
from koridor.report.frames import DatasetLike, ResultLike, number_of
from koridor.report.html import page, save
from koridor.report.maps.course import course_map
from koridor.report.maps.network import place_names, short_name
from koridor.report.measure import Measure, quantity, unit_name
from koridor.report.names import mode_name, stretch_name
from koridor.report.palette import MODES
from koridor.report.sections import repeat
from koridor.report.sections.distance import figure_of
from koridor.text import t

STRETCHES = ("act", "from_place", "to_place", "time_h", "sum_time_h")
MIN_WIDTH = 760


def build_route_page(result: ResultLike, dataset: DatasetLike, path: str | Path) -> Path:
    """The path of the file written: the way that was found as a self-contained page."""
    context = context_of(result, dataset)
    text = page(journey_title(context), t("Dataset “{dataset}”", dataset=dataset.name), _sections(context))
    return save(text, path)


def journey_title(context: Context) -> str:
    """Both ends of what was asked."""
    names = place_names(context.dataset)
    ends = (str(context.result.params[key]) for key in ("origin", "destination"))
    return " – ".join(short_name(names.get(end, end)) for end in ends)


def _sections(context: Context) -> list[Section]:
    return [_way(context), _diagrams(context), _map(context), repeat.section(context, koridor.__version__)]


def _boxed(context: Context) -> bool:
    return "money_usd_per_teu" in context.result.tables["stretches"].columns


def _way(context: Context) -> Section:
    title = t("The way")
    frame = context.table("stretches", STRETCHES)
    if frame is None:
        return Section("way", title, absent=missing("stretches"))
    names = place_names(context.dataset)
    money, measure = ("teu", Measure.USD_PER_TEU) if _boxed(context) else ("t", Measure.USD_PER_T)
    heads = (
        Head(t("What is done")),
        Head(t("From")),
        Head(t("To")),
        Head(t("Corridor")),
        Head(t("Distance"), unit_name(Measure.KM), True),
        Head(t("Time"), unit_name(Measure.HOURS), True),
        Head(t("Price"), unit_name(measure), True),
        Head(t("Time so far"), unit_name(Measure.DAYS), True),
        Head(t("Price so far"), unit_name(measure), True),
    )
    rows = tuple(
        (
            Cell(stretch_name(row)),
            *(Cell(names.get(str(row[end]), str(row[end]))) for end in ("from_place", "to_place")),
            Cell(str(row["corridor"])),
            number_cell(number_of(row["distance_km"]), Measure.KM),
            number_cell(number_of(row["time_h"]), Measure.HOURS),
            number_cell(number_of(row[f"money_usd_per_{money}"]), measure),
            number_cell(number_of(row["sum_time_h"]), Measure.DAYS),
            number_cell(number_of(row[f"sum_money_usd_per_{money}"]), measure),
        )
        for row in frame.to_dict("records")
    )
    return Section("way", title, (_tiles(context, money, measure), Table(t("The way in stretches"), heads, rows)))


def _tiles(context: Context, money: str, measure: Measure) -> tuple[Tile, ...]:
    rows = context.result.metrics  # type: ignore[attr-defined]
    value = dict(zip(rows["metric"], rows["value"], strict=True))
    return (
        Tile(t("Distance"), quantity(value["distance_km"], Measure.KM)),
        Tile(t("Time"), quantity(value["time_h"], Measure.DAYS), quantity(value["time_h"], Measure.HOURS)),
        Tile(t("Price"), quantity(value[f"money_usd_per_{money}"], measure)),
        Tile(t("Price and value of time"), quantity(value[f"cost_usd_per_{money}"], measure)),
    )


def _diagrams(context: Context) -> Section:
    title = t("Time-distance and cost-distance diagrams")
    frame = context.table("ways", ("way", "name", "seq", "place_name", "distance_km", "time_h", "cost_usd_per_teu"))
    if frame is None:
        return Section("distance", title, absent=missing("ways"))
    measure = Measure.USD_PER_TEU if _boxed(context) else Measure.USD_PER_T
    heading = journey_title(context)
    blocks: list[Block] = [
        Note(
            t(
                "After UNESCAP: a slope is a leg, a vertical step the time or cost lost at a border, port or terminal. "
                "Door to door."
            )
        ),
        figure_of(heading, frame, "time_h", Measure.DAYS, t("Time")),
        figure_of(heading, frame, "cost_usd_per_teu", measure, t("Cost")),
    ]
    return Section("distance", title, tuple(blocks))


def _map(context: Context) -> Section:
    title = t("Map of the way")
    drawn = course_map(context.dataset, context.result.tables["legs"], title)
    if drawn is None:
        return Section("map", title, absent=t("Absent: the dataset has no link with coordinates at both ends."))
    legend = tuple(Key(colour, mode_name(mode), shape="line") for mode, colour in MODES.items())
    note = t("Land and frontiers: Natural Earth (public domain), by who controls an area in fact; no claim is judged.")
    return Section("map", title, (Figure(title, drawn, legend, note, min_width=MIN_WIDTH),))
