"""From texts that say where a row comes from to the `source` table and its ids."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pandas as pd

ESTIMATE = re.compile(
    r"general knowledge|assumption|estimate|assumed|pilot|planning value|default by kind|not on any page", re.IGNORECASE
)
FACTS = re.compile(
    r"\bfacts\b|\w+\.(csv|txt)\b|README-\w+|\b[BELPST]\d{2,4}\b"
)  # another row of the fact base, founded as that row is
ADDRESS = re.compile(r"https?://")
DERIVED = re.compile(r"derived", re.IGNORECASE)
NAMED = re.compile(
    r"https?://|\b(19|20)\d\d\b|[a-z0-9-]+\.(com|org|az|by|ru|kz|ge|tr|ir|net|info|am|eu|uk)\b", re.IGNORECASE
)


def kind_of(citation: str) -> str:
    """How a row with this source is founded: published, mixed, derived or estimate.

    A text that names general knowledge or an assumption and nothing else is an estimate; beside a publication it makes
    the row mixed. `derived` means simple arithmetic on a published figure; a derived allocation is an estimate.
    """
    estimate = ESTIMATE.search(citation) is not None
    named = NAMED.search(ESTIMATE.sub("", citation)) is not None
    if "derived allocation (assumption)" in citation:
        return "estimate"
    if DERIVED.search(citation):
        return "derived"
    if estimate:
        return "mixed" if named else "estimate"
    return "mixed" if FACTS.search(citation) and not ADDRESS.search(citation) else "published"


def with_ids(tables: Mapping[str, pd.DataFrame], licences: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The tables with source ids in place of source texts, and the `source` table itself.

    Ids follow the sorted texts, so they depend on nothing but the texts. `licences` maps a part of a citation to the
    terms of use of its data.
    """
    added = _added_rows(tables.get("edit", pd.DataFrame(columns=["op", "value"])))
    named = {text for frame in tables.values() if "source" in frame for text in frame["source"].dropna()}
    texts = sorted(named | {row["source"] for row in added.values() if "source" in row})
    ids = {text: f"S{number:04d}" for number, text in enumerate(texts, 1)}
    rows = [
        {"source_id": ids[text], "citation": text, "kind": kind_of(text), "licence": _licence(text, licences)}
        for text in texts
    ]
    result = {
        name: frame.assign(source=frame["source"].map(ids)) if "source" in frame else frame
        for name, frame in tables.items()
    }
    if added:
        values = {
            index: json.dumps(
                {**row, **({"source": ids[row["source"]]} if "source" in row else {})},
                ensure_ascii=False,
                sort_keys=True,
            )
            for index, row in added.items()
        }
        edits = result["edit"]
        result["edit"] = edits.assign(value=pd.Series(values).reindex(edits.index).fillna(edits["value"]))
    return {**result, "source": pd.DataFrame(rows)}


def _added_rows(edits: pd.DataFrame) -> dict[int, dict[str, str]]:
    """Rows that patches add, by the index of their edit: they name sources too."""
    added = edits[edits["op"] == "add"]
    return {
        index: json.loads(value) for index, value in zip(added.index.tolist(), added["value"].tolist(), strict=True)
    }


def _licence(citation: str, licences: Mapping[str, str]) -> str:
    found = [terms for part, terms in licences.items() if part in citation]
    return "; ".join(dict.fromkeys(found))
