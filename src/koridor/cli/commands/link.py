"""``koridor link``: what it is worth to link two sets of corridors, where and for whom."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import case_cache, listed, load_scenario
from koridor.cli.output import emit, say_where, sentence, with_command
from koridor.cli.parser import at_least_one, question
from koridor.cli.progress import progress
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

REPORT = "report.html"


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    sets = t("axes or corridors of set {name}, parted by commas; without it, as the dataset says")
    parser.add_argument("--a", metavar=t("CORRIDORS"), help=sets.format(name="A"))
    parser.add_argument("--b", metavar=t("CORRIDORS"), help=sets.format(name="B"))
    parser.add_argument("--processes", metavar=t("NUMBER"), type=at_least_one, help=t("how many processes to use"))
    parser.add_argument("--quick", action="store_true", help=t("the central value alone, without its range"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints the headline and, with `--out`, writes the tables and the report. Exit code 0."""
    from koridor.experiments import linking
    from koridor.report.terminal import headline_text

    scenario = load_scenario(args)
    params = linking.Params(a=listed(args.a), b=listed(args.b), quick=args.quick)
    with progress(silent=args.json) as show:
        found = linking.run(scenario, params, processes=args.processes, cache=case_cache(), progress=show)
    result = with_command(args, found)
    if emit(args, result):
        sentence(headline_text(result))
        if args.quick:
            sentence()
            sentence(t("The value of linking is never shown without its range: without --quick both are computed."))
    written = None
    if args.out is not None:
        from koridor.report.html import build_report

        written = build_report(result, scenario.dataset, args.out / REPORT)
    say_where(args, written)
    return 0
