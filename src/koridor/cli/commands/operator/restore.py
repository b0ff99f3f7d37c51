"""``koridor operator restore``: an empty database is filled from a backup."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.output import sentence
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    parser.add_argument("file", metavar=t("FILE"), type=Path, help=t("the backup"))


def run(args: Namespace) -> int:
    """Restores, whole or not at all. Exit code 0."""
    with shared.opened(args, empty=True) as desk:
        from koridor.operator.db.backup import restore

        total = restore(desk.store, args.file, desk.clock())
    sentence(t("Restored into {database}; hash {hash}", database=shared.shown(args.db), hash=total[:12]))
    return 0
