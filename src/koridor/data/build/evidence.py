"""Screenlines and observations: what was published, to compare results with. Nothing here is an input of the model."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from koridor.data.build.raw import Raw, number

Row = Mapping[Hashable, Any]

PER_DAY = "/day/dir"
T_PER_YR = "t_per_yr"
COLUMNS = (
    "observation_id",
    "kind",
    "name",
    "from_place",
    "to_place",
    "modes",
    "via",
    "corridors",
    "screenline_id",
    "direction",
    "unit",
    "value",
    "value_low",
    "value_high",
    "tolerance_share",
    "year",
    "patches",
    "source",
    "confidence",
    "note",
)


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `screenline`, `screenline_link`, `observation` and `indicator`."""
    parts = (_distances(raw), _journeys(raw), raw.own["observed_own"], _volumes(raw))
    rows = pd.concat(parts, ignore_index=True)
    return {
        "screenline": raw.own["screenlines"],
        "screenline_link": raw.own["screenline_links"],
        "observation": rows[list(COLUMNS)],
        "indicator": _indicators(raw),
    }


def _indicators(raw: Raw) -> pd.DataFrame:
    """Averages of a monitoring, as the list of indicators names them."""
    facts = raw.facts["corridor_times_costs"]
    frame = facts.merge(raw.own["indicators"], on=["corridor", "indicator"], suffixes=("_fact", ""))
    frame = frame.sort_values(["code", "mode", "year"], kind="stable")
    return pd.DataFrame(
        {
            "indicator_id": frame["code"] + "-" + frame["mode"] + "-" + frame["year"],
            "indicator": frame["code"],
            "mode": frame["mode"],
            "name": frame["name"],
            "value": number(frame["value"]),
            "year": frame["year"],
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": frame["note"],
        }
    )


def _distances(raw: Raw) -> pd.DataFrame:
    """Published lengths and tolerances, as named in the fact base's list of checks."""
    frame = raw.own["observed_distances"].copy()
    facts = raw.own["checked_distances"].set_index("line")
    if set(frame["line"]) != set(facts.index):
        raise ValueError(f"distances without a place or a figure: {set(frame['line']) ^ set(facts.index)}")
    fact = facts.loc[frame["line"]].reset_index(drop=True)
    frame["value"] = number(fact["published_km"]) + number(frame["adjust_km"]).fillna(0.0)
    frame["tolerance_share"] = number(fact["tolerance_pct"]) / 100
    return frame.assign(
        kind="distance",
        name=frame["line"],
        unit="km",
        year=fact["year"],
        source=fact["source"],
        confidence=fact["confidence"],
    ).drop(columns=["line", "adjust_km"])


def _journeys(raw: Raw) -> pd.DataFrame:
    """Days and prices of journeys, each from one row of the fact base, brought to the unit named."""
    rows = []
    for journey in raw.own["observed_journeys"].to_dict("records"):
        fact = one_row(raw.facts[journey["file"]], journey["select"])
        columns = (journey[f"{end}_column"] for end in ("low", "central", "high"))
        cells = (fact[column] if column else "" for column in columns)
        low, central, high = (float(cell) * float(journey["scale"]) if cell else float("nan") for cell in cells)
        value = (low + high) / 2 if central != central else central
        rows.append(
            {
                **_known(journey),
                "value": value,
                "value_low": low,
                "value_high": high,
                "source": fact["source"],
                "confidence": fact["confidence"],
            }
        )
    return pd.DataFrame(rows)


def _volumes(raw: Raw) -> pd.DataFrame:
    """Volumes at screenlines, from statistics of corridors or from the present traffic of elements."""
    rows = []
    for count in raw.own["observed_volumes"].to_dict("records"):
        low, value, high, facts = _statistic(raw, count) if count["scale"] else _traffic(raw, count)
        rows.append(
            {
                **_known(count),
                "kind": "volume",
                "value": value,
                "value_low": low,
                "value_high": high,
                "source": " | ".join(facts["source"]),
                "confidence": _weakest(facts["confidence"]),
            }
        )
    return pd.DataFrame(rows)


def _known(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS if name in row}


def _statistic(raw: Raw, count: Row) -> tuple[float, float, float, pd.DataFrame]:
    fact = one_row(raw.facts[count["file"]], count["select"])
    return float("nan"), float(fact["value"]) * float(count["scale"]), float("nan"), fact.to_frame().T


def _traffic(raw: Raw, count: Row) -> tuple[float, float, float, pd.DataFrame]:
    """Sum over the elements: units a year, both directions where the count holds both, in tonnes or TEU."""
    frame = raw.facts[count["file"]].set_index("element_id")
    facts = frame.loc[count["select"].split(";")]
    ways = 2.0 if count["per_direction"] == "yes" and count["direction"] == "both" else 1.0
    days = facts["unit"].str.endswith(PER_DAY).map({True: raw.value("days_per_yr"), False: 1.0})
    size = number(facts["t_per_unit"]) if count["unit"] == T_PER_YR else pd.Series(1.0, index=facts.index)
    low, value, high = (
        float((number(facts[f"preload_{end}"]) * days * size * ways).sum()) for end in ("low", "central", "high")
    )
    return low, value, high, facts


def one_row(frame: pd.DataFrame, select: str) -> pd.Series:
    """The one row with all these values, written `field=value;field=value`. Raises ValueError for none or several."""
    for condition in re.split(r";(?=\w+=)", select):
        column, value = condition.split("=", 1)
        frame = frame[frame[column] == value]
    if len(frame) != 1:
        raise ValueError(f"{len(frame)} rows for {select}")
    return frame.iloc[0]


def _weakest(confidences: pd.Series) -> str:
    return next(level for level in ("low", "medium", "high") if level in set(confidences))
