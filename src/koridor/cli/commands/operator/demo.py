"""``koridor operator demo``: an empty desk is filled with a month of trade."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.inputs import load_dataset
from koridor.cli.output import document, sentence
from koridor.cli.parser import dataset
from koridor.cli.progress import progress
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    dataset(parser)
    parser.add_argument(
        "--month", metavar=t("FILE"), type=Path, help=t("what happens, as TOML; without it, a month on the atlas")
    )


def run(args: Namespace) -> int:
    """Fills the desk and says who may log in. Exit code 0."""
    with shared.opened(args) as desk:
        from koridor.operator.demo.month import fill
        from koridor.operator.demo.plan import read

        plan, chosen = read(args.month), load_dataset(args.data)
        with progress(silent=args.json) as show:
            found = fill(desk, chosen, plan, show)
    if args.json:
        document({"study": "operator demo", **found})
        return 0
    database, logins = shared.shown(args.db), ", ".join(found["logins"])
    sentence(t("The desk {database} holds a month of trade:", database=database))
    for name, count in found["counts"].items():
        sentence(f"  {name}: {count}")
    sentence(t("Log in as one of {logins} with the password {password}.", logins=logins, password=found["password"]))
    sentence(t("Next: koridor operator serve --db {database}", database=database))
    return 0
