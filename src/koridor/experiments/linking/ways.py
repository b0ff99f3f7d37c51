"""The ways behind an answer: of the largest linked flows, as diagrams, and what they rest on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.experiments.linking.reduce import Found
from koridor.experiments.linking.tables import changes
from koridor.model.compile import with_regimes
from koridor.model.scenario import Scenario
from koridor.schema.tables import FORMS
from koridor.studies import route
from koridor.studies.linkage import World
from koridor.studies.way import diagram

_LARGEST = 10
_KINDS = ("published", "derived", "mixed", "estimate")


class Ways:
    """Ways of single consignments in the linked and the unlinked case."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.cases = {case: _prepared(found.world, case) for case in ("unlinked", "linked")}
        self._known: dict[tuple[str, int, tuple[str, ...]], pd.DataFrame] = {}
        self.goods = list(found.world.bound.tables["commodity"]["commodity_id"])

    def legs(self, case: str, pair: int, *, modes: tuple[str, ...] = ()) -> pd.DataFrame:
        """Legs of a pair's class; empty where there is no way."""
        asked = case, pair, modes
        if asked not in self._known:
            self._known[asked] = self._find(*asked)
        return self._known[asked]

    def _find(self, case: str, pair: int, modes: tuple[str, ...]) -> pd.DataFrame:
        demand = self.found.world.demand
        twin = demand.twin[pair]
        query = self._query(pair, modes)
        best = self.cases[case](query).tables.get("legs", pd.DataFrame())
        if twin >= 0 and not modes:
            other = self.cases[case](self._query(int(twin), modes)).tables.get("legs", pd.DataFrame())
            if len(other) and (best.empty or other["cost_usd_per_t"].sum() < best["cost_usd_per_t"].sum()):
                best = other
        return best

    def _query(self, pair: int, modes: tuple[str, ...]) -> route.Params:
        demand, places = self.found.world.demand, self.found.world.bound.index.places
        kind = demand.kind[pair]
        return route.Params(
            str(places[demand.origin[pair]]),
            str(places[demand.destination[pair]]),
            self.goods[demand.classes.commodity[kind]],
            FORMS[demand.classes.form[kind]],
            modes=modes,
            vot_usd_per_t_h=float(demand.classes.vot[kind]),
        )


def _prepared(world: World, case: str) -> route.Prepared:
    """The world's own network with the regimes of a case, for many queries."""
    scenario = world.under(case)
    return route.Prepared(scenario, with_regimes(world.bound, scenario))


def in_words(legs: pd.DataFrame) -> str:
    """A way as text: carriage (and corridor or service) with the places between which it runs."""
    if legs.empty:
        return "no way"
    moving = legs[legs["act"].isin(["move", "service"])]
    label = np.where(
        moving["corridor"] != "", moving["corridor"], np.where(moving["act"] == "service", moving["what"], "")
    )
    label = pd.Series(label, index=moving.index)
    stretch = ((moving["to_carriage"] != moving["to_carriage"].shift()) | (label != label.shift())).cumsum()
    words = []
    for _, part in moving.groupby(stretch):
        name = label[part.index[0]]
        words.append(
            f"{part['to_carriage'].iloc[0]}{f' [{name}]' if name else ''} "
            f"{part['from_name'].iloc[0]} - {part['to_name'].iloc[-1]} ({part['distance_km'].sum():,.0f} km)"
        )
    return "; ".join(words)


def linked_flows(found: Found, ways: Ways) -> pd.DataFrame:
    """The largest linked flows, with their way, the way that they left, and what a box saves."""
    frame = changes(found)
    frame = frame[frame["linked_t"] > 0.0]
    names = found.world.scenario.table("place").set_index("place_id")["name"]
    columns = ["rank", "origin", "destination", "origin_name", "destination_name", "commodity_id", "teu", "t",
               "way_linked", "way_unlinked", "saving_usd_per_teu", "saving_usd_per_t"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    rows = []
    grouped = frame.groupby(["origin", "destination", "commodity_id"])
    total = (
        grouped[["linked_teu", "linked_t", "saving_usd"]]
        .sum()
        .sort_values(["linked_t"], ascending=False, kind="stable")
    )
    for rank, ((origin, destination, goods), row) in enumerate(total.head(_LARGEST).iterrows(), start=1):
        mine = grouped.get_group((origin, destination, goods))
        pair = int(mine.loc[mine["linked_t"].idxmax(), "pair"])
        rows.append(
            {
                "rank": rank,
                "origin": origin,
                "destination": destination,
                "origin_name": names[origin],
                "destination_name": names[destination],
                "commodity_id": goods,
                "teu": row["linked_teu"],
                "t": row["linked_t"],
                "way_linked": in_words(ways.legs("linked", pair)),
                "way_unlinked": in_words(ways.legs("unlinked", pair)),
                "saving_usd_per_teu": row["saving_usd"] / row["linked_teu"] if row["linked_teu"] > 0.0 else np.nan,
                "saving_usd_per_t": row["saving_usd"] / row["linked_t"],
            }
        )
    return pd.DataFrame(rows, columns=columns)


def diagrams(found: Found, ways: Ways) -> pd.DataFrame:
    """Time and cost against distance of the ways of the largest linked flow (or, without one, the largest touched):
    cumulative.
    """
    frame = changes(found)
    linked = frame[frame["linked_t"] > 0.0]
    demand = found.world.demand
    if len(linked):
        pair = int(linked.loc[linked["linked_t"].idxmax(), "pair"])
    else:
        boxes = found.world.touched[demand.teu[found.world.touched] > 0.0]
        if not len(boxes):
            return pd.DataFrame(columns=["way", "name", "seq", "place_id", "place_name", "activity", "carriage"])
        pair = int(boxes[np.argmax(demand.tonnes[boxes])])
    kind = demand.kind[pair]
    size = float(demand.classes.size[kind])
    tries = {
        "linked": ("linked", ()),
        "unlinked": ("unlinked", ()),
        "rail": ("linked", ("rail", "ferry")),
        "road": ("linked", ("road", "ferry")),
        "sea": ("unlinked", ("sea", "road")),
    }
    parts, seen = [], set()
    for way, (case, modes) in tries.items():
        legs = ways.legs(case, pair, modes=modes)
        text = in_words(legs)
        if legs.empty or text in seen:
            continue
        seen.add(text)
        parts.append(diagram(way, legs, size))
    return pd.concat(parts, ignore_index=True)


def evidence(found: Found, ways: Ways) -> pd.DataFrame:
    """How much of the ways of linked flows (else of touched ones) rests on estimates, by cost or, for demand, by
    tonnes.
    """
    scenario = found.world.scenario
    kind = scenario.table("source").set_index("source_id")["kind"]
    frame = changes(found)
    frame = frame[frame["linked_t"] > 0.0].nlargest(_LARGEST, "linked_t")
    rows: list[dict[str, object]] = []
    if len(frame):
        weights: dict[str, dict[str, float]] = {}
        for pair, tonnes in zip(frame["pair"], frame["linked_t"], strict=True):
            for leg in ways.legs("linked", int(pair)).itertuples(index=False):
                what, source = _behind(scenario, leg)
                bucket = weights.setdefault(what, dict.fromkeys(_KINDS, 0.0))
                bucket[str(kind.get(source, "estimate"))] += float(leg.cost_usd_per_t) * float(tonnes)
        whole = {k: sum(bucket[k] for bucket in weights.values()) for k in _KINDS}
        rows += [_shares(what, bucket) for what, bucket in {"all of the ways": whole, **weights}.items()]
    flow = scenario.table("flow")
    flow = flow[flow["part"] == "contestable"]
    tonnes = flow.groupby(flow["source"].map(kind))["volume_t"].sum()
    rows.append(_shares("tonnes of demand", {k: float(tonnes.get(k, 0.0)) for k in _KINDS}))
    return pd.DataFrame(rows)


def _behind(scenario: Scenario, leg: object) -> tuple[str, object]:
    """What a leg's cost mainly rests on, and the source of that row."""
    act, what = leg.act, leg.what  # type: ignore[attr-defined]
    named = {"move": ("link", "link_id", "ways"), "transfer": ("transfer", "transfer_id", "transfers"),
             "service": ("service", "service_id", "services"),
             "interchange": ("interchange", "interchange_group", "handing over")}  # fmt: skip
    if act in named:
        table, key, label = named[act]
        frame = scenario.table(table)
        return label, frame.loc[frame[key] == what, "source"].iloc[0]
    if act in ("join", "leave"):
        stops = scenario.table("corridor_stop")
        return "joining and leaving", stops["source"].iloc[0]
    return "loading and unloading", scenario.table("access")["source"].iloc[0]


def _shares(what: str, bucket: dict[str, float]) -> dict[str, object]:
    total = max(sum(bucket.values()), 1e-12)
    return {"what": what, **{f"share_{k}": bucket[k] / total for k in _KINDS}}
