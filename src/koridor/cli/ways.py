"""What is printed of the ways of a query by date."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from koridor.cli.output import Cell, Column, sentence, table
from koridor.text import t, tn
from koridor.units import format_number

if TYPE_CHECKING:
    from koridor.model.scenario import Scenario
    from koridor.result import Result

DAY_H = 24.0
_LISTED = ("why", "wait", "why_not", "timetable", "price", "basis")


def show_ways(scenario: Scenario, result: Result, notes: list[str]) -> None:
    """The ways as a table, the legs of the first, and why; without a way, the reasons."""
    for note in notes:
        sentence(note)
    names = dict(scenario.table("place")[["place_id", "name"]].itertuples(index=False))
    journey = " – ".join(names[result.params[key]] for key in ("origin", "destination"))
    if "reasons" in result.tables:
        sentence(t("{journey}: no way.", journey=journey))
        for line in result.tables["reasons"]["text"]:
            sentence(f"  {line}")
        return
    _ways(_title(scenario, journey, result), result)
    first = result.tables["ways"]["way"].iloc[0]
    _stretches(t("{way} in stretches, times by the clock of the place", way=first), result, first)
    frame = result.tables["notes"]
    for kind in _LISTED:
        for row in frame[frame["kind"] == kind].itertuples():
            sentence(f"{row.about}: {row.text}" if kind in ("why", "wait", "price") else str(row.text))
    _end(result)


def _title(scenario: Scenario, journey: str, result: Result) -> str:
    """What was asked; the moment by the clock of the place where it counts, and the name of its zone."""
    from koridor.model.clock import local_text, read_moment, zone_of

    params = result.params
    cargo, backwards = params["cargo"] or params["form"], params["leave"] is None
    zone = zone_of(scenario, params["destination" if backwards else "origin"])
    minute = read_moment(params["arrive_by" if backwards else "leave"], zone).minute
    moment = f"{local_text(minute, zone)} ({zone})"
    if backwards:
        return t("{journey}, {cargo}, there by {moment}", journey=journey, cargo=cargo, moment=moment)
    return t("{journey}, {cargo}, leaving {moment}", journey=journey, cargo=cargo, moment=moment)


def _ways(title: str, result: Result) -> None:
    """The ways; when they leave only where it differs, the chance of being in time only where one was asked for."""
    frame, backwards = result.tables["ways"], result.params["leave"] is None
    late = "on_time_share" in frame
    columns = [Column(t("Way")), Column(t("Course"))]
    columns += [Column(t("Leaves"))] if backwards else []
    columns += [Column(t("Arrives")), Column(t("days"), ""), Column("P50", ""), Column("P80", ""), Column("P95", "")]
    columns += [Column(t("in time"), "share")] if late else []
    columns += [Column("USD", ""), Column(t("kg CO2e"), ""), Column("km", ""), Column(t("Best in"))]
    table(title, columns, [_way(row, backwards=backwards, late=late) for row in frame.to_dict("records")])


def _way(row: dict[Any, Any], *, backwards: bool, late: bool) -> list[Cell]:
    from koridor.report.names import criterion_name

    days: list[Cell] = [_days(row[name]) for name in ("time_h", "p50_h", "p80_h", "p95_h")]
    share: list[Cell] = [float(row["on_time_share"])] if late else []
    leaves: list[Cell] = [str(row["leaves"])[5:]] if backwards else []
    best = ", ".join(criterion_name(one) for one in str(row["best"]).split(";") if one)
    return [
        f"{row['way']}{'' if row['on_front'] else '*'}", str(row["course"]), *leaves, str(row["arrives"])[5:], *days,
        *share, f"{row['money_usd']:.0f}", f"{row['co2e_kg']:.0f}", f"{row['distance_km']:.0f}", best,
    ]  # fmt: skip


def _days(hours: float) -> str:
    return f"{hours / DAY_H:.1f}" if math.isfinite(hours) else "–"


def _stretches(title: str, result: Result, way: str) -> None:
    from koridor.report.maps.network import short_name
    from koridor.report.names import stretch_name

    frame = result.tables["stretches"]
    columns = [
        Column(t("What is done")), Column(t("Where")), Column(t("Leaves")), Column(t("Arrives")),
        Column(t("waits, h"), ""), Column("h", ""), Column("km", ""), Column("USD", ""),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for row in frame[frame["way"] == way].to_dict("records"):
        ends = dict.fromkeys(short_name(str(row[end])) for end in ("from_name", "to_name"))
        km, wait, expected = (float(row[name]) for name in ("distance_km", "wait_h", "expected_wait_h"))
        waits: Cell = f"~{wait + expected:.0f}" if expected else wait or None
        rows.append([
            stretch_name(row), " – ".join(ends), str(row["leaves"])[5:], str(row["arrives"])[5:], waits,
            f"{row['time_h']:.1f}", f"{km:.0f}" if km else None, f"{row['money_usd']:.2f}",
        ])  # fmt: skip
    table(title, columns, rows)


def _end(result: Result) -> None:
    value = dict(zip(result.metrics["metric"], result.metrics["value"], strict=True))
    sentence()
    count = int(value["ways_on_front"])
    sentence(tn("On the front there is {count} way.", "On the front there are {count} ways.", count))
    if result.params["epsilon"]:
        share = format_number(float(result.params["epsilon"]), "share")
        sentence(
            t("It is thinned: for every way there is one on it that has at most {share} more of anything.", share=share)
        )
    if (~result.tables["ways"]["on_front"]).any():
        sentence(t("* beside the front: another course, and some way on the front is no worse in any criterion."))
    if value["incomplete"]:
        sentence(
            t(
                "INCOMPLETE: the limit of labels was reached, so that ways may be missing. "
                "Ask with --epsilon 0.05, or by fewer criteria."
            )
        )
