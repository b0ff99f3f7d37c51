"""Projects, hazards, patches and edits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from koridor.data.build import elements as element_module
from koridor.data.build.raw import Raw, number, records

EDIT_COLUMNS = ["patch_id", "table", "key", "field", "op", "value"]
ENDS = {"": "central", "low_": "low", "high_": "high"}


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `project`, `hazard`, `patch` and `edit`."""
    single = pd.concat([raw.own["edits"][EDIT_COLUMNS], _targets(raw), _new_elements(raw)], ignore_index=True)
    return {
        "project": _projects(raw),
        "hazard": _hazards(raw),
        "patch": raw.own["patches"],
        "edit": pd.concat([single, _unions(raw, single)], ignore_index=True),
    }


def _projects(raw: Raw) -> pd.DataFrame:
    frame = raw.facts["projects"].merge(
        raw.own["project_plan"].rename(columns={"status": "state", "note": "own_note"}),
        on="project_id",
        validate="one_to_one",
        how="left",
    )
    return pd.DataFrame(
        {
            "project_id": frame["project_id"],
            "name": frame["name"],
            "country_id": frame["country"].str.split("/").str[0],
            "capex_usd": number(frame["capex_usd"]),
            "status": frame["state"],
            "finish_year": number(frame["finish_year"]),
            "patch_id": frame["patch_id"],
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [
                ". ".join(
                    part for part in (row.country, row.status, row.effect_capacity, row.own_note, row.notes) if part
                )
                for row in records(frame)
            ],
        }
    )


def _hazards(raw: Raw) -> pd.DataFrame:
    """Hazards; rows that add capacity are chances, not hazards, and are left out."""
    frame = raw.facts["risks"].merge(raw.own["hazard_patches"], on=["hazard", "place_or_link"], how="left")
    frame = frame.assign(hazard_id=[f"H{row:02d}" for row in range(1, len(frame) + 1)])
    frame = frame[number(frame["capacity_loss_pct"]) >= 0]
    return pd.DataFrame(
        {
            "hazard_id": frame["hazard_id"],
            "name": frame["hazard"],
            "category": frame["category"],
            "where": frame["place_or_link"],
            "probability_per_yr": number(frame["probability_per_year"]),
            "duration_d": number(frame["duration_days_typical"]),
            "duration_low_d": number(frame["duration_days_low"]),
            "duration_high_d": number(frame["duration_days_high"]).clip(upper=366),
            "capacity_loss_share": number(frame["capacity_loss_pct"]) / 100,
            "patch_id": frame["patch_id"],
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [f"{row.modes}: {row.observed}. {row.note}".strip(". ") for row in records(frame)],
        }
    )


def _targets(raw: Raw) -> pd.DataFrame:
    """Capacities after works: floors under the capacity of the element, in its own unit."""
    elements = element_module.yearly(raw).set_index("element_id")
    rows = []
    for item in records(raw.own["targets"]):
        target, element = elements.loc[item.target_id], elements.loc[item.element_id]
        factor = 1.0
        if target["schema_unit"] != element["schema_unit"]:
            directions = 2 if element["per_direction"] and not target["per_direction"] else 1
            factor = float(target["t_per_unit"]) / float(element["t_per_unit"]) / directions
        for end, name in ENDS.items():
            column = "capacity_" + (name if item.end == "central" else item.end)
            rows.append(
                (
                    item.patch_id,
                    "element",
                    item.element_id,
                    f"capacity_{end}per_yr",
                    "raise_to",
                    f"{target[column] * factor:.0f}",
                )
            )
    return pd.DataFrame(rows, columns=EDIT_COLUMNS)


def _new_elements(raw: Raw) -> pd.DataFrame:
    """Elements of lines that are not built: they come with the patch that opens the line."""
    elements = element_module.yearly(raw).set_index("element_id", drop=False)
    rows = []
    for item in records(raw.own["new_elements"]):
        row = element_module.rows(elements.loc[[item.target_id]]).iloc[0].dropna().to_dict()
        load = {
            "element_id": item.target_id,
            "of": "link",
            "row": item.row,
            "per_t": 1.0,
            "per_teu": raw.value("teu_net_t"),
            "source": row["source"],
            "confidence": row["confidence"],
        }
        row["per_direction"] = "yes" if row["per_direction"] else "no"
        rows.append((item.patch_id, "element", item.target_id, "", "add", _json(row)))
        rows.append((item.patch_id, "element_load", f"{item.target_id}/link/{item.row}", "", "add", _json(load)))
    return pd.DataFrame(rows, columns=EDIT_COLUMNS)


def _unions(raw: Raw, edits: pd.DataFrame) -> pd.DataFrame:
    """Edits of patches that are the sum of others."""
    parts = raw.own["patch_unions"].rename(columns={"patch_id": "union"})
    found = parts.merge(edits, left_on="part", right_on="patch_id", how="left")
    if found["op"].isna().any():
        raise ValueError(f"unions of patches without edits: {sorted(found.loc[found['op'].isna(), 'part'])}")
    return found.assign(patch_id=found["union"])[EDIT_COLUMNS].drop_duplicates()


def _json(row: Mapping[Any, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True)
