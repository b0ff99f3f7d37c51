"""Outlooks of demand, ranges for the tornado, and the ready cases of studies, all as patches."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pandas as pd

from koridor.data.build.raw import Raw

VOLUMES = ("volume_t", "volume_low_t", "volume_high_t")
ENDS = ("low", "high")
HOMES = {
    "corridor_term": "corridors",
    "interchange": "corridors",
    "rate": "terms",
    "activity": "terms",
    "service": "services",
    "border": "borders",
    "transfer": "transfers",
    "element": "elements",
}


def tables(raw: Raw, own: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables `patch`, `edit` and `case`. `own` holds the tables of demand."""
    ranges = raw.own["ranges"]
    return {
        "patch": pd.concat([_outlook_patches(raw), _range_patches(ranges)], ignore_index=True),
        "edit": pd.concat([_outlook_edits(raw, own["flow"]), _range_edits(raw, ranges, own)], ignore_index=True),
        "case": pd.concat([raw.own["cases"], _range_cases(ranges)], ignore_index=True),
    }


def _outlook_patches(raw: Raw) -> pd.DataFrame:
    return raw.own["outlooks"].drop(columns="column").assign(kind="outlook")


def _outlook_edits(raw: Raw, flow: pd.DataFrame) -> pd.DataFrame:
    """Factors by pair, and multipliers by commodity on top of them; both only where there are flows.

    A pair without a row of its own takes the default row. The bounds of the tonnes move with them.
    """
    growth = raw.facts["growth_2030"].set_index(["origin", "destination", "commodity"])
    edits: list[tuple[str, str, str, str, str, str]] = []
    for outlook in raw.own["outlooks"].to_dict("records"):
        factor = growth[outlook["column"]]
        scale: dict[str, str] = {}
        for origin, destination in sorted(set(zip(flow["origin"], flow["destination"], strict=True))):
            key = (origin, destination, "*")
            scale[f"{origin}/{destination}"] = factor[key if key in factor.index else ("*", "*", "*")]
        for commodity in sorted(set(flow["commodity_id"])):
            if ("*", "*", commodity) in factor.index:
                scale[f"*/*/{commodity}"] = factor["*", "*", commodity]
        patch = str(outlook["patch_id"])
        edits += [(patch, "flow", key, field, "scale", value) for key, value in scale.items() for field in VOLUMES]
    return _edits(edits)


def _range_patches(ranges: pd.DataFrame) -> pd.DataFrame:
    first = ranges.drop_duplicates("factor")
    ends = [
        pd.DataFrame(
            {
                "patch_id": f"range_{end}_" + first["factor"],
                "name": first["name"] + f", {end} end",
                "kind": "range",
                "source": first["source"],
                "confidence": first["confidence"],
                "note": "",
            }
        )
        for end in ENDS
    ]
    return pd.concat(ends, ignore_index=True)


def _range_edits(raw: Raw, ranges: pd.DataFrame, own: dict[str, pd.DataFrame]) -> pd.DataFrame:
    edits: list[tuple[str, str, str, str, str, str]] = []
    for row in ranges.to_dict("records"):
        for key in _keys(raw, row, own):
            for end in ENDS:
                patch = f"range_{end}_{row['factor']}"
                edits.append((patch, row["table"], key, row["field"], row["op"], row[end]))
    return _edits(edits)


def _keys(raw: Raw, row: Mapping[Hashable, Any], own: dict[str, pd.DataFrame]) -> list[str]:
    """The key as written, or the keys of all rows with the value named in `where` and something in the field."""
    if not row["where"]:
        return [row["key"]]
    column, value = row["where"].split("=")
    frame = _table(raw, row["table"], own)
    filled = frame[row["field"]].notna() & (frame[row["field"]].astype(str) != "")
    return sorted(frame.loc[(frame[column] == value) & filled].iloc[:, 0].astype(str))


def _table(raw: Raw, name: str, own: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A table of demand, or of the module that builds it. Its first column is its key."""
    if name in own:
        return own[name]
    module = f"koridor.data.build.{HOMES[name]}"
    if find_spec(module) is None:
        raise ValueError(f"no module builds {name}")
    frame: pd.DataFrame = import_module(module).tables(raw)[name]
    return frame


def _range_cases(ranges: pd.DataFrame) -> pd.DataFrame:
    first = ranges.drop_duplicates("factor")
    ends = [
        pd.DataFrame(
            {
                "case_id": first["factor"] + f"_{end}",
                "kind": f"range_{end}",
                "factor": first["factor"],
                "name": first["name"] + f", {end} end",
                "patches": f"range_{end}_" + first["factor"],
                "source": first["source"],
                "confidence": first["confidence"],
                "note": "",
            }
        )
        for end in ENDS
    ]
    return pd.concat(ends, ignore_index=True)


def _edits(rows: list[tuple[str, str, str, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["patch_id", "table", "key", "field", "op", "value"])
