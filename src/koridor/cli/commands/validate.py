"""``koridor validate``: published values beside those of the model, the worst first."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario
from koridor.cli.output import WIDTH, Cell, Column, emit, say_where, sentence, table, with_command
from koridor.cli.parser import question
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    import pandas as pd

    from koridor.cli.parser import Parser
    from koridor.result import Result


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    question(parser)


def run(args: Namespace) -> int:
    """Prints the comparison. Exit code 0: a difference is a result."""
    from koridor.studies import validate

    scenario = load_scenario(args)
    result = with_command(args, validate.run(scenario))
    if emit(args, result):
        found = result.tables["observations"]
        _table(found)
        _bands(found[found["p50"].notna()])
        _reasons(found[~found["inside"]])
        for line in (*_summary(result), _banded(result)):
            sentence(line)
    say_where(args)
    return 0


def _table(found: pd.DataFrame) -> None:
    """All observations; a distance beyond its tolerance is a warning."""
    words = {"distance": t("WARNING")}
    rows: list[list[Cell]] = [
        [
            row["observation_id"],
            row["name"],
            format_number(row["observed"], row["unit"]),
            format_number(row["model"], row["unit"]),
            format_number(row["difference_share"], "share", signed=True),
            "" if row["inside"] else words.get(row["kind"], t("outside")),
        ]
        for row in found.to_dict("records")
    ]
    columns = [
        Column(t("Id")), Column(t("What")), Column(t("Published"), ""), Column(t("Model"), ""),
        Column(t("Differs by"), ""), Column(t("Range")),
    ]  # fmt: skip
    table(t("Published values and those of the model, the worst first"), columns, rows)


def _bands(banded: pd.DataFrame) -> None:
    """Times and prices beside P5, P50 and P95 of the model, in the same order."""
    if banded.empty:
        return
    rows: list[list[Cell]] = [
        [
            row["observation_id"],
            row["name"],
            format_number(row["observed"], row["unit"]),
            format_number(row["p50"], row["unit"]),
            f"{format_number(row['p5'])}–{format_number(row['p95'])}",
            t("yes") if row["in_band"] else t("no"),
        ]
        for row in banded.to_dict("records")
    ]
    heads = [Column(head, "") for head in (t("Published"), "P50", "P5–P95")]
    columns = [Column(t("Id")), Column(t("What")), *heads, Column(t("In the band"))]
    table(t("Times and prices beside the band of the model"), columns, rows)


def _reasons(outside: pd.DataFrame) -> None:
    """Why values lie outside, as far as the data can tell."""
    if outside.empty:
        return
    sentence(t("Why values lie outside, as far as the data can tell"))
    for row in outside.to_dict("records"):
        why = row["why"] or t("the data give no reason")
        sentence(textwrap.fill(f"{row['observation_id']:<5}{why}", WIDTH, subsequent_indent=" " * 5))
    sentence()


def _banded(result: Result) -> str:
    """How many times and prices lie in the band of the model, and what the band holds."""
    summary = result.tables["summary"].set_index("kind")
    counts = {
        str(kind): t("{inside} of {rows}", inside=int(row["in_band"]), rows=int(row["banded"]))
        for kind, row in summary.iterrows()
    }
    nothing = t("none published")
    words = t(
        "Between P5 and P95 of the model: times {time}, prices {cost}. The band of a time holds running, delays and "
        "waits; that of a price holds the ranges of its rates, all wrong together. Distances have no band.",
        **{kind: counts.get(kind, nothing) for kind in ("time", "cost")},
    )
    return textwrap.fill(words, WIDTH)


def _summary(result: Result) -> tuple[str, str]:
    """The counts in two lines."""
    summary = result.tables["summary"].set_index("kind")
    params = result.params
    base = next((kind for kind in summary.index if kind.startswith("volume ")), "")
    counts = summary[["inside", "rows"]].astype(int).itertuples()
    inside = {kind: t("{inside} of {rows}", inside=near, rows=rows) for kind, near, rows in counts}
    nothing = t("none published")
    first = t(
        "Inside tolerance or range: distances {distance}, times {time}, prices {cost}, shares {share}.",
        **{kind: inside.get(kind, nothing) for kind in ("distance", "time", "cost", "share")},
    )
    second = t(
        "Within a factor of {factor}: volumes {volume}; of those of {year}, {base}.",
        factor=f"{params['factor']:g}",
        volume=inside.get("volume", nothing),
        year=base.removeprefix("volume ") or t("the base year"),
        base=inside.get(base, nothing),
    )
    return first, second
