"""The cheapest way from place to place: its legs with hours, money and emissions, and its time-distance diagram.

Diagrams after UNESCAP's time/cost-distance method (Beresford & Dubey 1990; Banomyong 2000): distance against cumulative
time or cost, ways as slopes and nodes as steps.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.compile import Compiled, compile_network
from koridor.model.compile.blocks import by_key, members
from koridor.model.cost import MODE_BIT, class_cost, class_money
from koridor.model.network import BOX, BULK, LOCAL, Act, Classes, Demand, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.schema.tables import CARRIAGES, FORMS
from koridor.studies.equilibrium.paths import all_or_nothing

_ALL_MODES = sum(MODE_BIT.values())
_STEP = 1e-6  # breaks ties of a distance by hours, and of hours by distance


class Least(StrEnum):
    """What the way should have least of."""

    COST = "cost"  # generalised cost: money and the value of time
    TIME = "time"
    DISTANCE = "distance"


class Status(StrEnum):
    """Whether there is a way."""

    FOUND = "found"
    NO_WAY = "no way"


@dataclass(frozen=True, slots=True)
class Params:
    """A query.

    origin, destination, via: ids of places. commodity: id, None for the first of the dataset. form: box or bulk.
    modes: those allowed, empty for all. corridors: only these regimes, None for all in force. least: what is least.
    vot_usd_per_t_h: value of time, None for the commodity's median. carbon_usd_per_t: price of CO2e.
    """

    origin: str
    destination: str
    commodity: str | None = None
    form: str = "box"
    modes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    corridors: tuple[str, ...] | None = None
    least: Least = Least.COST
    vot_usd_per_t_h: float | None = None
    carbon_usd_per_t: float = 0.0


@dataclass(frozen=True)
class Prepared:
    """A compiled scenario that answers many queries."""

    scenario: Scenario
    compiled: Compiled

    def __call__(self, params: Params) -> Result:
        """The way that a query asks for. Raises UsageError for what the dataset does not know."""
        return _Search(self, params).result()


def prepare(scenario: Scenario) -> Prepared:
    """Compiles a scenario for many queries."""
    return Prepared(scenario, compile_network(scenario))


def run(scenario: Scenario, params: Params) -> Result:
    """The cheapest way of one query. Tables: `legs` (a row for every leg and node process, cumulative too)."""
    return prepare(scenario)(params)


def find_place(scenario: Scenario, name: str) -> str:
    """Id of a place by its id or by a name in any language. Raises UsageError with near misses, or where a name is
    ambiguous.
    """
    place, names = scenario.table("place"), scenario.table("place_name")
    if name in set(place["place_id"]):
        return name
    known = pd.concat([place[["place_id", "name"]], names[["place_id", "name"]]])
    folded = known["name"].str.casefold()
    hit = known.loc[folded == name.casefold(), "place_id"].unique()
    if len(hit) == 0:  # `Baku` for `Baku (Bilajari)`
        hit = known.loc[folded.str.split(r"[\s(,/]", regex=True).str[0] == name.casefold(), "place_id"].unique()
        cities = place.loc[place["place_id"].isin(hit) & place["kind"].isin(["city", "port"]), "place_id"]
        hit = cities.unique() if len(cities) else hit
    if len(hit) == 1:
        return str(hit[0])
    if len(hit) > 1:
        named = ", ".join(f"{i} ({place.loc[place['place_id'] == i, 'name'].iloc[0]})" for i in sorted(hit)[:8])
        raise UsageError(f"{name!r} may be {named}: give the id")
    near = difflib.get_close_matches(name.casefold(), folded.tolist(), n=4, cutoff=0.6)
    ids = known[folded.isin(near)].drop_duplicates("place_id")
    hint = ", ".join(f"{r.place_id} ({r.name})" for r in ids.itertuples(index=False)) or "see `koridor atlas`"
    raise UsageError(f"no place {name!r} in {scenario.dataset.name}; near: {hint}")


class _Search:
    """One query on a compiled network."""

    def __init__(self, prepared: Prepared, params: Params) -> None:
        self.prepared, self.params = prepared, params
        self.compiled, self.network = prepared.compiled, prepared.compiled.network
        self.stops = [self._place(name) for name in (params.origin, *params.via, params.destination)]
        if params.origin == params.destination:
            raise UsageError(f"{params.origin}: origin and destination are the same place")
        self.kind = self._classes()

    def _place(self, name: str) -> int:
        at = int(self.network.places.get_indexer([name])[0])
        if at < 0:
            raise UsageError(f"no place {name!r} in {self.prepared.scenario.dataset.name}")
        return at

    def _classes(self) -> Classes:
        """The one class of the query: its commodity with the median value of time."""
        table = by_key(self.prepared.scenario.table("commodity"), "commodity_id")
        ids = list(table["commodity_id"])
        name = self.params.commodity or ids[0]
        if name not in ids:
            raise UsageError(f"no commodity {name!r}; there are: {', '.join(ids)}")
        if self.params.form not in FORMS:
            raise UsageError(f"no form {self.params.form!r}; there are: {', '.join(FORMS)}")
        unknown = set(self.params.modes) - set(MODE_BIT)
        if unknown:
            raise UsageError(f"no mode {', '.join(sorted(unknown))}; there are: {', '.join(MODE_BIT)}")
        row = table.iloc[ids.index(name)]
        form = BOX if self.params.form == FORMS[BOX] else BULK
        bulk = sum(MODE_BIT[m] for m in members(table["bulk_modes"])[ids.index(name)]) or _ALL_MODES
        modes = sum(MODE_BIT[m] for m in self.params.modes) or (_ALL_MODES if form == BOX else bulk)
        one, unit = np.ones(1, dtype=np.int64), np.ones(1)
        asked = self.params.vot_usd_per_t_h
        vot = row["vot_usd_per_t_h"] if asked is None else asked
        return Classes(
            commodity=one * ids.index(name), form=one * form, band=one * 0, vot=unit * float(vot),
            size=unit * float(row["size_t_per_teu"] if form == BOX else 1.0), modes=one * modes,
            road_factor=unit * float(row["road_factor"]), reliability=unit * float(row["reliability_ratio"]),
            unserved=unit * float(row["unserved_usd_per_t"]),
        )  # fmt: skip

    def cost(self) -> Floats:
        """What is to be least, on every arc (m,)."""
        arcs, form = self.network.arcs, int(self.kind.form[0])
        cost = class_cost(self.network, self.kind, 0, carbon_usd_per_t=self.params.carbon_usd_per_t)
        if self.params.least is Least.TIME:
            cost = np.where(np.isfinite(cost), arcs.hours[form] + _STEP * (1.0 + arcs.km), np.inf)
        elif self.params.least is Least.DISTANCE:
            cost = np.where(np.isfinite(cost), arcs.km + _STEP * (1.0 + arcs.hours[form]), np.inf)
        if self.params.corridors is not None:
            inside = self.network.corridor[arcs.head]
            allowed = self.network.corridors.get_indexer(list(self.params.corridors))
            cost = np.where((inside == LOCAL) | np.isin(inside, allowed), cost, np.inf)
        return cost

    def arcs(self) -> Ints | None:
        """Arcs of the way in their order, None where there is none; places of `via` are passed one after the other."""
        cost, way = self.cost(), []
        for start, end in zip(self.stops[:-1], self.stops[1:], strict=True):
            one = np.zeros(1, dtype=np.int64)
            pair = Demand(self.kind, one, one + start, one + end, one, np.ones(1), one - 1)
            if self.network.door_out[start] < 0 or self.network.door_in[end] < 0:
                return None
            found, reach = all_or_nothing(self.network, pair, lambda _: cost)
            if np.isinf(reach[0]):
                return None
            way.append(found.arcs[::-1])
        return np.concatenate(way)

    def result(self) -> Result:
        way = self.arcs()
        legs = self.legs(way) if way is not None else self.legs(np.empty(0, dtype=np.int64))
        totals = [
            ("distance_km", "km", "km"), ("time_h", "h", "h"), ("money_usd_per_t", "money_usd_per_t", "usd_per_t"),
            ("cost_usd_per_t", "cost_usd_per_t", "usd_per_t"), ("co2e_kg_per_t", "co2e_kg_per_t", "kg_per_t"),
        ]  # fmt: skip
        column = {"km": "distance_km", "h": "time_h"}
        rows = (
            [(name, "", float(legs[column.get(c, c)].sum()), unit) for name, c, unit in totals]
            if way is not None
            else []
        )
        if way is not None and self.kind.form[0] == BOX:
            rows.append(("money_usd_per_teu", "", rows[2][2] * float(self.kind.size[0]), "usd_per_teu"))
        return Result(
            study="route",
            scenario=self.prepared.scenario.hash,
            dataset=self.prepared.scenario.dataset.name,
            params=_params(self.params),
            status=Status.FOUND if way is not None else Status.NO_WAY,
            tables={"legs": legs},
            metrics=pd.DataFrame(rows, columns=["metric", "key", "value", "unit"]),
        )

    def legs(self, way: Ints) -> pd.DataFrame:
        """A row for every arc of the way, in order, with cumulative distance, time and money behind."""
        network, arcs, form = self.network, self.network.arcs, int(self.kind.form[0])
        tail, head = arcs.tail[way], arcs.head[way]
        money = class_money(network, self.kind, 0)[way] if len(way) else np.empty(0)
        carriage = np.array(["door", *CARRIAGES], dtype=object)
        corridor = np.array(["", *network.corridors], dtype=object)
        place = self.compiled.index.place
        frame = pd.DataFrame(
            {
                "act": [Act(a).name.lower() for a in arcs.act[way]],
                "from_place": network.places[network.place[tail]],
                "to_place": network.places[network.place[head]],
                "from_name": place["name"].to_numpy()[network.place[tail]],
                "to_name": place["name"].to_numpy()[network.place[head]],
                "from_carriage": carriage[network.carriage[tail] + 1],
                "to_carriage": carriage[network.carriage[head] + 1],
                "corridor": corridor[network.corridor[head] + 1],
                "what": [self._what(int(a)) for a in way],
                "distance_km": arcs.km[way],
                "time_h": arcs.hours[form][way],
                "sd_h": arcs.sd_h[form][way],
                "money_usd_per_t": money,
                "cost_usd_per_t": class_cost(network, self.kind, 0)[way] if len(way) else money,
                "co2e_kg_per_t": arcs.kg[form][way],
            }
        )
        for name in ("distance_km", "time_h", "money_usd_per_t", "co2e_kg_per_t"):
            frame[f"sum_{name}"] = frame[name].cumsum()
        return frame

    def _what(self, arc: int) -> str:
        """Id of the row behind an arc: link, transfer, service, interchange group."""
        arcs, tables = self.network.arcs, self.compiled.tables
        act, row = Act(arcs.act[arc]), int(arcs.row[arc])
        if act is Act.MOVE:
            return str(self.compiled.index.links[arcs.link[arc]])
        named = {Act.TRANSFER: ("transfer", "transfer_id"), Act.SERVICE: ("service", "service_id"),
                 Act.INTERCHANGE: ("interchange", "interchange_group")}  # fmt: skip
        if act not in named:
            return ""
        table, column = named[act]
        return str(tables[table][column].iloc[row])


def _params(params: Params) -> dict[str, Any]:
    return {
        "origin": params.origin, "destination": params.destination, "commodity": params.commodity, "form": params.form,
        "modes": list(params.modes), "via": list(params.via),
        "corridors": None if params.corridors is None else list(params.corridors),
        "least": str(params.least), "carbon_usd_per_t": params.carbon_usd_per_t,
    }  # fmt: skip
