"""Tables of an answer: who gains, what flows where, and what binds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.experiments.linking.reduce import Found
from koridor.model.network import BOX
from koridor.schema.tables import FORMS
from koridor.studies.counts import beside_counts


def _free(found: Found, name: str, case: str) -> pd.DataFrame:
    """A table of the central world without capacities, for one case."""
    frame = found.values.tables[name]
    return frame[(frame["case"] == case) & ~frame["capped"].astype(bool)].reset_index(drop=True)


def countries(found: Found) -> pd.DataFrame:
    """Linked less unlinked by country, in USD a year: users (half to each end), carriers, terminals, rents, public;
    they sum to the value.
    """
    before, after = (_free(found, "countries", case).set_index("country_id") for case in ("unlinked", "linked"))
    change = after.drop(columns=["case", "capped"]) - before.drop(columns=["case", "capped"])
    names = found.world.scenario.table("country").set_index("country_id").reindex(change.index)
    frame = pd.DataFrame(
        {
            "country_id": change.index.to_numpy(),
            "name": names["name"].to_numpy(),
            "party": names["party"].to_numpy(dtype=bool),
            "users_usd": -change["users_usd"].to_numpy(),
            "carriers_usd": change["carrier_margin_usd"].to_numpy(),
            "terminals_usd": change["terminal_margin_usd"].to_numpy(),
            "rents_usd": change["rents_usd"].to_numpy(),
            "public_usd": change["public_margin_usd"].to_numpy(),
            "revenue_usd": change[[c for c in change if c.endswith("_revenue_usd")]].sum(axis=1).to_numpy(),
        }
    )
    frame["total_usd"] = frame[["users_usd", "carriers_usd", "terminals_usd", "rents_usd", "public_usd"]].sum(axis=1)
    order = np.lexsort((frame["country_id"].to_numpy(dtype=str), -frame["total_usd"].abs(), ~frame["party"]))
    kept = frame.iloc[order]
    return kept[
        kept["party"] | (kept.drop(columns=["country_id", "name", "party"]).abs().sum(axis=1) > 0.0)
    ].reset_index(drop=True)


def link_flows(found: Found) -> pd.DataFrame:
    """Flows on every link without the regimes, unlinked and linked."""
    columns = ["link_id", "case", "forward_t", "backward_t", "forward_teu", "backward_teu"]
    return pd.concat(
        [_free(found, "link_flows", case)[columns] for case in ("none", "unlinked", "linked")], ignore_index=True
    )


def screenlines(found: Found) -> pd.DataFrame:
    """Traffic across screenlines by direction and case, beside what was counted."""
    parts = []
    for case in ("none", "unlinked", "linked"):
        part = beside_counts(found.world.scenario, _free(found, "screenlines", case))
        part.insert(3, "case", case)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def changes(found: Found) -> pd.DataFrame:
    """Pairs whose resource cost linking changes or that it links, with their ends, goods and group."""
    before, after = (_free(found, "pairs", case).set_index("pair") for case in ("unlinked", "linked"))
    frame = pd.DataFrame({"value_usd": before["used_usd"] - after["used_usd"], "linked_t": after["linked_t"]})
    for part in ("resource", "handover", "time", "reliability"):
        frame[part] = before[f"{part}_usd"] - after[f"{part}_usd"]
    frame["loss"] = frame["value_usd"] - frame[["resource", "handover", "time", "reliability"]].sum(axis=1)
    frame["saving_usd"] = before["users_usd"] - after["users_usd"]
    frame["group"], frame["a_first"] = after["group"], after["forward_t"] > 0.0
    frame = frame[(frame["value_usd"].abs() > 1e-9) | (frame["linked_t"] > 0.0)].reset_index()
    demand, at = found.world.demand, frame["pair"].to_numpy(dtype=np.int64)
    kind, size = demand.kind[at], demand.classes.size[demand.kind[at]]
    frame["kind"] = kind
    frame["box"] = demand.classes.form[kind] == BOX
    frame["linked_teu"] = np.where(frame["box"], frame["linked_t"] / size, 0.0)
    flow = found.world.bound.tables["flow"].iloc[demand.flow[at]].reset_index(drop=True)
    frame["commodity_id"] = flow["commodity_id"]
    frame["from_region"], frame["to_region"] = flow["origin"], flow["destination"]
    places = found.world.bound.index.places.to_numpy()
    frame["origin"], frame["destination"] = places[demand.origin[at]], places[demand.destination[at]]
    return frame


def split(found: Found) -> pd.DataFrame:
    """The value of linking by component, group, commodity, direction, pair, country, region and form; each sums to
    the whole.
    """
    frame = changes(found)
    place = found.world.scenario.table("place").set_index("place_id")
    region = place["region_id"].fillna(place["country_id"])
    parts = [
        pd.DataFrame(
            {
                "dimension": "component",
                "key": ["money", "documents", "time", "reliability", "losses"],
                "value_usd": [frame[c].sum() for c in ("resource", "handover", "time", "reliability", "loss")],
                "linked_teu": np.nan,
            }
        )
    ]
    keys = {
        "group": frame["group"].replace("", "-"),
        "commodity": frame["commodity_id"],
        "direction": pd.Series(np.where(frame["linked_t"] <= 0.0, "-", np.where(frame["a_first"], "A to B", "B to A"))),
        "pair": frame["from_region"] + " - " + frame["to_region"],
        "form": frame["box"].map({True: FORMS[0], False: FORMS[1]}),
    }
    for dimension, key in keys.items():
        parts.append(_summed(dimension, key, frame["value_usd"], frame["linked_teu"]))
    for dimension, of in (("country", place["country_id"]), ("region", region)):
        ends = pd.concat([of.reindex(frame[end]) for end in ("origin", "destination")], ignore_index=True)
        halves = [pd.concat([frame[c], frame[c]], ignore_index=True) / 2.0 for c in ("value_usd", "linked_teu")]
        parts.append(_summed(dimension, ends, *halves))
    return pd.concat(parts, ignore_index=True)


def _summed(dimension: str, key: pd.Series, value: pd.Series, teu: pd.Series) -> pd.DataFrame:
    """Sums by key, greatest first."""
    frame = pd.DataFrame({"key": key.to_numpy(), "value_usd": value.to_numpy(), "linked_teu": teu.to_numpy()})
    total = frame.groupby("key", as_index=False).sum()
    order = np.lexsort((total["key"].to_numpy(dtype=str), -total["value_usd"].abs()))
    total = total.iloc[order].reset_index(drop=True)
    total.insert(0, "dimension", dimension)
    return total


def binding(found: Found) -> pd.DataFrame:
    """Capacities that bind when linked, and how much of their traffic is not the model's."""
    frame = found.values.tables["elements"]
    capped = frame[frame["capped"].astype(bool)]
    none, linked = (capped[capped["case"] == case].reset_index(drop=True) for case in ("none", "linked"))
    tight = (linked["queue_h"] > 0.0) | (none["queue_h"] > 0.0)
    table = found.world.bound.tables["element"].set_index("element_id").reindex(linked["element_id"])
    full = linked["background_per_yr"] + linked["load_per_yr"]
    made = pd.DataFrame(
        {
            "element_id": linked["element_id"],
            "name": table["name"].to_numpy() + np.where(table["per_direction"], " (" + linked["direction"] + ")", ""),
            "country_id": table["country_id"].to_numpy(),
            "unit": linked["unit"],
            "capacity_per_yr": linked["capacity_per_yr"],
            "background_per_yr": linked["background_per_yr"],
            "load_none_per_yr": none["load_per_yr"],
            "load_linked_per_yr": linked["load_per_yr"],
            "queue_h": linked["queue_h"],
            "rent_usd": linked["rent_usd"],
            "preload_share": linked["background_per_yr"] / full.where(full > 0.0),
            "confidence": table["confidence"].to_numpy(),
        }
    )[tight]
    return made.sort_values(["rent_usd", "element_id"], ascending=[False, True], ignore_index=True)


def balance(found: Found) -> pd.DataFrame:
    """Traffic that each corridor of A and of B carries when linked, and its share of its set."""
    keyed = _free(found, "keyed", "linked")
    names = found.world.scenario.table("corridor").set_index("corridor_id")["name"]
    rows = []
    for label, members in zip(("a", "b"), found.world.sets, strict=True):
        teu, t = (
            keyed[keyed["metric"] == f"corridor_{unit}"].set_index("key")["value"].reindex(members)
            for unit in ("teu", "t")
        )
        rows += [
            {
                "set": label,
                "corridor_id": m,
                "name": names[m],
                "teu": teu[m],
                "t": t[m],
                "share": t[m] / max(t.sum(), 1e-9),
            }
            for m in members
        ]
    return pd.DataFrame(rows)


def excluded(found: Found) -> pd.DataFrame:
    """Flows that are listed and not assigned, and why, greatest first."""
    scenario = found.world.scenario
    flow, share = scenario.table("flow"), set(scenario.table("region_share")["region_id"])
    captive = flow["part"] == "captive"
    placed = flow["origin"].isin(share) & flow["destination"].isin(share)
    mine = flow[captive | ~placed].copy()
    note = mine["note"].fillna("").str.split(":").str[0]
    mine["reason"] = np.where(
        note == "excluded", "no place or no open way in the network", "captive to its present way"
    )
    frame = mine.rename(columns={"volume_t": "t"})[["origin", "destination", "commodity_id", "t", "reason"]]
    return frame.sort_values(
        ["t", "origin", "destination", "commodity_id"], ascending=[False, True, True, True], ignore_index=True
    )
