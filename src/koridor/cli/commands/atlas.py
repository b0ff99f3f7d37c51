"""``koridor atlas``: what is in the built-in dataset, how well it is sourced; or a copy of it to work on."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import Column, emit, rows_of, say_where, sentence, table
from koridor.text import t, tn

if TYPE_CHECKING:
    import pandas as pd

    from koridor.cli.parser import Parser
    from koridor.data.dataset import Dataset
    from koridor.result import Result

KINDS = ("published", "mixed", "derived", "estimate")
CONFIDENCES = ("high", "medium", "low")


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--copy", metavar=t("FOLDER"), type=Path, help=t("copy the tables into a new folder"))
    parser.add_argument("--xlsx", metavar=t("FILE"), type=Path, help=t("copy the tables into a workbook"))


def run(args: Namespace) -> int:
    """Prints what the atlas holds, or copies it. Exit code 0."""
    from koridor import atlas

    dataset = atlas.load()
    if args.copy is not None:
        dataset.write(args.copy)
    if args.xlsx is not None:
        dataset.write_xlsx(args.xlsx)
    copies = [str(target) for target in (args.copy, args.xlsx) if target is not None]
    result = contents(dataset)
    if not emit(args, result):
        return 0
    if copies:
        sentence(
            t(
                "The atlas was copied to {target}; check your edits by: koridor check {first}",
                target=", ".join(copies),
                first=copies[0],
            )
        )
    else:
        show(dataset, result)
    say_where(args)
    return 0


def contents(dataset: Dataset) -> Result:
    """What a dataset holds: rows by table with the evidence behind them, and by country."""
    import pandas as pd

    from koridor.result import METRIC_COLUMNS, Result

    tables = _by_table(dataset)
    filled = tables.dropna()
    total = float(filled["rows"].sum())
    shares = {kind: float(filled[kind].sum()) / total if total else 0.0 for kind in (*KINDS, *CONFIDENCES)}
    metrics = pd.DataFrame(
        [("rows_share", key, value, "share") for key, value in shares.items()], columns=list(METRIC_COLUMNS)
    )
    return Result(
        "contents",
        dataset.hash,
        dataset.name,
        {},
        "done",
        {"contents": tables, "countries": _by_country(dataset)},
        metrics,
    )


def _by_table(dataset: Dataset) -> pd.DataFrame:
    """Rows of every table that has any, by kind of source and by confidence; none for tables that carry no evidence."""
    import pandas as pd

    from koridor.schema import TABLES

    kinds = dataset.table("source").set_index("source_id")["kind"]
    rows = []
    for name, declared in TABLES.items():
        frame = dataset.table(name)
        if frame.empty:
            continue
        counts: dict[str, int | None] = dict.fromkeys((*KINDS, *CONFIDENCES), 0 if declared.evidence else None)
        if declared.evidence:
            counts |= {str(key): int(n) for key, n in frame["source"].map(kinds).value_counts().items()}
            counts |= {str(key): int(n) for key, n in frame["confidence"].value_counts().items()}
        rows.append({"table": name, "rows": len(frame), **counts})
    whole = dict.fromkeys((*KINDS, *CONFIDENCES), "Int64")
    return pd.DataFrame(rows, columns=["table", "rows", *KINDS, *CONFIDENCES]).astype(whole)


def _by_country(dataset: Dataset) -> pd.DataFrame:
    """Places, links that touch the country, and their length, by country; a link over a border counts half in each."""
    import pandas as pd

    places = dataset.table("place").set_index("place_id")["country_id"]
    links = dataset.table("link")
    ends = pd.concat(
        [
            pd.DataFrame({"country_id": links[end].map(places), "km": links["length_km"] / 2, "link": links["link_id"]})
            for end in ("from_place", "to_place")
        ]
    )
    by_country = ends.groupby("country_id")
    frame = dataset.table("country")[["country_id", "name"]]
    ids = frame["country_id"]
    return frame.assign(
        places=ids.map(places.value_counts()).fillna(0).astype(int),
        links=ids.map(by_country["link"].nunique()).fillna(0).astype(int),
        length_km=ids.map(by_country["km"].sum()).fillna(0.0),
    ).sort_values(["places", "country_id"], ascending=[False, True], ignore_index=True)


def show(dataset: Dataset, result: Result) -> None:
    """Prints the contents for people."""
    meta = dataset.meta
    sentence(
        t(
            "{title}; base year {base}, money in USD of {price}",
            title=meta["title"] or dataset.name,
            base=meta["base_year"],
            price=meta["price_year"],
        )
    )
    sentence()
    tables = result.tables["contents"]
    heads = [t("published"), t("mixed"), t("derived"), t("estimate")]
    trust = [t("high"), t("medium"), t("low")]
    columns = [Column(t("table")), Column(t("rows")), *map(Column, heads), *map(Column, trust)]
    table(t("Rows by kind of source and by confidence"), columns, rows_of(tables))
    countries = result.tables["countries"]
    columns = [
        Column(t("id")),
        Column(t("country")),
        Column(t("places")),
        Column(t("links")),
        Column(t("length"), "km"),
    ]
    table(t("By country"), columns, rows_of(countries))
    shares = dict(zip(result.metrics["key"], result.metrics["value"], strict=True))
    sentence(
        t(
            "Of all rows with evidence {published} % are published, {mixed} % published in part, {derived} % worked "
            "out from published figures, {estimate} % estimates.",
            **{kind: f"{100 * shares[kind]:.0f}" for kind in KINDS},
        )
    )
    count = len(dataset.table("source"))
    sentence(tn("{count} source; each row names its own.", "{count} sources; each row names its own.", count))
