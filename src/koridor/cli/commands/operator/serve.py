"""``koridor operator serve``: the desk answers over HTTP."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.output import sentence
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    parser.add_argument("--host", metavar=t("ADDRESS"), default="127.0.0.1", help=t("where to listen; by default here"))
    parser.add_argument("--port", metavar=t("NUMBER"), type=int, default=8000, help=t("port; 0: any that is free"))


def run(args: Namespace) -> int:
    """Serves until it is stopped. Exit code 0."""

    def told(address: str) -> None:
        sentence(t("Listening on {address}; database {database}", address=address, database=shared.shown(args.db)))
        sys.stdout.flush()

    with shared.opened(args) as desk:
        from koridor.operator.api.serve import serve
        from koridor.operator.db.wall import passed_by

        if desk.store.read(passed_by):
            sentence(t("--db: no policy of PostgreSQL binds a superuser; connect as a role that is none."))
        serve(desk, args.host, args.port, told)
    return 0
