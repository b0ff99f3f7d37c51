"""``koridor import``: a dataset of files in another format.

To add a format, add a `Format` to `formats`: its arguments, and what reads them.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import document, result_document, sentence
from koridor.cli.parser import Command, common, not_negative
from koridor.errors import UsageError
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is, in one line; what adds its arguments to a parser; what reads it."""

    summary: str
    configure: Callable[[Parser], None]
    read: Callable[[Namespace], Dataset]


def formats() -> dict[str, Format]:
    """The formats by name."""
    return {"tntp": Format(t("road benchmarks: a file of links and a file of trips"), _tntp_arguments, _tntp)}


def configure(parser: Parser) -> None:
    """Adds a command for each format."""
    known = parser.add_subparsers(title=t("Formats"), metavar=t("FORMAT"), dest="format", parser_class=Command)
    for name, form in formats().items():
        command = known.add_parser(name, help=form.summary)
        command.description = form.summary
        form.configure(command)
        common(command)


def run(args: Namespace) -> int:
    """Reads the files and writes the dataset, whole or not at all. Exit code 0."""
    if args.format is None:
        raise UsageError(t("koridor import: name a format: {known}", known=", ".join(formats())))
    if args.out is None:
        raise UsageError(t("koridor import: name the folder of the dataset with --out"))
    dataset = formats()[args.format].read(args)
    dataset.write(args.out, bare=True)
    if args.json:
        from koridor.cli.commands.atlas import contents

        document(result_document(contents(dataset)))
        return 0
    flows = dataset.table("flow")
    sentence(
        t(
            "{name}: {places} places, {links} links and {flows} flows with {tonnes} in all; the dataset is in {folder}",
            name=dataset.name,
            places=len(dataset.table("place")),
            links=len(dataset.table("link")),
            flows=len(flows),
            tonnes=format_number(float(flows["volume_t"].sum()), "t"),
            folder=args.out,
        )
    )
    return 0


def _tntp_arguments(parser: Parser) -> None:
    parser.add_argument("net", metavar=t("LINKS"), type=Path, help=t("the file of links, such as SiouxFalls_net.tntp"))
    parser.add_argument("trips", metavar=t("TRIPS"), type=Path, help=t("the file of trips"))
    parser.add_argument(
        "--toll-weight", metavar=t("NUMBER"), type=not_negative, default=0.0,
        help=t("time units of the file that a unit of toll costs; without it, none"),
    )  # fmt: skip
    parser.add_argument(
        "--distance-weight", metavar=t("NUMBER"), type=not_negative, default=0.0,
        help=t("time units of the file that a unit of length costs; without it, none"),
    )  # fmt: skip


def _tntp(args: Namespace) -> Dataset:
    from koridor.data.sources import tntp

    return tntp.read(args.net, args.trips, tntp.Weights(toll=args.toll_weight, distance=args.distance_weight))
