"""Countries, places and their names."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from koridor.data.build.raw import Raw, number, pairs, records

EARTH_KM = 6371.0
WORDS = re.compile(
    r"\b(region|oblast|krai|city|province|county|voivodeship|marz|ar|republic)\b|[-()].*$", re.IGNORECASE
)


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables of countries and places and of their names."""
    return {
        "country": raw.own["countries"],
        "country_alias": raw.own["country_aliases"],
        "place": _places(raw),
        "place_name": _names(raw),
        "place_alias": raw.own["place_aliases"],
    }


def distance_km(lon: np.ndarray, lat: np.ndarray, lon_to: np.ndarray, lat_to: np.ndarray) -> np.ndarray:
    """Great circle distance in km between points in degrees (haversine)."""
    x, y, x_to, y_to = (np.radians(value) for value in (lon, lat, lon_to, lat_to))
    half = np.sin((y_to - y) / 2) ** 2 + np.cos(y) * np.cos(y_to) * np.sin((x_to - x) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def _places(raw: Raw) -> pd.DataFrame:
    frame = raw.facts["places"]
    return pd.DataFrame(
        {
            "place_id": frame["id"],
            "name": frame["name"],
            "country_id": frame["country"],
            "region_id": _regions(raw, frame),
            "lon_deg": number(frame["lon"]),
            "lat_deg": number(frame["lat"]),
            "kind": frame["kind"],
            "population": number(frame["population"]),
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": frame["notes"],
        }
    )


def _regions(raw: Raw, places: pd.DataFrame) -> list[str]:
    """The part of the country that has the name of the place's region, else the nearest one, else the country."""
    regions = raw.facts["regions"]
    parts = regions[regions["level"] != "country"]
    parts = parts.assign(
        stem=parts["region_name"].map(_stem), lon=number(parts["lon_deg_east"]), lat=number(parts["lat_deg_north"])
    )
    by_country = dict(list(parts.groupby("country")))
    countries = set(regions.loc[regions["level"] == "country", "region_code"])
    reach = raw.value("region_reach_km")
    found = []
    for place in records(places):
        part = _region(place, by_country[place.country], reach) if place.country in by_country else ""
        found.append(part or (place.country if place.country in countries else ""))
    return found


def _region(place: Any, parts: pd.DataFrame, reach_km: float) -> str:
    """The part of that name, else the nearest within reach, else empty."""
    named = parts.loc[parts["stem"] == _stem(place.region), "region_code"]
    if place.region and len(named) == 1:
        return str(named.iloc[0])
    lon, lat = np.array(float(place.lon)), np.array(float(place.lat))
    away = distance_km(parts["lon"].to_numpy(), parts["lat"].to_numpy(), lon, lat)
    return str(parts["region_code"].iloc[int(away.argmin())]) if away.min() <= reach_km else ""


def _stem(name: str) -> str:
    return WORDS.sub("", name).strip().casefold()


def _names(raw: Raw) -> pd.DataFrame:
    places = raw.facts["places"]
    languages = pairs(raw.own["languages"], "country_id", "language")
    local = pd.DataFrame(
        {"place_id": places["id"], "language": places["country"].map(languages), "name": places["name_local"]}
    )
    wide = raw.own["place_names"]
    given = wide.melt("place_id", var_name="language", value_name="name")
    frame = pd.concat([given, local], ignore_index=True)
    frame = frame[(frame["name"] != "") & frame["language"].notna()]
    return frame.drop_duplicates(["place_id", "language"], ignore_index=True)
