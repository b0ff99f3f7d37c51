"""``koridor route``: the best way from one place to another, leg by leg."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario, place_id
from koridor.cli.output import Column, emit, sentence, table
from koridor.cli.parser import question
from koridor.text import t

if TYPE_CHECKING:
    import pandas as pd

    from koridor.cli.parser import Parser
    from koridor.result import Result

HOURS_A_DAY = 24.0


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("origin", metavar=t("FROM"), help=t("id or name of the place where the way begins"))
    parser.add_argument("destination", metavar=t("TO"), help=t("id or name of the place where it ends"))
    parser.add_argument("--commodity", metavar=t("COMMODITY"), help=t("a commodity of the dataset"))
    parser.add_argument("--form", choices=("box", "bulk"), default="box", help=t("in a box, or outside"))
    parser.add_argument("--modes", metavar=t("MODES"), help=t("only these modes, parted by commas, such as rail,sea"))
    parser.add_argument(
        "--least", choices=("cost", "time", "distance"), default="cost", help=t("what the way has least of")
    )
    question(parser)


def run(args: Namespace) -> int:
    """Prints the way. Exit code 0, also when there is none."""
    from koridor.studies import route

    scenario = load_scenario(args)
    params = route.Params(
        origin=place_id(scenario, args.origin),
        destination=place_id(scenario, args.destination),
        commodity=args.commodity,
        form=args.form,
        modes=tuple(mode.strip() for mode in (args.modes or "").split(",") if mode.strip()),
        least=route.Least(args.least),
    )
    result = route.run(scenario, params)
    if emit(args, result):
        _show(result)
    return 0


def _show(result: Result) -> None:
    """Legs in stretches of one kind, carriage and regime, and the totals."""
    if result.status == "no way":
        sentence(
            t("There is no way: no open links, transfers and services join the two places for these goods and modes.")
        )
        return
    columns = (
        Column(t("What")), Column(t("From")), Column(t("To")), Column(t("By")), Column(t("Regime")),
        Column(t("Distance"), "km"), Column(t("Time"), "h"), Column(t("Price"), "USD/t"), Column(t("Day"), ""),
    )  # fmt: skip
    table(t("The way"), columns, stretches(result.tables["legs"]))
    sentence()
    for row in result.metrics.itertuples(index=False):
        sentence(f"{row.metric}: {row.value:,.1f}")


def stretches(legs: pd.DataFrame) -> list[tuple[str, str, str, str, str, float, float, float, float]]:
    """Legs of one act, carriage and regime in a row as one."""
    moving = legs["act"] == "move"
    label = legs["act"] + "|" + legs["to_carriage"] + "|" + legs["corridor"]
    new = (label != label.shift()) | ~moving
    rows = []
    for _, part in legs.groupby(new.cumsum(), sort=True):
        first, last = part.iloc[0], part.iloc[-1]
        rows.append(
            (
                first["act"], first["from_name"][:28], last["to_name"][:28], last["to_carriage"], last["corridor"],
                float(part["distance_km"].sum()), float(part["time_h"].sum()), float(part["money_usd_per_t"].sum()),
                float(last["sum_time_h"]) / HOURS_A_DAY,
            )
        )  # fmt: skip
    return rows
