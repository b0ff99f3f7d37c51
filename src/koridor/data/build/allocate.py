"""From regions down to places: through which places, with which shares, a region's goods begin and end.

The steps, each with its own raw table: (1) gateways where the network holds only the doors of a country; (2) works
where they are known; (3) else weights of subnational parts, spread over the towns of each part; (4) for what is left
of the country, the places listed for it, or towns by population. At most so many places; smaller shares move to the
nearest place that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from koridor.data.build import places as places_module
from koridor.data.build.raw import Raw, number

MEASURES = {"population": "population", "gdp": "gdp_usd_million", "agriculture": "agri_output_usd_million"}
OWN_KINDS = ("city", "terminal", "port", "dry_port", "plant")
NO_KINDS = ("border",)
DECIMALS = 6


def shares(raw: Raw, used: pd.DataFrame) -> pd.DataFrame:
    """The table `region_share` for the pairs (region, commodity) in `used`; columns region_id, commodity_id."""
    bounds = limits(raw)
    towns = _towns(raw, bounds["min_population"])
    rows: list[dict[str, object]] = []
    for region, commodity in sorted(set(zip(used["region_id"], used["commodity_id"], strict=True))):
        origin, origin_how = _weights(raw, towns, region, commodity, "origin")
        destination, destination_how = _weights(raw, towns, region, commodity, "destination")
        both = pd.concat({"origin": origin, "destination": destination}, axis=1).fillna(0.0)
        kept = _kept(both / both.sum(), towns, int(bounds["max_places"]), bounds["min_share"])
        for place, origin_share, destination_share in kept.itertuples():
            rows.append(
                {
                    "region_id": region,
                    "commodity_id": commodity,
                    "place_id": place,
                    "origin_share": origin_share,
                    "destination_share": destination_share,
                    "source": f"derived allocation (assumption): origin {origin_how}; destination {destination_how}",
                    "confidence": "low",
                    "note": "",
                }
            )
    return pd.DataFrame(rows)


def limits(raw: Raw) -> dict[str, float]:
    """The parameters of demand by name."""
    frame = raw.own["demand_parameters"]
    return dict(zip(frame["name"], frame["value"].astype(float), strict=True))


def road_places(raw: Raw) -> set[str]:
    """Places of the largest set that open roads and ferries join."""
    return _largest(raw, ("road", "ferry"))


def without_road(raw: Raw, region_share: pd.DataFrame) -> set[tuple[str, str]]:
    """Pairs (region, commodity) of which some place cannot be reached by road: trucks cannot serve all of it."""
    roads = road_places(raw)
    cut = region_share[~region_share["place_id"].isin(roads)]
    return set(zip(cut["region_id"], cut["commodity_id"], strict=True))


def _largest(raw: Raw, modes: tuple[str, ...]) -> set[str]:
    links = raw.facts["links"]
    links = links[(links["status"] == "open") & links["mode"].isin(modes)]
    beside: dict[str, list[str]] = {}
    for start, end in zip(links["from_id"], links["to_id"], strict=True):
        beside.setdefault(start, []).append(end)
        beside.setdefault(end, []).append(start)
    best: set[str] = set()
    left = set(beside)
    while left:
        group, stack = set(), [min(left)]
        while stack:
            place = stack.pop()
            if place not in group:
                group.add(place)
                stack.extend(beside[place])
        left -= group
        best = max(best, group, key=len)
    return best


def _towns(raw: Raw, min_population: float) -> pd.DataFrame:
    """Places that may be an origin or destination, by id, with people, region and whether roads reach them."""
    place = places_module.tables(raw)["place"].set_index("place_id")
    place["people"] = place["population"].astype(float).fillna(0.0)
    moved = raw.own["place_regions"].set_index("place")["region_id"]
    place["region_id"] = moved.reindex(place.index).fillna(place["region_id"])
    land = _largest(raw, ("rail", "road", "ferry"))
    kind = place["kind"].isin(OWN_KINDS) | (~place["kind"].isin(NO_KINDS) & (place["people"] >= min_population))
    towns = place[kind & place.index.isin(land)].copy()
    towns["road"] = towns.index.isin(road_places(raw))
    named = {*raw.own["gateways"]["place"], *raw.own["production"]["place"], *raw.own["rest_places"]["place"]}
    others = place[place.index.isin(named) & ~place.index.isin(towns.index)]
    return pd.concat([towns.assign(spread=True), others.assign(road=others.index.isin(road_places(raw)), spread=False)])


def _weights(raw: Raw, towns: pd.DataFrame, region: str, commodity: str, side: str) -> tuple[pd.Series, str]:
    """Weights by place and how they were found."""
    gates = raw.own["gateways"]
    mine = gates[gates["region"] == region]
    if len(mine):
        return number(mine[f"{side}_share"]).set_axis(mine["place"]), "by gateways"
    works = raw.own["production"]
    mine = works[(works["region"] == region) & (works["commodity"] == commodity)]
    if side == "origin" and len(mine):
        return number(mine["share"]).set_axis(mine["place"]), "by works"
    return _by_measures(raw, towns, region, commodity, side)


def _by_measures(raw: Raw, towns: pd.DataFrame, region: str, commodity: str, side: str) -> tuple[pd.Series, str]:
    rules = raw.own["allocation"].set_index("commodity")
    measures = str(rules.loc[commodity if commodity in rules.index else "*", f"{side}_measure"]).split(";")
    goods = raw.own["commodities"].set_index("commodity_id")
    by_rail = "rail" in str(goods.loc[commodity, "bulk_modes"]).split(";")
    mine = towns[towns["country_id"] == region]
    if not by_rail and mine["road"].any():
        mine = mine[mine["road"]]
    if mine.empty:
        raise ValueError(f"region {region} has no place for {commodity}")
    each = [_spread(raw, mine, region, measure) for measure in measures]
    total = sum((weights / weights.sum() for weights in each), pd.Series(0.0, index=mine.index))
    return total[total > 0], " and ".join(measures)


def _spread(raw: Raw, towns: pd.DataFrame, country: str, measure: str) -> pd.Series:
    """The measure of each town: that of its part of the country, shared by population; the rest likewise."""
    regions = raw.facts["regions"]
    column = MEASURES[measure]
    inside = (regions["country"] == country) & (regions["level"] != "country") & (regions[column] != "")
    parts = regions[inside].set_index("region_code")
    weights = pd.Series(0.0, index=towns.index)
    for code, part in parts.iterrows():
        weights = weights.add(_among(towns[towns["spread"]], str(code), part, towns.index) * float(part[column]))
    return weights.add(_rest(regions, parts, country, column) * _rest_towns(raw, towns, parts.index, country))


def _rest_towns(raw: Raw, towns: pd.DataFrame, parts: pd.Index, country: str) -> pd.Series:
    """Shares of the country outside its known parts: as listed, else of towns outside them by population."""
    listed = raw.own["rest_places"]
    listed = listed[(listed["region"] == country) & listed["place"].isin(towns.index)]
    if listed.empty:
        return _by_people(towns[towns["spread"] & ~towns["region_id"].isin(parts)], towns.index)
    share = number(listed["share"]).set_axis(listed["place"])
    return (share / share.sum() * float(listed["weight"].iloc[0])).reindex(towns.index, fill_value=0.0)


def _among(towns: pd.DataFrame, code: str, part: pd.Series, index: pd.Index) -> pd.Series:
    """Shares of a part's towns by population; a part without people in a town goes to the nearest town."""
    own = towns[towns["region_id"] == code]
    if own["people"].sum() > 0:
        return _by_people(own, index)
    nearest = _nearest(own if len(own) else towns, float(part["lon_deg_east"]), float(part["lat_deg_north"]))
    return pd.Series(1.0, index=[nearest]).reindex(index, fill_value=0.0)


def _by_people(own: pd.DataFrame, index: pd.Index) -> pd.Series:
    people = own["people"]
    return (people / people.sum() if people.sum() > 0 else people).reindex(index, fill_value=0.0)


def _rest(regions: pd.DataFrame, parts: pd.DataFrame, country: str, column: str) -> float:
    """The measure of the country outside its known parts: people left, at the median output a head of the known parts.

    Not by subtraction, since totals and parts are of different years. Without parts, one: only proportions matter.
    """
    if parts.empty:
        return 1.0
    total = regions[(regions["country"] == country) & (regions["level"] == "country")]
    known = number(parts["population"])
    left = max(0.0, float(number(total["population"]).sum()) - float(known.sum()))
    a_head = (number(parts[column]) / known).median()
    return left * (0.0 if np.isnan(a_head) else float(a_head))


def _kept(both: pd.DataFrame, towns: pd.DataFrame, most: int, least: float) -> pd.DataFrame:
    """The largest places; each other place's shares go to the nearest one kept. Columns sum to 1 after rounding."""
    size = both.max(axis=1)
    order = size.sort_index().sort_values(ascending=False, kind="stable").index
    keep = [place for place in order if size[place] >= least][:most]
    at = towns[["lon_deg", "lat_deg"]].astype(float)
    target = {
        place: place if place in keep else _nearest(towns.loc[keep], at.loc[place, "lon_deg"], at.loc[place, "lat_deg"])
        for place in both.index
    }
    merged = both.groupby(both.index.map(target)).sum().sort_index()
    return merged.apply(_rounded)


def _nearest(towns: pd.DataFrame, lon: float, lat: float) -> str:
    """The town nearest to a point, by great circle."""
    away = places_module.distance_km(
        towns["lon_deg"].to_numpy(float), towns["lat_deg"].to_numpy(float), np.asarray(lon), np.asarray(lat)
    )
    return str(towns.index[int(away.argmin())])


def _rounded(column: pd.Series) -> pd.Series:
    """Rounded shares; the largest takes what rounding left, so that they sum to 1."""
    result = (column / column.sum()).round(DECIMALS)
    largest = int(result.to_numpy().argmax())
    result.iloc[largest] = round(float(result.iloc[largest]) + 1.0 - float(result.sum()), DECIMALS)
    return result


def left_out(raw: Raw) -> Mapping[str, str]:
    """Why a region's flows are left out, by region: those without a place or without an open way."""
    return dict(raw.own["excluded"][["region", "reason"]].itertuples(index=False, name=None))
