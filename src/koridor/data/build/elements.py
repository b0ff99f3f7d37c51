"""What has a capacity, how much it carries already, and which rows use it.

Capacities of the fact base are for a day or week and a direction, or for a year and both; here all are for a year.
Rows that are targets are no capacities: they become edits of patches (see `plan`).
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from koridor.data.build.raw import Raw, number, pairs, records
from koridor.data.build.sources import ADDRESS

# unit of the fact base: unit of the schema, the parameter that makes a year of it, capacity of each direction
UNITS = {
    "trains/day/dir": ("train", "days_per_yr", True),
    "trucks/day/dir": ("truck", "days_per_yr", True),
    "sailings/wk": ("sailing", "weeks_per_yr", True),
    "t/yr": ("t", "", False),
    "TEU/yr": ("teu", "", False),
}
TABLES_OF = {"B": "border", "L": "link", "T": "transfer"}
AS_OTHER = re.compile(r"as (E\w+)")  # a source that points to an element above
KINDS_BY_LINK = ("link", "ferry")


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `element` and `element_load`."""
    facts = yearly(raw)
    facts = facts[(facts["is_target"] != "yes") & ~facts["element_id"].isin(raw.own["element_drops"]["element_id"])]
    yards = _yards(raw, facts)
    return {
        "element": pd.concat([rows(facts), yards], ignore_index=True),
        "element_load": pd.concat([_loads(raw, facts), _yard_loads(raw)], ignore_index=True),
    }


def yearly(raw: Raw) -> pd.DataFrame:
    """Elements of the fact base with unit, direction and yearly numbers of capacity and preload."""
    frame = raw.facts["elements"].copy()
    unknown = sorted(set(frame["unit"]) - set(UNITS))
    if unknown:
        raise ValueError(f"unknown units of elements: {unknown}")
    factor = frame["unit"].map({unit: raw.value(name) if name else 1.0 for unit, (_, name, _) in UNITS.items()})
    for part in ("capacity", "preload"):
        for end in ("low", "central", "high"):
            frame[f"{part}_{end}"] = (number(frame[f"{part}_{end}"]) * factor).round(3)
    frame["schema_unit"] = frame["unit"].map({unit: values[0] for unit, values in UNITS.items()})
    one_way_boxes = (frame["unit"] == "TEU/yr") & frame["kind"].isin(KINDS_BY_LINK)
    frame["per_direction"] = frame["unit"].map({unit: values[2] for unit, values in UNITS.items()}) | one_way_boxes
    frame["country"] = [_country(raw, row.ref) for row in records(frame)]
    frame["source"] = _in_full(frame)
    return frame


def _in_full(frame: pd.DataFrame) -> list[str]:
    """Sources, with those written out that only say `same` (as the last address before) or `as` another one."""
    full: dict[str, str] = {}
    before = ""
    for row in records(frame):
        other = AS_OTHER.match(row.source)
        said = full[other[1]] if other else before if row.source.startswith("same") else ""
        full[row.element_id] = f"{said}; {row.source}".removeprefix("; ")
        before = full[row.element_id] if ADDRESS.search(row.source) or said else before
    return list(full.values())


def _country(raw: Raw, ref: str) -> str:
    """The country in which the element lies, that would earn its rent: of the place, or of the first end."""
    country = raw.facts["places"].set_index("id")["country"]
    for table, key, place in (
        ("border_crossings", "bcp_id", "travel_to"),
        ("links", "link_id", "from_id"),
        ("terminals", "terminal_op_id", "place"),
    ):
        found = raw.facts[table].loc[raw.facts[table][key] == ref, place]
        if len(found):
            return str(country[found.iloc[0]])
    return str(country[ref])


def rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `element` from yearly elements of the fact base."""
    return pd.DataFrame(
        {
            "element_id": frame["element_id"],
            "name": frame["name"],
            "country_id": frame["country"],
            "unit": frame["schema_unit"],
            "per_direction": frame["per_direction"],
            "capacity_per_yr": frame["capacity_central"],
            "capacity_low_per_yr": frame["capacity_low"],
            "capacity_high_per_yr": frame["capacity_high"],
            "preload_per_yr": frame["preload_central"],
            "preload_low_per_yr": frame["preload_low"],
            "preload_high_per_yr": frame["preload_high"],
            "delay": "none",
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [f"{row.note}. Traffic of {row.preload_year}".removeprefix(". ") for row in records(frame)],
        }
    )


def _per(raw: Raw, row: Any) -> tuple[float, float]:
    """Units of the element for a tonne and for a TEU; yards counted in boxes do not see other goods."""
    if row.schema_unit == "teu":
        return 0.0, 1.0
    size = float(row.t_per_unit)
    return 1.0 / size, raw.value("teu_net_t") / size


def _loads(raw: Raw, frame: pd.DataFrame) -> pd.DataFrame:
    """One load for the row that the element names, one for the way back of a one-way border, one for each twin."""
    extra = raw.own["element_loads"]
    rows = []
    for element in records(frame):
        per_t, per_teu = _per(raw, element)
        also = extra[extra["element_id"] == element.element_id]
        for of, ref in [
            (_table(raw, element.ref), element.ref),
            *also[["of", "row"]].itertuples(index=False, name=None),
        ]:
            rows.append(
                {
                    "element_id": element.element_id,
                    "of": of,
                    "row": ref,
                    "per_t": per_t,
                    "per_teu": per_teu,
                    "source": element.source,
                    "confidence": element.confidence,
                    "note": "",
                }
            )
    return pd.DataFrame(rows)


def _table(raw: Raw, ref: str) -> str:
    if ref in set(raw.facts["places"]["id"]):
        return "place"
    return TABLES_OF[ref[0]]


def _yards(raw: Raw, facts: pd.DataFrame) -> pd.DataFrame:
    """Yards of interchanges for which the fact base has a capacity and no element."""
    own = raw.own["interchange_yards"]
    own = own[~own["element_id"].isin(facts["element_id"])].drop_duplicates("element_id")
    capacity = number(own["capacity_teu_yr"])
    share = raw.parameters["yard_preload_share"]
    return pd.DataFrame(
        {
            "element_id": own["element_id"],
            "name": own["name"],
            "country_id": own["place_id"].map(raw.facts["places"].set_index("id")["country"]),
            "unit": "teu",
            "per_direction": False,
            "capacity_per_yr": capacity,
            "capacity_low_per_yr": capacity * raw.value("capacity_spread_low"),
            "capacity_high_per_yr": capacity * raw.value("capacity_spread_high"),
            "preload_per_yr": capacity * share.value,
            "preload_low_per_yr": capacity * share.low,
            "preload_high_per_yr": capacity * share.high,
            "delay": "none",
            "source": own["source"],
            "confidence": "low",
            "note": own["note"],
        }
    )


def _yard_loads(raw: Raw) -> pd.DataFrame:
    """A box that is handed over uses the yard at the place where it is taken up."""
    groups = pairs(raw.own["interchange_groups"], "name", "group")
    yards = raw.own["interchange_yards"].set_index("place_id")
    rows = []
    for row in records(raw.facts["interchanges"]):
        key = (groups[row.interchange_group], row.from_corridor, row.from_place, row.to_corridor, row.to_place)
        yard = yards.loc[_yard_place(row, yards)]
        rows.append(
            {
                "element_id": yard["element_id"],
                "of": "interchange",
                "row": "/".join(key),
                "per_t": 0.0,
                "per_teu": 1.0,
                "source": yard["source"],
                "confidence": "low",
                "note": "",
            }
        )
    return pd.DataFrame(rows)


def _yard_place(row: Any, yards: pd.DataFrame) -> str:
    """Of the two places the one whose capacity the row names, the second before the first."""
    places = list(dict.fromkeys((row.to_place, row.from_place)))
    size = number(yards["capacity_teu_yr"])
    named = float(row.capacity_teu_yr)
    return str(next((place for place in places if place in yards.index and size[place] == named), places[0]))
