"""``koridor route``: the best way from one place to another, leg by leg."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario, place_id
from koridor.cli.output import emit
from koridor.cli.parser import question
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("origin", metavar=t("FROM"), help=t("id or name of the place where the way begins"))
    parser.add_argument("destination", metavar=t("TO"), help=t("id or name of the place where it ends"))
    parser.add_argument("--commodity", metavar=t("COMMODITY"), help=t("a commodity of the dataset"))
    parser.add_argument("--form", choices=("box", "bulk"), default="box", help=t("in a box, or outside"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints the way. Exit code 0."""
    from koridor.studies import route

    scenario = load_scenario(args)
    params = route.Params(
        origin=place_id(scenario, args.origin),
        destination=place_id(scenario, args.destination),
        commodity=args.commodity,
        form=args.form,
    )
    result = route.run(scenario, params)
    emit(args, result)
    return 0
