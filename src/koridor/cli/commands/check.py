"""``koridor check``: every problem of a dataset at once."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_dataset
from koridor.cli.output import document, emit, say_where, sentence
from koridor.errors import DataError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument(
        "dataset", metavar=t("DATASET"), nargs="?", help=t("a folder of tables or an .xlsx; without it, the atlas")
    )


def run(args: Namespace) -> int:
    """Exit code 0 when the dataset has no problem. Raises DataError, or prints it as JSON, when it has."""
    from koridor.cli.commands.atlas import contents

    try:
        dataset = load_dataset(args.dataset)
    except DataError as error:
        if not args.json:
            raise
        document({"study": "check", "status": "problems", "problems": [asdict(problem) for problem in error.problems]})
        return 1
    result = contents(dataset)
    if emit(args, result):
        tables = result.tables["contents"]
        sentence(
            t(
                "{name}: no problems in {tables} tables with {rows} rows; hash {hash}",
                name=dataset.name,
                tables=len(tables),
                rows=int(tables["rows"].sum()),
                hash=dataset.hash[:12],
            )
        )
    say_where(args)
    return 0
