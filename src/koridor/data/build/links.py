"""Links and the months in which they are closed."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.common import GAUGES, status
from koridor.data.build.raw import Raw, number, pairs, records

MODES = {"rail": "rail", "road": "road", "sea": "sea", "waterway": "river", "ferry": "ferry"}
HOURS_A_WEEK = 168.0


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `link` and `link_period`."""
    return {
        "link": links(raw),
        "link_period": raw.own["link_periods"][["link_id", "month", "open_share", "source", "confidence", "note"]],
    }


def links(raw: Raw) -> pd.DataFrame:
    """All links. A ferry that takes wagons and trucks becomes one row for each, as their prices differ."""
    frame = _changed(raw)
    land = frame[frame["mode"] != "ferry"]
    land = land.assign(carriages=[_carriages(row.mode, row.gauge_mm) for row in records(land)], wait="")
    ferries = frame.drop(columns=["tracks"]).merge(
        raw.own["ferries"].rename(
            columns={"confidence": "ferry_confidence", "source": "ferry_source", "note": "ferry_note"}
        ),
        on="link_id",
        validate="one_to_many",
    )
    missing = set(frame.loc[frame["mode"] == "ferry", "link_id"]) - set(ferries["link_id"])
    if missing:
        raise ValueError(f"ferries without carriage: {sorted(missing)}")
    ferries = ferries.assign(
        carriages=ferries["carriage"],
        wait=HOURS_A_WEEK / (2 * number(ferries["frequency_per_week"])),
        link_id=ferries["row_id"],
        tracks="",
        notes=[f"{row.notes}. {row.ferry_note}".strip(". ") for row in records(ferries)],
    )
    return _rows(pd.concat([land, ferries], ignore_index=True), raw)


def _changed(raw: Raw) -> pd.DataFrame:
    frame = raw.facts["links"].set_index("link_id", drop=False)
    for change in records(raw.own["link_changes"]):
        frame.loc[change.link_id, change.field] = change.value
        frame.loc[change.link_id, "notes"] = f"{frame.loc[change.link_id, 'notes']}. {change.note}".strip(". ")
    return frame.reset_index(drop=True)


def _carriages(mode: str, gauge: str) -> str:
    if mode == "rail":
        return ";".join(sorted(GAUGES[part] for part in gauge.split("/")))
    return MODES[mode]


def _rows(frame: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    shapes = pairs(raw.own["geometry"], "link_id", "geometry")
    return pd.DataFrame(
        {
            "link_id": frame["link_id"],
            "from_place": frame["from_id"],
            "to_place": frame["to_id"],
            "mode": frame["mode"].map(MODES),
            "carriages": frame["carriages"],
            "length_km": number(frame["length_km"]),
            "speed_kmh": number(frame["avg_speed_kmh"]),
            "tracks": number(frame["tracks"]),
            "electrified": ~frame["electrified"].isin(["", "no"]),
            "status": status(frame["status"]),
            "opening_year": number(frame["opening_year"]),
            "wait_h": pd.to_numeric(frame["wait"]),
            "geometry": frame["link_id"].str.split("-").str[0].map(shapes),
            "name": frame["line_name"],
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": frame["notes"],
        }
    )
