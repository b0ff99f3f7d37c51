"""``koridor assign``: which flows take which ways."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from koridor.cli.inputs import load_scenario
from koridor.cli.output import Cell, Column, emit, say_where, sentence, table, with_command
from koridor.cli.parser import question
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.result import Result

MILLION, THOUSAND = 1e6, 1e3


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--capped", action="store_true", help=t("hold the capacities of elements"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints totals, traffic at screenlines beside counts, and what binds. Exit code 0."""
    from koridor.studies import assign
    from koridor.studies.counts import beside_counts

    scenario = load_scenario(args)
    found = assign.run(scenario, assign.Params(capped=args.capped))
    counts = beside_counts(scenario, found.tables["screenlines"])
    result = with_command(args, replace(found, tables={**found.tables, "counts": counts}))
    if emit(args, result):
        _screenlines(result)
        _binding(result)
        _totals(result)
    say_where(args)
    return 0


def _screenlines(result: Result) -> None:
    """Both directions of every screenline, and single directions where only these were counted; busiest first."""
    frame = result.tables["counts"]
    if frame.empty:
        return
    counted = frame["count_t"].notna() | frame["count_teu"].notna()
    shown = frame[counted | (frame["direction"] == "both")]
    rows: list[list[Cell]] = [
        [
            row["name"] if row["direction"] == "both" else f"{row['name']}, {row['direction']}",
            row["t"] / MILLION, row["count_t"] / MILLION, row["teu"] / THOUSAND, row["count_teu"] / THOUSAND,
        ]
        for row in shown.sort_values(["t", "screenline_id"], ascending=[False, True]).to_dict("records")
    ]  # fmt: skip
    heads = (t("Mt"), t("Mt counted"), t("kTEU"), t("kTEU counted"))
    columns = [Column(t("Screenline")), *(Column(head, "") for head in heads)]
    table(t("Traffic over screenlines a year, beside counts of the nearest year"), columns, rows)


def _binding(result: Result) -> None:
    """Elements at their capacity; where capacities are not held, nothing binds."""
    frame = result.tables["elements"]
    tight = frame[frame["queue_h"] > 0.0].sort_values(["rent_usd", "element_id"], ascending=[False, True])
    if not result.params["capped"]:
        sentence(t("Capacities are not held; --capped holds them."))
        return
    if tight.empty:
        sentence(t("No capacity binds."))
        return
    rows: list[list[Cell]] = [
        [
            str(row["name"]), _direction(row), str(row["unit"]), row["capacity_per_yr"],
            row["background_per_yr"], row["load_per_yr"], row["queue_h"], row["rent_usd"] / MILLION,
        ]
        for row in tight.to_dict("records")
    ]  # fmt: skip
    heads = (t("capacity/yr"), t("other/yr"), t("model/yr"), t("queue, h"), t("rent, MUSD"))
    columns = [Column(t("Element")), Column(t("Direction")), Column(t("Unit")), *(Column(head, "") for head in heads)]
    table(t("What binds, the dearest first"), columns, rows)


def _direction(row: dict[Hashable, Any]) -> str:
    """The direction of a row of an element that has two capacities."""
    if not row["per_direction"]:
        return ""
    return t("forward") if row["direction"] == "forward" else t("backward")


def _totals(result: Result) -> None:
    metrics = result.metrics[result.metrics["key"] == ""]
    value = dict(zip(metrics["metric"], metrics["value"], strict=True))
    gap = max(float(value["gap_usd"]), 0.0)
    sentence(
        t(
            "Carried {carried} a year, not carried {lost}; users' cost {cost}, of it scarcity rents {rents}.",
            carried=format_number(value["assigned_t"], "t"),
            lost=format_number(value["unserved_t"], "t"),
            cost=format_number(value["users_usd"], "usd"),
            rents=format_number(value["rents_usd"], "usd"),
        )
    )
    sentence(
        t(
            "Gap of the solver {gap}, {share} of users' cost, after {rounds} rounds.",
            gap=format_number(gap, "usd"),
            share=f"{100.0 * max(float(value['gap_share']), 0.0):.2g} %",
            rounds=int(value["rounds"]),
        )
    )
