"""``koridor operator observe``: what was observed on the way, as tables and a patch that studies can take."""

from __future__ import annotations

import csv
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koridor.cli.commands.operator import desk as shared
from koridor.cli.output import document, sentence
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

TIMES, FLOWS, INCIDENTS, PATCH = "times.csv", "flows.csv", "incidents.csv", "observed.csv"


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)


def run(args: Namespace) -> int:
    """Writes the tables into `--out`, or tells them. Exit code 0."""
    with shared.opened(args, make=False) as desk:
        from koridor.operator.common.actor import SYSTEM
        from koridor.operator.track.observe import EDIT_FIELDS, FLOW_FIELDS, INCIDENT_FIELDS, TIME_FIELDS, observe

        found = desk.look(SYSTEM, observe)
    if args.json:
        told = {"times": found.times, "flows": found.flows, "incidents": found.incidents, "edits": found.edits}
        document({"study": "operator observe", **told})
    elif args.out is None:
        raise UsageError(t("observe: name a folder with --out, or ask for --json"))
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        _write(args.out / TIMES, TIME_FIELDS, found.times)
        _write(args.out / FLOWS, FLOW_FIELDS, found.flows)
        _write(args.out / INCIDENTS, INCIDENT_FIELDS, found.incidents)
        _write(args.out / PATCH, EDIT_FIELDS, found.edits)
    if not args.json:
        counts = {"times": len(found.times), "flows": len(found.flows), "edits": len(found.edits)}
        sentence(t("Observed: {times} times, {flows} flows, {edits} edits; {folder}", folder=args.out, **counts))
        if found.incidents:
            file = args.out / INCIDENTS
            sentence(t("{count} incidents hold now; {file} says until when.", count=len(found.incidents), file=file))
        if found.edits:
            sentence(t("Take the patch with --patch {file}.", file=args.out / PATCH))
    return 0


def _write(file: Path, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
