"""Terms of moving: activities, running hours, rates, access, emission factors."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.raw import Raw, number

RATE_COLUMNS = [
    "rate_id",
    "mode",
    "form",
    "country_id",
    "link_id",
    "distance_usd_per_km",
    "distance_low_usd_per_km",
    "distance_high_usd_per_km",
    "fixed_usd",
    "fixed_low_usd",
    "fixed_high_usd",
    "source",
    "confidence",
    "note",
]


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `activity`, `running`, `rate`, `access` and `emission_factor`."""
    return {
        "activity": raw.own["activities"],
        "running": raw.own["running"],
        "rate": pd.concat([_rail(raw), _road(raw), _own_rates(raw)], ignore_index=True),
        "access": raw.own["access"],
        "emission_factor": _emissions(raw),
    }


def _costs(raw: Raw, category: str, item: str) -> pd.DataFrame:
    """Cost rows whose item begins so, with one row for each country that the region of the row stands for."""
    frame = raw.facts["costs"]
    frame = frame[(frame["category"] == category) & frame["item"].str.startswith(item)]
    known = set(raw.own["countries"]["country_id"])
    groups = raw.own["rate_countries"]
    one = frame[frame["country_or_route"].isin(known)].assign(country=lambda rows: rows["country_or_route"])
    many = frame.merge(groups[["country_or_route", "country"]], on="country_or_route")
    return pd.concat([one, many], ignore_index=True).drop_duplicates("country")


def _rate_rows(frame: pd.DataFrame, mode: str, form: str, factor: float, note: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rate_id": [f"{mode}-{form}-{country}" for country in frame["country"]],
            "mode": mode,
            "form": form,
            "country_id": frame["country"],
            "link_id": "",
            "distance_usd_per_km": number(frame["value"]) * factor,
            "distance_low_usd_per_km": number(frame["low"]) * factor,
            "distance_high_usd_per_km": number(frame["high"]) * factor,
            "fixed_usd": 0.0,
            "fixed_low_usd": 0.0,
            "fixed_high_usd": 0.0,
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [f"{item}. {note}".strip() for item in frame["note"]],
        }
    )


def _rail(raw: Raw) -> pd.DataFrame:
    boxes = _costs(raw, "rail_tariff", "all-in loaded container")
    wagons = _costs(raw, "rail_tariff", "wagon load, average commodity")
    return pd.concat([_rate_rows(boxes, "rail", "box", 1.0, ""), _rate_rows(wagons, "rail", "bulk", 1.0, "")])


def _road(raw: Raw) -> pd.DataFrame:
    """Trucks: USD a tonne-km as given; a TEU pays for the tonnes in it."""
    trucks = _costs(raw, "road_cost", "articulated 40 t truck")
    box = _rate_rows(trucks, "road", "box", raw.value("teu_net_t"), "A TEU pays as the tonnes in it.")
    return pd.concat([box, _rate_rows(trucks, "road", "bulk", 1.0, "")])


def _own_rates(raw: Raw) -> pd.DataFrame:
    frame = raw.own["rates"]
    numbers = [name for name in RATE_COLUMNS if name.endswith(("usd", "usd_per_km"))]
    return frame[RATE_COLUMNS].assign(**{name: number(frame[name]) for name in numbers})


def _emissions(raw: Raw) -> pd.DataFrame:
    """Well-to-wheel factors: rows of the fact base as `emission_rows` names them, for each country that it names."""
    facts = raw.facts["emission_factors"].copy()
    facts["key"] = facts["mode"] + "|" + facts["vehicle_or_traction"] + "|" + facts["region"]
    frame = (
        raw.own["emission_rows"]
        .rename(columns={"note": "own_note"})
        .merge(facts, left_on="fact", right_on="key", validate="many_to_one")
    )
    if len(frame) != len(raw.own["emission_rows"]) or not (frame["scope"] == "WTW").all():
        raise ValueError("emission_rows names rows that are missing or not well-to-wheel")
    scale = number(frame["scale"])
    value, low, high = (number(frame[name]) * scale for name in ("value", "low", "high"))
    moves = frame["column"] == "move"
    columns: dict[str, pd.Series] = {}
    for base, unit, chosen in (("distance", "g_per_t_km", ~moves), ("move", "g_per_t", moves)):
        columns[f"{base}_{unit}"] = value.where(chosen, 0.0)
        columns[f"{base}_low_{unit}"] = low.where(chosen)
        columns[f"{base}_high_{unit}"] = high.where(chosen)
    return pd.DataFrame(
        {
            "factor_id": frame["factor_id"],
            "activity": frame["activity"],
            "traction": frame["traction"],
            "country_id": frame["country_id"],
            **columns,
            "ttw_share": number(frame["ttw_share"]),
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": [
                f"{own}. {given}".strip(". ") for own, given in zip(frame["own_note"], frame["note"], strict=True)
            ],
        }
    )
