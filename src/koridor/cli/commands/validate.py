"""``koridor validate``: published values beside the model's own, worst first."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_dataset
from koridor.cli.output import Column, emit, sentence, table
from koridor.cli.parser import dataset
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.result import Result


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    dataset(parser)


def run(args: Namespace) -> int:
    """Prints the comparison. Exit code 0."""
    from koridor.model.scenario import Scenario
    from koridor.studies import validate

    result = validate.run(Scenario(load_dataset(args.data)))
    if emit(args, result):
        _show(result)
    return 0


def _show(result: Result) -> None:
    """Worst first, the bad ones too, then the counts by kind."""
    found = result.tables["observations"]
    columns = (
        Column(t("What")),
        Column(t("Unit")),
        Column(t("Published"), ""),
        Column(t("Model"), ""),
        Column(t("Difference"), "share"),
        Column(t("Within")),
    )
    rows = [
        (row.name[:56], row.unit, row.observed, row.model, row.difference_share, t("yes") if row.inside else t("NO"))
        for row in found.itertuples(index=False)
    ]
    table(t("Published values against the model, worst first"), columns, rows)
    sentence()
    for row in result.tables["summary"].itertuples(index=False):
        sentence(
            t(
                "{kind}: {inside} of {rows} within tolerance or range, {near} within a factor of two.",
                kind=row.kind,
                inside=row.inside,
                rows=row.rows,
                near=row.within_factor_two,
            )
        )
    missing = found[(found["kind"] == "volume") & ~found["within_factor_two"].astype(bool)]
    if len(missing):
        sentence(
            t(
                "Why volumes differ: captive tonnes and trade outside the flow base are not assigned; see the column `why`."
            )
        )
