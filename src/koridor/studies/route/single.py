"""The one best way of a year's network: its legs with hours, money and emissions, and its time-distance diagram.

Diagrams after UNESCAP's time/cost-distance method (Beresford & Dubey 1990; Banomyong 2000): distance against cumulative
time or cost, ways as slopes and nodes as steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from koridor.kernels.paths import best_paths, rows
from koridor.model.cargo import usual_goods
from koridor.model.compile import Compiled
from koridor.model.compile.blocks import by_key, members
from koridor.model.cost import MODE_BIT, class_cost
from koridor.model.network import BOX, BULK, Classes, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.result import METRIC_COLUMNS, Result
from koridor.schema.tables import FORMS
from koridor.studies import way as way_tables
from koridor.studies.route.layers import layered
from koridor.studies.route.terms import ends, known, off_corridors, other_regimes, place_of, strange_doors
from koridor.text import t

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


class Reason(StrEnum):
    """What would have to change for a way to exist, as far as it can be told."""

    ORIGIN = "origin"  # no open access where it begins
    DESTINATION = "destination"  # none where it ends
    MODES = "modes"  # there is a way by other modes
    CORRIDORS = "corridors"  # there is one outside these corridors
    VIA = "via"  # there is one, but not past these places
    FORM = "form"  # there is one in the other form
    APART = "apart"  # no open way joins the two places


@dataclass(frozen=True, slots=True)
class Params:
    """A query.

    origin, destination, via: ids of places, via in their order. commodity: id, None for that of which most goes
    in the form. form: box or bulk. modes: those allowed, empty for all. corridors: only these regimes, None for all
    in force. within: move
    on links of these corridors alone, in any regime. least: what is least. vot_usd_per_t_h: value of time, None for the
    commodity's median. carbon_usd_per_t: price of CO2e.
    """

    origin: str
    destination: str
    commodity: str | None = None
    form: str = "box"
    modes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    corridors: tuple[str, ...] | None = None
    within: bool = False
    least: Least = Least.COST
    vot_usd_per_t_h: float | None = None
    carbon_usd_per_t: float = 0.0


class Search:
    """One query on a compiled network."""

    def __init__(self, scenario: Scenario, compiled: Compiled, params: Params) -> None:
        self.scenario, self.params = scenario, params
        self.compiled, self.network = compiled, compiled.network
        self.start, self.end = ends(scenario, self.network, params.origin, params.destination)
        self.via = [place_of(scenario, self.network, name) for name in params.via]
        self.kind = self._classes()

    def _classes(self) -> Classes:
        """The one class of the query: its commodity with the median value of time."""
        table = by_key(self.scenario.table("commodity"), "commodity_id")
        ids = [str(name) for name in table["commodity_id"]]
        form = BOX if known(t("form"), self.params.form, FORMS) == FORMS[BOX] else BULK
        name = known(t("commodity"), self.params.commodity or usual_goods(self.scenario, form), ids)
        modes = sum(MODE_BIT[known(t("mode"), mode, tuple(MODE_BIT))] for mode in self.params.modes)
        self.goods = name
        row = table.iloc[ids.index(name)]
        bulk = sum(MODE_BIT[m] for m in members(table["bulk_modes"])[ids.index(name)])
        allowed = bulk if form == BULK and bulk else _ALL_MODES
        one, unit = np.ones(1, dtype=np.int64), np.ones(1)
        asked = self.params.vot_usd_per_t_h
        vot = row["vot_usd_per_t_h"] if asked is None else asked
        return Classes(
            commodity=one * ids.index(name), form=one * form, band=one * 0, vot=unit * float(vot),
            size=unit * float(row["size_t_per_teu"] if form == BOX else 1.0), modes=one * (modes or allowed),
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
        if self.params.modes:
            cost = np.where(strange_doors(self.compiled, self.params.modes), np.inf, cost)
        if self.params.corridors is None:
            return cost
        cost = np.where(other_regimes(self.network, self.params.corridors), np.inf, cost)
        if not self.params.within:
            return cost
        return np.where(off_corridors(self.scenario, self.compiled, self.params.corridors), np.inf, cost)

    def arcs(self) -> Ints | None:
        """Arcs of the way in their order, None where there is none.

        Places to be passed part the network into layers: a way goes up a layer where it is at the next of these places,
        in whatever carriage and regime, or rides through it on a service.
        """
        network, n, m = self.network, self.network.nodes, len(self.network.arcs)
        source, target = network.door_out[self.start], network.door_in[self.end]
        if source < 0 or target < 0:
            return None
        graph, cost = layered(network, np.arange(m), self.via), self.cost()
        own = np.where(graph.own >= 0, cost[graph.own], 0.0)
        ends = np.array([source]), np.array([0, 1]), np.array([target + n * len(self.via)])
        dist, _, found = best_paths(*rows(graph.tail, graph.head, graph.nodes), graph.tail, own, *ends)
        if np.isinf(dist[0]):
            return None
        way = graph.own[found[::-1]]
        return way[way >= 0]

    def result(self) -> Result:
        """The way as tables and totals; without one, the reasons as far as known."""
        way = self.arcs()
        if way is None:
            reasons = pd.DataFrame({"reason": pd.Series([str(reason) for reason in self.reasons()], dtype="str")})
            return self._result(Status.NO_WAY, {"reasons": reasons}, [])
        legs = way_tables.legs(self.compiled, self.kind, way)
        size = float(self.kind.size[0])
        tables = {
            "stretches": way_tables.stretches(legs, self.kind),
            "legs": legs,
            "ways": way_tables.diagram(f"least {self.params.least}", legs, size),
        }
        rows = [
            ("distance_km", "", float(legs["distance_km"].sum()), "km"),
            ("time_h", "", float(legs["time_h"].sum()), "h"),
            ("sd_h", "", float(np.sqrt((legs["sd_h"] ** 2).sum())), "h"),
            ("money_usd_per_t", "", float(legs["money_usd_per_t"].sum()), "usd_per_t"),
            ("cost_usd_per_t", "", float(legs["cost_usd_per_t"].sum()), "usd_per_t"),
            ("co2e_kg_per_t", "", float(legs["co2e_kg_per_t"].sum()), "kg_per_t"),
        ]
        if self.kind.form[0] == BOX:
            rows.append(("money_usd_per_teu", "", float(legs["money_usd_per_t"].sum()) * size, "usd_per_teu"))
            rows.append(("cost_usd_per_teu", "", float(legs["cost_usd_per_t"].sum()) * size, "usd_per_teu"))
            rows.append(("co2e_kg_per_teu", "", float(legs["co2e_kg_per_t"].sum()) * size, "kg_per_teu"))
        return self._result(Status.FOUND, tables, rows)

    def _result(
        self, status: Status, tables: dict[str, pd.DataFrame], rows: list[tuple[str, str, float, str]]
    ) -> Result:
        return Result(
            study="route",
            scenario=self.scenario.hash,
            dataset=self.scenario.dataset.name,
            params=_params(self.params, self.goods),
            status=status,
            tables=tables,
            metrics=pd.DataFrame(rows, columns=list(METRIC_COLUMNS)),
        )

    def reasons(self) -> list[Reason]:
        """Why there is no way: a shut end, else each demand without which there is a way."""
        ends = (
            (Reason.ORIGIN, self.network.door_out, self.start),
            (Reason.DESTINATION, self.network.door_in, self.end),
        )
        shut = [reason for reason, door, place in ends if door[place] < 0]
        if shut:
            return shut
        params = self.params
        other = FORMS[BULK] if params.form == FORMS[BOX] else FORMS[BOX]
        tries = {
            Reason.MODES: replace(params, modes=()),
            Reason.CORRIDORS: replace(params, corridors=None, within=False),
            Reason.VIA: replace(params, via=()),
            Reason.FORM: replace(params, form=other),
        }
        found = [
            reason
            for reason, eased in tries.items()
            if eased != params and Search(self.scenario, self.compiled, eased).arcs() is not None
        ]
        return found or [Reason.APART]


def _params(params: Params, goods: str) -> dict[str, Any]:
    return {
        "origin": params.origin, "destination": params.destination, "commodity": goods, "form": params.form,
        "modes": list(params.modes), "via": list(params.via),
        "corridors": None if params.corridors is None else list(params.corridors), "within": params.within,
        "least": str(params.least), "carbon_usd_per_t": params.carbon_usd_per_t,
    }  # fmt: skip
