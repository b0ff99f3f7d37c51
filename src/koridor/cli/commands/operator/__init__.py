"""``koridor operator``: the daily desk. One module a subcommand: `configure` adds its arguments, `run` carries it out.

To add a subcommand, add its module here and its line in `summaries`. A module must load nothing heavy before `run`.
"""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def summaries() -> dict[str, str]:
    """What each subcommand does, in one line, by its name."""
    return {
        "serve": t("answer over HTTP"),
        "demo": t("fill an empty desk with a month of trade on the services of the dataset"),
        "publish": t("put a dataset in force and make departures of its services"),
        "person": t("add a person, and the party where it is new"),
        "backup": t("write everything into one file, while the desk works"),
        "restore": t("fill an empty database from a backup"),
        "check": t("check that counters, bookings, ledger and audit are what they must be"),
        "equipment": t("say where empties will be short, and which moves would mend it"),
        "simulate": t("play the other partner, a railway, a ferry line and a terminal against a desk"),
        "conform": t("try a desk, or a partner's receiver, by scenarios with expected answers"),
        "delay": t("say how long a leg under SMGS may take, and what a late one costs the carrier"),
        "identify": t("say what numbers and codes are, and what is wrong with them"),
        "observe": t("tell the planning side what was observed: times, flows and a patch"),
        "papers": t("draft and check the papers of a consignment"),
    }


def configure(parser: Parser) -> None:
    """Adds a command for each subcommand."""
    from koridor.cli.parser import Command, common

    known = parser.add_subparsers(title=t("Commands"), metavar=t("COMMAND"), dest="task", parser_class=Command)
    for name, summary in summaries().items():
        command = known.add_parser(name, help=summary)
        command.description = summary
        module_of(name).configure(command)
        common(command)


def run(args: Namespace) -> int:
    """Exit code of the subcommand. Raises UsageError where none is named."""
    if args.task is None:
        raise UsageError(t("koridor operator: name a command: {known}", known=", ".join(summaries())))
    code: int = module_of(args.task).run(args)
    return code


def module_of(subcommand: str) -> ModuleType:
    """The module of a subcommand."""
    return import_module(f"koridor.cli.commands.operator.{subcommand}")
