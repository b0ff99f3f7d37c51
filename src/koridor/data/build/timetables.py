"""Time zones, opening hours, departures, units of cargo, and what is accepted where."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.raw import Raw, number, records


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables of timetables and acceptance, and the ferries that have departures."""
    ferries = raw.own["ferry_services"]
    return {
        "place_zone": _zones(raw),
        "opening": pd.concat([raw.own["openings"], _borders(raw)], ignore_index=True),
        "service": _ferries(ferries),
        "service_stop": _stops(ferries),
        "departure": raw.own["departures"],
        "cargo_type": _numbers(raw.own["cargo_types"], "length_m", "size_teu", "tare_t", "gross_max_t"),
        "platform": _numbers(raw.own["platforms"], "length_m", "load_max_t"),
        "acceptance": _numbers(raw.own["acceptance"], "gross_max_t"),
    }


def _numbers(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**{name: number(frame[name]) for name in columns})


def _zones(raw: Raw) -> pd.DataFrame:
    """The zone of the region of the fact base where it has a row of its own, else that of the country."""
    table = raw.own["time_zones"].set_index(["country_id", "region"])
    rows = []
    for place in records(raw.facts["places"]):
        key = (place.country, place.region)
        zone = table.loc[key if key in table.index else (place.country, "")]
        rows.append({"place_id": place.id, **zone.to_dict()})
    return pd.DataFrame(rows)


def _borders(raw: Raw) -> pd.DataFrame:
    """Hours of the crossings whose working regime has them. A row of the other direction of such a crossing, which the
    fact base made by default, has the same hours: a post that is shut at night is shut both ways.
    """
    regimes = raw.own["regimes"].set_index("working_regime")
    facts = raw.facts["border_crossings"]
    facts = facts[facts["status"].str.startswith("open")]
    known = {
        frozenset((row.from_place, row.to_place, row.mode)): row.working_regime
        for row in records(facts)
        if row.working_regime in regimes.index
    }
    rows = []
    for row in records(facts):
        regime = known.get(frozenset((row.from_place, row.to_place, row.mode)))
        if regime is not None:
            hours = regimes.loc[regime].to_dict()
            rows.append({"opening_id": f"{row.bcp_id}-{regime}", "of": "border", "row": row.bcp_id, **hours})
    return pd.DataFrame(rows)


def _ferries(frame: pd.DataFrame) -> pd.DataFrame:
    """Ferries as services. Yearly runs leave them aside, as the wait for a ferry stands in `link`."""
    given = _numbers(frame, "frequency_per_week", "transit_h", "transit_low_h", "transit_high_h", "capacity_teu")
    fixed = {"mode": "ferry", "status": "open", **dict.fromkeys(("tariff_factor", "back_factor"), 1.0)}
    return given.drop(columns=["from_place", "to_place", "carriage"]).assign(**fixed)


def _stops(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"service_id": row.service_id, "seq": seq, "place_id": place, "carriage": row.carriage, "calls": True}
        for row in records(frame)
        for seq, place in enumerate((row.from_place, row.to_place), 1)
    ]
    return pd.DataFrame(rows)
