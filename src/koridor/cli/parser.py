"""The parser of the command line. Only the module of the command that was called is loaded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import koridor
from koridor.cli.commands import summaries
from koridor.errors import UsageError
from koridor.text import LANGUAGES, t


class Parser(argparse.ArgumentParser):
    """Refuses what it does not know with a UsageError, where argparse would end the process."""

    def __init__(self, *, prog: str, description: str = "") -> None:
        super().__init__(
            prog=prog, description=description, add_help=False, allow_abbrev=False, formatter_class=Formatter
        )
        self._positionals.title = t("Arguments")
        self._optionals.title = t("Options")

    def error(self, message: str) -> NoReturn:
        """Raises UsageError with the message and the way to help."""
        raise UsageError(t("{command}: {message}; see {command} --help", command=self.prog, message=message))


class Formatter(argparse.HelpFormatter):
    """Help in a fixed width, so that it reads the same in a terminal and in a file."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=100)

    def add_usage(self, usage, actions, groups, prefix=None):  # type: ignore[no-untyped-def]
        """The line of use, its first word in the language in force."""
        super().add_usage(usage, actions, groups, t("Usage: ") if prefix is None else prefix)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with `run` of the command that they call. Raises UsageError; SystemExit 0 after help."""
    known = summaries()
    top = Parser(prog="koridor", description=t("Plans and stress-tests linked freight corridors."))
    common(top)
    top.add_argument(
        "--version", action="version", version=f"koridor {koridor.__version__}", help=t("show the version")
    )
    commands = top.add_subparsers(title=t("Commands"), metavar=t("COMMAND"), dest="command", parser_class=Command)
    for name, summary in known.items():
        command = commands.add_parser(name, help=summary)
        command.description = summary
        if name in argv:
            module = module_of(name)
            module.configure(command)
            command.set_defaults(run=module.run)
        common(command)
    args, unknown = top.parse_known_args(argv, argparse.Namespace(json=False, out=None, lang=None))
    if unknown:
        where = "koridor" if args.command is None else f"koridor {args.command}"
        raise UsageError(
            t("{command}: not known: {words}; see {command} --help", command=where, words=" ".join(unknown))
        )
    if args.command is None:
        raise UsageError(t("koridor: name a command: {known}; see koridor --help", known=", ".join(known)))
    return args


def module_of(command: str) -> ModuleType:
    """The module of a command; that of a keyword of Python has an underscore behind it."""
    return import_module(f"koridor.cli.commands.{command}{'_' if iskeyword(command) else ''}")


class Command(Parser):
    """The parser of one command."""

    def __init__(self, *, prog: str) -> None:
        super().__init__(prog=prog)


def common(parser: Parser) -> None:
    """Options that may stand before and after the command."""
    quiet = argparse.SUPPRESS
    parser.add_argument("-h", "--help", action="help", help=t("show this help"))
    parser.add_argument("--json", action="store_true", default=quiet, help=t("print JSON and nothing else"))
    parser.add_argument(
        "--out", metavar=t("FOLDER"), type=Path, default=quiet, help=t("write the result as tables into this folder")
    )
    parser.add_argument(
        "--lang", choices=tuple(LANGUAGES), default=quiet, help=t("language: {known}", known=", ".join(LANGUAGES))
    )


def question(parser: Parser) -> None:
    """Options that make a scenario: dataset, year, patches, single values."""
    dataset(parser)
    parser.add_argument("--year", metavar=t("YEAR"), help=t("a year case of the dataset, such as 2030"))
    parser.add_argument(
        "--patch",
        metavar=t("PATCH"),
        action="append",
        default=[],
        help=t("a patch of the dataset, or a file of edits; may be repeated"),
    )
    parser.add_argument(
        "--set",
        metavar=t("TABLE.KEY.FIELD=VALUE"),
        action="append",
        default=[],
        help=t("set one value, such as interchange.BAKU.joined_h=12; may be repeated"),
    )


def dataset(parser: Parser) -> None:
    """The option that chooses the dataset."""
    parser.add_argument("--data", metavar=t("DATASET"), help=t("a folder of tables or an .xlsx; without it, the atlas"))


def not_negative(text: str) -> float:
    """A finite number from 0."""
    number = float(text)
    if not 0.0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(t("{text} is not a number of at least 0", text=text))
    return number


def at_least_one(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(t("{text} is less than 1", text=text))
    return number
