"""Demand: commodities, regions, the places of each region, and flows between regions."""

from __future__ import annotations

import pandas as pd

from koridor.data.build import allocate, flows, outlook
from koridor.data.build.raw import Raw, number


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `commodity`, `region`, `region_share`, `flow`, and the outlooks and cases that rest on them."""
    rows = flows.base(raw)
    share = allocate.shares(raw, _used(raw, rows))
    flow = flows.flows(raw, rows, allocate.without_road(raw, share))
    own = {"commodity": _commodities(raw), "region": _regions(raw), "region_share": share, "flow": flow}
    return {**own, **outlook.tables(raw, own)}


def _used(raw: Raw, rows: pd.DataFrame) -> pd.DataFrame:
    """Pairs of region and commodity that occur in flows that can be contested."""
    gone = allocate.left_out(raw)
    rows = rows[(rows["contest"] > 0) & ~rows["origin"].isin(gone) & ~rows["destination"].isin(gone)]
    names = ["region_id", "commodity_id"]
    ends = [rows[[end, "commodity"]].set_axis(names, axis=1) for end in ("origin", "destination")]
    return pd.concat(ends, ignore_index=True)


def _commodities(raw: Raw) -> pd.DataFrame:
    frame = raw.own["commodities"].copy()
    costs = raw.facts["costs"]
    like = frame["vot_like"].where(frame["vot_like"] != "", frame["commodity_id"])
    vot = costs[costs["category"] == "value_of_time"].set_index("item").loc[like]
    frame["vot_usd_per_t_h"] = number(vot["value"]).to_numpy()
    frame["vot_low_usd_per_t_h"] = number(vot["low"]).to_numpy()
    frame["vot_high_usd_per_t_h"] = number(vot["high"]).to_numpy()
    scale = raw.parameters["choice_scale"]
    frame["choice_share"], frame["choice_low_share"], frame["choice_high_share"] = scale.value, scale.low, scale.high
    said = "; value of time: " + vot["source"] + "; scale of choice: " + scale.source
    frame["source"] = frame["source"] + said.to_numpy()
    return frame.drop(columns="vot_like")


def _regions(raw: Raw) -> pd.DataFrame:
    facts = raw.facts["regions"]
    people = number(facts["population"])
    frame = pd.DataFrame(
        {
            "region_id": facts["region_code"],
            "name": facts["region_name"],
            "level": facts["level"].where(facts["level"] == "country", "part"),
            "country_id": facts["country"],
            "population": people,
            "gdp_usd": number(facts["gdp_usd_million"]) * 1e6,
            "agriculture_usd": number(facts["agri_output_usd_million"]) * 1e6,
            "unemployment_share": number(facts["unemployment_rate_pct"]) / 100,
            "source": facts["source"],
            "confidence": facts["confidence"],
            "note": facts["corridor_role"],
        }
    )
    added = raw.own["regions_added"].copy()
    added["country_id"] = added["region_id"].where(added["level"] == "country", "")
    for name in ("population", "gdp_usd", "agriculture_usd"):
        added[name] = number(added[name])
    return pd.concat([frame, added], ignore_index=True)
