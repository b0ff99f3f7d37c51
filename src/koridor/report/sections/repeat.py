"""Sources that were used, and how to repeat the run."""

from __future__ import annotations

from collections.abc import Mapping

from koridor.report.blocks import Block, Cell, Fold, Head, Note, Section, Table
from koridor.report.context import Context
from koridor.report.frames import texts
from koridor.report.measure import Measure, figure
from koridor.report.names import kind_name
from koridor.report.sources import citations, used
from koridor.text import t

KEY = "sources"
KINDS = ("published", "mixed", "derived", "estimate")


def section(context: Context, version: str) -> Section:
    blocks: list[Block] = [_repeat(context, version), *_sources(context)]
    return Section(KEY, t("Sources, and how to repeat the run"), tuple(blocks))


def command(context: Context) -> str:
    """The command line that gives this result."""
    params = context.result.params
    given = params.get("command")
    if isinstance(given, str) and given:
        return given
    words = ["koridor", "link"]
    for key in ("a", "b", "year"):
        value = params.get(key)
        if value not in (None, "", [], ()):
            words += [f"--{key}", ",".join(texts(value)) if not isinstance(value, int | float) else f"{value:g}"]
    return " ".join(words)


def _repeat(context: Context, version: str) -> Table:
    rows = [
        (t("Command"), command(context)),
        (t("Dataset"), context.dataset.name),
        (t("Dataset, hash of its content"), context.dataset.hash),
        (t("Scenario, hash"), str(getattr(context.result, "scenario", ""))),
        (t("Version of koridor"), version),
        (t("Status of the solver"), str(getattr(context.result, "status", ""))),
    ]
    rows += [(key, _value(value)) for key, value in sorted(context.result.params.items()) if key != "command"]
    cells = tuple((Cell(name), Cell(value)) for name, value in rows if value)
    note = t("The same dataset, parameters and version give the same numbers.")
    return Table(t("How to repeat this run"), (Head(t("What")), Head(t("Value"))), cells, note)


def _value(value: object) -> str:
    """A parameter as people write it; empty where it says nothing."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {_value(part)}" for key, part in value.items())
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)


def _sources(context: Context) -> list[Block]:
    found = citations(context.dataset, used(context.dataset, context.result.tables))
    if not found:
        return [Note(t("The dataset names no sources for the rows that were used."), "warn")]
    rows = sum(entry.rows for entry in found)
    words = t(
        "{count} sources stand behind the {rows} rows that this run read: ",
        count=figure(len(found), Measure.COUNT),
        rows=figure(rows, Measure.COUNT),
    )
    parts = []
    folds: list[Block] = []
    for kind in sorted({entry.kind for entry in found}, key=_rank):
        chosen = [entry for entry in found if entry.kind == kind]
        counts = figure(len(chosen), Measure.COUNT), figure(sum(entry.rows for entry in chosen), Measure.COUNT)
        parts.append(
            t("{kind} {sources} sources ({rows} rows)", kind=kind_name(kind), sources=counts[0], rows=counts[1])
        )
        cells = tuple(entry.cells for entry in chosen)
        folds.append(Fold(t("Sources: {kind}", kind=kind_name(kind)), (Note("", items=cells),)))
    return [Note(words + "; ".join(parts) + "."), *folds]


def _rank(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)
