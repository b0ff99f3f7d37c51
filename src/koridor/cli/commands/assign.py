"""``koridor assign``: which flows take which ways."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario
from koridor.cli.output import Column, emit, sentence, table
from koridor.cli.parser import question
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.result import Result


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--capped", action="store_true", help=t("hold the capacities of elements"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints loads at screenlines and on elements. Exit code 0."""
    from koridor.studies import assign

    result = assign.run(load_scenario(args), assign.Params(capped=args.capped))
    if emit(args, result):
        _show(result)
    return 0


def _show(result: Result) -> None:
    """Screenlines, what binds, and the totals with the gap."""
    lines = result.tables["screenlines"]
    rows = [(row.screenline_id, row.direction, row.t, row.teu) for row in lines.itertuples(index=False)]
    table(
        t("Traffic over screenlines, a year"),
        (Column(t("Screenline")), Column(t("Direction")), Column(t("Goods"), "t"), Column(t("Boxes"), "TEU")),
        rows,
    )
    elements = result.tables["elements"]
    tight = elements[elements["queue_h"] > 0.0]
    if len(tight):
        sentence()
        table(
            t("What binds"),
            (
                Column(t("Element")), Column(t("Direction")), Column(t("Unit")), Column(t("Capacity"), "/yr"),
                Column(t("Load"), "/yr"), Column(t("Queue"), "h"),
            ),
            [
                (r.element_id, r.direction, r.unit, r.capacity_per_yr, r.background_per_yr + r.load_per_yr, r.queue_h)
                for r in tight.itertuples(index=False)
            ],
        )  # fmt: skip
    value = result.metrics[result.metrics["key"] == ""].set_index("metric")["value"]
    sentence()
    sentence(
        t(
            "Assigned {assigned} Mt a year, not carried {unserved} Mt; users' cost {cost} MUSD a year; gap {gap} USD.",
            assigned=f"{value['assigned_t'] / 1e6:,.1f}",
            unserved=f"{value['unserved_t'] / 1e6:,.3f}",
            cost=f"{value['users_usd'] / 1e6:,.0f}",
            gap=f"{max(value['gap_usd'], 0.0):,.2f}",
        )
    )
