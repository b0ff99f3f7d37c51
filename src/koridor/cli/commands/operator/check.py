"""``koridor operator check``: counters, bookings, ledger and audit are what they must be."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.output import document, sentence
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)


def run(args: Namespace) -> int:
    """Exit code 0 when all holds, 1 when something does not."""
    with shared.opened(args, make=False) as desk:
        from koridor.operator import check

        found = desk.store.read(check.problems)
    if args.json:
        document({"study": "operator check", "status": "problems" if found else "ok", "problems": found})
    else:
        for line in found or [t("Everything holds.")]:
            sentence(line)
    return 1 if found else 0
