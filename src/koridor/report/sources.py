"""Citations: which sources a run used, and their addresses."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from koridor.report.blocks import Cell
from koridor.report.frames import DatasetLike

ADDRESS = re.compile(r"https?://[^\s;,<>\"']+")
READ = (
    "place",
    "link",
    "transfer",
    "border",
    "element",
    "corridor",
    "corridor_term",
    "corridor_stop",
    "interchange",
    "service",
    "activity",
    "rate",
    "access",
    "emission_factor",
    "commodity",
    "flow",
)
LONGEST = 240


@dataclass(frozen=True, slots=True)
class Entry:
    """A source, how many rows rest on it, and how it is shown."""

    source_id: str
    kind: str
    rows: int
    cells: tuple[Cell, ...]


def cite(dataset: DatasetLike, source: str) -> Cell:
    """A source named by its id or written out, with its first address."""
    table = dataset.table("source")
    known = table.loc[table["source_id"] == source, "citation"]
    words = str(known.iloc[0]) if len(known) else source
    address = ADDRESS.search(words)
    shown = ADDRESS.sub("", words).strip(" ;,") or (address.group().split("/")[2] if address else words)
    return Cell(textwrap.shorten(shown, 80, placeholder=" …"), link=address.group() if address else "")


def used(dataset: DatasetLike, tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Rows by source over the tables that a run reads; of links only those that carry a flow, where flows are known."""
    counts: dict[str, int] = {}
    flows = tables.get("link_flows")
    for name in READ:
        frame = dataset.table(name)
        if "source" not in frame.columns or frame.empty:
            continue
        if name == "link" and flows is not None and "link_id" in flows.columns:
            frame = frame[frame["link_id"].isin(set(flows["link_id"]))]
        for key, count in frame["source"].dropna().value_counts().items():
            counts[str(key)] = counts.get(str(key), 0) + int(count)
    return counts


def citations(dataset: DatasetLike, counts: Mapping[str, int]) -> list[Entry]:
    """The sources used, most rows first, each citation parted at its addresses."""
    table = dataset.table("source")
    if table.empty:
        return []
    entries = []
    for row in table.to_dict("records"):
        key = str(row["source_id"])
        if key in counts:
            entries.append(Entry(key, str(row.get("kind", "")), counts[key], _cells(str(row["citation"]), key)))
    return sorted(entries, key=lambda entry: (-entry.rows, entry.source_id))


def _cells(citation: str, key: str) -> tuple[Cell, ...]:
    """The key, then every part of the citation, linked where it has an address of the web."""
    cells = [Cell(key)]
    for part in citation.split("; "):
        address = ADDRESS.search(part)
        words = part if len(part) <= LONGEST else part[:LONGEST] + "…"
        cells.append(Cell(words, link=address.group() if address else ""))
    return tuple(cells)
