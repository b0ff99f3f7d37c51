"""``koridor validate``: published values beside those of the model, the worst first."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_dataset
from koridor.cli.output import emit
from koridor.cli.parser import dataset

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    dataset(parser)


def run(args: Namespace) -> int:
    """Prints the comparison. Exit code 0."""
    from koridor.model.scenario import Scenario
    from koridor.studies import validate

    result = validate.run(Scenario(load_dataset(args.data)))
    emit(args, result)
    return 0
