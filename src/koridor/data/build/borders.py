"""Crossing frontiers.

Measured rows hold for the direction of travel that they name; rows of one crossing are added by the model. Three things
would be counted twice and are taken out here: the hours of a gauge change inside a border time (the transfer row has
them), the part of a wait for a ship that half a headway covers, and the same wait on a ferry and on a feeder.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from koridor.data.build.common import per_t_from_teu, per_teu_from_truck, ranged, status
from koridor.data.build.raw import Raw, number, records

PARTS = ("time_h", "time_low_h", "time_high_h")
HOURS_A_WEEK = 168.0


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The table `border`."""
    frame = pd.concat([raw.facts["border_crossings"], raw.own["borders"]], ignore_index=True).fillna("")
    frame = _by_sea(raw, frame)
    rows = pd.DataFrame(
        {
            "border_id": frame["bcp_id"],
            "from_place": frame["travel_from"],
            "to_place": frame["travel_to"],
            "mode": frame["mode"],
            "two_way": frame["two_way"] == "yes",
            **ranged(frame, "time", "h", "time_central_h", "time_low_h", "time_high_h"),
            **_money(raw, frame),
            "status": status(frame["status"]),
            "source": [_source(row) for row in records(frame)],
            "confidence": frame["confidence"],
            "note": frame["notes"],
        }
    )
    return {"border": _without_waits(raw, _without_gauge(raw, rows))}


def _money(raw: Raw, frame: pd.DataFrame) -> dict[str, pd.Series]:
    usd = number(frame["cost_usd"])
    truck = frame["cost_per"] == "truck"
    teu = usd.where(~truck, per_teu_from_truck(raw, usd))
    return {
        "cost_usd_per_teu": teu,
        "cost_usd_per_t": per_t_from_teu(raw, usd).where(~truck, usd / raw.value("truck_net_t")),
    }


def _source(row: Any) -> str:
    """The row's source, and beside it what the cost rests on, where that is another thing."""
    basis = str(row.cost_basis).split("; time:")[0].removeprefix("cost: ")
    if not basis or basis.startswith("facts"):
        return str(row.source)
    return f"{row.source}; cost: {basis}"


def _by_sea(raw: Raw, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of crossings by ship, once for each mode that sails between the two places."""
    modes = raw.own["sea_borders"]
    expanded = frame.merge(modes[["bcp_id", "sail_mode"]], on="bcp_id", how="left")
    by_ship = expanded["sail_mode"].notna()
    if sorted(frame.loc[frame["mode"] == "sea", "bcp_id"]) != sorted(set(modes["bcp_id"])):
        raise ValueError("sea_borders does not name every crossing by sea")
    expanded["bcp_id"] = expanded["bcp_id"].where(~by_ship, expanded["bcp_id"] + "-" + expanded["sail_mode"].fillna(""))
    expanded["mode"] = expanded["mode"].where(~by_ship, expanded["sail_mode"])
    return expanded.drop(columns=["sail_mode"])


def _without_gauge(raw: Raw, rows: pd.DataFrame) -> pd.DataFrame:
    """Takes the hours of the gauge change out of border times that hold them, down to a floor."""
    frame = raw.own["border_gauge"].merge(raw.facts["terminals"], on="terminal_op_id", validate="many_to_one")
    less = pd.DataFrame(
        {
            "time_h": number(frame["hours_per_train_or_vessel"]),
            "time_low_h": number(frame["hours_min"]),
            "time_high_h": number(frame["hours_max"]),
            "less_note": " Hours of the gauge change (" + frame["terminal_op_id"] + ") taken out.",
        }
    )
    return _less(rows, less.set_index(frame["bcp_id"]), raw.value("border_floor_h"))


def _without_waits(raw: Raw, rows: pd.DataFrame) -> pd.DataFrame:
    """Takes half a headway out of waits for ships, as the ferry or service waits that long in any case."""
    frame = raw.own["sea_borders"]
    frame = frame[frame["frequency_per_week"] != ""]
    headway = HOURS_A_WEEK / (2 * number(frame["frequency_per_week"]))
    note = [f" Half a headway of {hours:.3g} h taken out: waited in the sailing itself." for hours in headway]
    less = pd.DataFrame({**dict.fromkeys(PARTS, headway), "less_note": note})
    return _less(rows, less.set_index(frame["bcp_id"] + "-" + frame["sail_mode"]), 0.0)


def _less(rows: pd.DataFrame, less: pd.DataFrame, floor_h: float) -> pd.DataFrame:
    """The rows with hours taken out where `less` names them, not below the floor; bounds still enclose the centre."""
    matched = less.reindex(rows["border_id"]).reset_index(drop=True)
    result = rows.reset_index(drop=True)
    for part in PARTS:
        result[part] = result[part].where(matched[part].isna(), (result[part] - matched[part]).clip(lower=floor_h))
    result["time_low_h"] = result[["time_low_h", "time_h"]].min(axis=1)
    result["time_high_h"] = result[["time_high_h", "time_h"]].max(axis=1)
    result["note"] = result["note"] + matched["less_note"].fillna("")
    return result
