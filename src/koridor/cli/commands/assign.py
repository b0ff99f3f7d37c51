"""``koridor assign``: which flows take which ways."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario
from koridor.cli.output import emit
from koridor.cli.parser import question
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--capped", action="store_true", help=t("hold the capacities of elements"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints loads at screenlines and on elements. Exit code 0."""
    from koridor.studies import assign

    result = assign.run(load_scenario(args), assign.Params(capped=args.capped))
    emit(args, result)
    return 0
