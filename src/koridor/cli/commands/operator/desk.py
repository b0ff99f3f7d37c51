"""What the subcommands on a desk share: the database, the policy, and opening the desk only where its packages are."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.common.desk import Desk

FILE = "desk.db"


def arguments(parser: Parser) -> None:
    """Adds the options that say which desk is meant."""
    parser.add_argument(
        "--db",
        metavar=t("DATABASE"),
        default=FILE,
        help=t("a file of SQLite, or postgresql://user@host/name; by default {file}", file=FILE),
    )
    parser.add_argument("--policy", metavar=t("FILE"), type=Path, help=t("limits and terms of the desk, as TOML"))


@contextmanager
def opened(args: Namespace, *, empty: bool = False, make: bool = True) -> Iterator[Desk]:
    """The desk; with `empty`, its database as it is, without a schema; without `make`, only one that is there.

    Raises UsageError where packages are missing or the database cannot be opened.
    """
    try:
        from koridor.operator.common import policy
        from koridor.operator.setup import open_desk, open_store
    except ModuleNotFoundError as error:
        raise UsageError(
            t("The operator needs the package {name}: pip install 'koridor[operator]'", name=error.name)
        ) from error
    limits = policy.load(args.policy)
    with open_store(args.db, limits) if empty else open_desk(args.db, limits, make=make) as desk:
        yield desk


def shown(where: str) -> str:
    """A database without the password that its URL may hold."""
    head, at, tail = where.rpartition("@")
    return f"{head.partition('://')[0]}://...@{tail}" if at and "://" in head else where
