"""``koridor operator backup``: everything in one file, while the desk works."""

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
    """Writes the file, whole or not at all. Exit code 0."""
    with shared.opened(args, make=False) as desk:
        from koridor.operator.db.backup import backup

        total = backup(desk.store, args.file)
    sentence(t("Backup: {file}; hash {hash}", file=args.file, hash=total[:12]))
    return 0
