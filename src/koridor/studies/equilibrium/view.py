"""Tables and metrics of an assignment: who goes, what it costs, what passes links, screenlines and elements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.network import PAYEES, Act, Demand, Floats, Ints, sums_by
from koridor.model.scenario import Scenario
from koridor.studies import flows
from koridor.studies.equilibrium import accounts
from koridor.studies.equilibrium.accounts import PathAccounts, Volumes
from koridor.studies.equilibrium.master import Equilibrium, Rationing
from koridor.studies.equilibrium.paths import by_class, element_loads, marks, volumes

if TYPE_CHECKING:
    from koridor.studies.assign import Params

LINKED, GATE_A, GATE_B, FORWARD = 1, 2, 4, 8


def over_lines(lines: pd.DataFrame, links: pd.Index, t: Floats, teu: Floats) -> pd.DataFrame:
    """Tonnes and TEU a year across every screenline by direction.

    lines: rows of `screenline_link`. t, teu: (links, 2).
    """
    at, against = links.get_indexer(lines["link_id"]), lines["reversed"].to_numpy(dtype=np.int64)
    parts = []
    for name, side in (("forward", against), ("backward", 1 - against)):
        part = pd.DataFrame({"screenline_id": lines["screenline_id"], "t": t[at, side], "teu": teu[at, side]})
        parts.append(part.groupby("screenline_id", as_index=False).sum().assign(direction=name))
    return pd.concat(parts)


@dataclass(frozen=True)
class View:
    """Tables and metrics of an assignment; what several of them need is worked out once."""

    scenario: Scenario
    compiled: Compiled
    demand: Demand
    found: Equilibrium
    by_path: PathAccounts
    volume: Volumes
    params: Params

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """A row for every pair: what it costs a year in USD, and the tonnes that pass gates and are linked."""
        tonnes, pair = self.found.paths.tonnes, self.found.paths.pair
        n = len(self.demand)

        def total(value: Floats) -> Floats:
            return sums_by(pair, value * tonnes, n)

        p = self.by_path
        loss = self.found.unserved * self.demand.classes.unserved[self.demand.kind]
        bits = self.marks
        frame = {
            "pair": np.arange(n) if self.params.pairs is None else self.params.pairs,
            "used_usd": total(p.used) + loss,
            "users_usd": total(p.users) + loss,
            "resource_usd": total(p.resource - p.handover),
            "handover_usd": total(p.handover),
            "time_usd": total(p.time),
            "reliability_usd": total(p.reliability),
            "rent_usd": total(p.rent),
            "carried_t": total(np.ones(len(tonnes))),
            "unserved_t": self.found.unserved,
        }
        for name, bit in (("linked_t", LINKED), ("forward_t", FORWARD), ("gate_a_t", GATE_A), ("gate_b_t", GATE_B)):
            frame[name] = total(((bits & bit) == bit).astype(float))
        frame["group"] = self._groups(n)
        return pd.DataFrame(frame, copy=False)

    def _groups(self, n: int) -> pd.Series:
        """Interchange group at which each pair hands over between A and B; empty for none, the first by name of
        several.
        """
        table, arcs = self.compiled.tables["interchange"], self.compiled.network.arcs
        names = sorted(table["interchange_group"].unique())
        across = (arc_marks(self.compiled, self.scenario, self.params.sets) & LINKED) == LINKED
        at = table["interchange_group"].map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
        bit = np.zeros(len(arcs), dtype=np.int64)
        bit[across] = 1 << at[arcs.row[across]]
        met = marks(self.found.paths, bit)
        group = np.full(n, "", dtype=object)
        for i, name in reversed(list(enumerate(names))):
            group[self.found.paths.pair[(met >> i & 1) == 1]] = name
        return pd.Series(group, dtype="str")

    @cached_property
    def marks(self) -> Ints:
        """Bits of every path: LINKED, FORWARD, GATE_A, GATE_B."""
        return marks(self.found.paths, arc_marks(self.compiled, self.scenario, self.params.sets))

    def link_flows(self) -> pd.DataFrame:
        """Tonnes and TEU a year on every link, with its direction and against it."""
        t, teu = self._on_links
        return pd.DataFrame(
            {
                "link_id": self.compiled.index.links.to_numpy(),
                "forward_t": t[:, 0],
                "backward_t": t[:, 1],
                "forward_teu": teu[:, 0],
                "backward_teu": teu[:, 1],
            }
        )

    def class_flows(self) -> pd.DataFrame:
        """Tonnes a year of every class on every arc that it uses."""
        paths, m = self.found.paths, len(self.compiled.network.arcs)
        parts = [(k, volumes(paths, paths.tonnes, m, rows)) for k, rows in by_class(self.demand, paths)]
        return flows.class_flows(self.compiled, self.demand.classes, parts)

    @cached_property
    def _on_links(self) -> tuple[Floats, Floats]:
        links, v = len(self.compiled.index.links), self.volume
        network = self.compiled.network
        return accounts.link_volumes(network, v.box_t + v.bulk_t, links), accounts.link_volumes(network, v.teu, links)

    def screenlines(self) -> pd.DataFrame:
        """Tonnes and TEU a year across every screenline, by direction."""
        lines = self.scenario.table("screenline_link")
        both = over_lines(lines, self.compiled.index.links, *self._on_links)
        both = both.sort_values(["screenline_id", "direction"], ascending=[True, False], ignore_index=True)
        return both[["screenline_id", "direction", "t", "teu"]]

    @cached_property
    def countries(self) -> pd.DataFrame:
        """USD a year by country: cost to users (half to each end), revenue and margin by payee, and scarcity rents."""
        network, demand = self.compiled.network, self.demand
        revenue, margin = accounts.margins(network, self.volume)
        cost = self.pairs["users_usd"].to_numpy() / 2.0
        n = len(network.countries)
        users = np.zeros(n)
        for end in (demand.origin, demand.destination):
            users += sums_by(network.place_country[end], cost, n)
        frame = {"country_id": network.countries.to_numpy(), "users_usd": users, "rents_usd": self._rents(n)}
        for i, payee in enumerate(PAYEES):
            frame[f"{payee}_revenue_usd"], frame[f"{payee}_margin_usd"] = revenue[i], margin[i]
        return pd.DataFrame(frame)

    def _rents(self, countries: int) -> Floats:
        owner = self.compiled.index.countries.get_indexer(self.compiled.tables["element"]["country_id"])
        return sums_by(owner[self.compiled.network.elements.row], self.element_rents, countries)

    @cached_property
    def element_rents(self) -> Floats:
        """USD a year (k,) that the queue or price of each constraint is worth."""
        paths, demand = self.found.paths, self.demand
        hours = self.params.rationing is Rationing.QUEUE
        value = demand.classes.vot[demand.kind[paths.pair]] if hours else np.ones(len(paths))
        usd = paths.with_tonnes(paths.tonnes * value)
        return self.found.multiplier * element_loads(self.compiled.network, demand, usd)

    def elements(self, other: Floats) -> pd.DataFrame:
        """Load, other traffic, capacity and queue of every constraint."""
        e, table = self.compiled.network.elements, self.compiled.tables["element"]
        hours = self.params.rationing is Rationing.QUEUE
        return pd.DataFrame(
            {
                "element_id": table["element_id"].to_numpy()[e.row],
                "name": table["name"].to_numpy()[e.row],
                "per_direction": table["per_direction"].to_numpy()[e.row],
                "direction": e.direction,
                "unit": table["unit"].to_numpy()[e.row],
                "capacity_per_yr": e.capacity,
                "preload_per_yr": e.preload,
                "background_per_yr": other,
                "load_per_yr": self.found.load,
                "queue_h": self.found.multiplier * self.found.unit if hours else np.nan,
                "delay_h": self.found.delay_rate * self.found.unit,
                "rent_usd": self.element_rents,
            }
        )

    def metrics(self) -> pd.DataFrame:
        """Totals of the assignment."""
        p, bits, paths = self.by_path, self.marks, self.found.paths
        loss = float((self.found.unserved * self.demand.classes.unserved[self.demand.kind]).sum())
        users = float((p.users * paths.tonnes).sum()) + loss
        teu = np.where(
            self.demand.teu[paths.pair] > 0.0,
            paths.tonnes / self.demand.classes.size[self.demand.kind[paths.pair]],
            0.0,
        )
        rows: list[tuple[str, str, float, str]] = [
            ("used_usd", "", float((p.used * paths.tonnes).sum()) + loss, "usd"),
            ("users_usd", "", users, "usd"),
            ("rents_usd", "", float((p.rent * paths.tonnes).sum()), "usd"),
            ("assigned_t", "", float(paths.tonnes.sum()), "t"),
            ("unserved_t", "", float(self.found.unserved.sum()), "t"),
            ("gap_usd", "", self.found.gap_usd, "usd"),
            ("gap_share", "", self.found.gap_usd / max(users, 1e-9), "share"),
            ("rounds", "", float(self.found.rounds), "count"),
        ]
        for name, bit in (("linked", LINKED), ("gate_a", GATE_A), ("gate_b", GATE_B)):
            hit = (bits & bit) == bit
            rows += [
                (f"{name}_teu", "", float(teu[hit].sum()), "teu"),
                (f"{name}_t", "", float(paths.tonnes[hit].sum()), "t"),
            ]
        rows += self._by_group()
        columns = ["metric", "key", "value", "unit"]
        if not self.params.detail:
            return pd.DataFrame(rows, columns=columns)
        countries = self.countries
        for payee in PAYEES:
            rows.append((f"{payee}s_usd", "", float(countries[f"{payee}_margin_usd"].sum()), "usd"))
        frame = pd.DataFrame(rows + self._by_corridor(), columns=columns)
        wide = countries.melt("country_id", var_name="metric", value_name="value").rename(columns={"country_id": "key"})
        return pd.concat([frame, wide.assign(unit="usd")[columns]], ignore_index=True)

    def _by_group(self) -> list[tuple[str, str, float, str]]:
        arcs = self.compiled.network.arcs
        table = self.compiled.tables["interchange"]
        rows = []
        for group in sorted(table["interchange_group"].unique()):
            mine = (arcs.act == Act.INTERCHANGE) & (table["interchange_group"] == group).to_numpy()[
                arcs.row * (arcs.act == Act.INTERCHANGE)
            ]
            rows.append(("interchange_teu", str(group), float(self.volume.teu[mine].sum()), "teu"))
            rows.append(("interchange_t", str(group), float((self.volume.box_t + self.volume.bulk_t)[mine].sum()), "t"))
        return rows

    def _by_corridor(self) -> list[tuple[str, str, float, str]]:
        """TEU and tonnes that leave each corridor: what it carried to the end or handed over."""
        arcs, network = self.compiled.network.arcs, self.compiled.network
        leaving = np.isin(arcs.act, (Act.LEAVE, Act.INTERCHANGE))
        corridor = network.corridor[arcs.tail]
        t = self.volume.box_t + self.volume.bulk_t
        rows = []
        for code, name in enumerate(network.corridors):
            mine = leaving & (corridor == code)
            rows.append(("corridor_teu", str(name), float(self.volume.teu[mine].sum()), "teu"))
            rows.append(("corridor_t", str(name), float(t[mine].sum()), "t"))
        return rows


def arc_marks(compiled: Compiled, scenario: Scenario, sets: tuple[tuple[str, ...], tuple[str, ...]]) -> Ints:
    """Bits (m,) of every arc: handing over between A and B, FORWARD when from A to B; a gate link of A; one of B, in
    any regime.
    """
    network, table = compiled.network, compiled.tables["interchange"]
    arcs = network.arcs
    bits = np.zeros(len(arcs), dtype=np.int64)
    inside = [set(names) for names in sets]
    first = np.array([[name in s for s in inside] for name in table["from_corridor"]], dtype=bool).reshape(-1, 2)
    second = np.array([[name in s for s in inside] for name in table["to_corridor"]], dtype=bool).reshape(-1, 2)
    across = (first[:, 0] & second[:, 1]) | (first[:, 1] & second[:, 0])
    handing = np.flatnonzero(arcs.act == Act.INTERCHANGE)
    bits[handing[across[arcs.row[handing]]]] |= LINKED
    from_a = np.where(arcs.reverse[handing], second[arcs.row[handing], 0], first[arcs.row[handing], 0])
    bits[handing[across[arcs.row[handing]] & from_a]] |= FORWARD
    gates = scenario.table("corridor_gate")
    arc = np.repeat(np.arange(len(arcs)), np.diff(network.leg_start))
    link = arcs.link[network.legs]
    for bit, names in zip((GATE_A, GATE_B), sets, strict=True):
        mine = compiled.index.links.get_indexer(gates.loc[gates["corridor_id"].isin(names), "link_id"])
        hit = np.unique(arc[np.isin(link, mine) & (link >= 0)])
        bits[hit] |= bit
    return bits


__all__ = ["FORWARD", "GATE_A", "GATE_B", "LINKED", "View", "arc_marks"]
