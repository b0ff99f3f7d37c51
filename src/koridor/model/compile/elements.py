"""Elements: what has a capacity, and how much of it every arc uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import CARRIAGE_CODE, Block, Index, by_key
from koridor.model.compile.services import Legs
from koridor.model.compile.sizes import Size
from koridor.model.compile.sizes import loads as loads_of_sizes
from koridor.model.network import Act, Elements, Flags, Ints
from koridor.model.scenario import Scenario

_SHIPS = tuple(CARRIAGE_CODE[name] for name in ("sea", "river"))


NO_ELEMENTS = Elements(
    *(np.empty(0, dtype=kind) for kind in (int, bool, *[float] * 2, int, *[float] * 3, int, int, float, float)),
)


@dataclass(frozen=True, slots=True)
class Use:
    """Arcs that use a row of a table, and whether against its direction."""

    arcs: Ints
    reverse: Flags


def elements(
    index: Index,
    scenario: Scenario,
    arcs: Block,
    legs: Legs,
    open_share: np.ndarray,
    tables: dict[str, pd.DataFrame],
    boarding: dict[int, Ints],
    services: list[Size],
) -> Elements:
    """Constraints of a network. `arcs` are all arcs, `legs` their base arcs, `boarding` the moves that use a
    transfer, `services` the last rows of the table: the sizes of services.
    """
    table = tables["element"]
    row = np.repeat(np.arange(len(table)), np.where(table["per_direction"], 2, 1))
    reverse = np.concatenate([[False], row[1:] == row[:-1]]) if len(row) else np.empty(0, dtype=bool)
    first = np.searchsorted(row, np.arange(len(table)))
    loads = by_key(scenario.table("element_load"), "element_id", "of", "row")
    at = pd.Index(table["element_id"]).get_indexer(loads["element_id"])
    finder = _Finder(index, arcs, tables, boarding)
    share = np.ones(len(table))
    pieces: list[tuple[np.ndarray, ...]] = []
    for element, load in zip(at, loads.itertuples(index=False), strict=True):
        use = finder.find(str(load.of), str(load.row))
        shift = use.reverse & bool(table["per_direction"].iloc[element])
        pieces.append(
            (use.arcs, first[element] + shift, np.full(len(use.arcs), load.per_t), np.full(len(use.arcs), load.per_teu))
        )
        if load.of == "link":
            share[element] = min(share[element], open_share[index.links.get_loc(load.row)])
    own = len(table) - len(services)
    pieces += loads_of_sizes(services, first[own:], arcs, legs)
    for element, size in enumerate(services, start=own):
        share[element] = open_share[size.link] if size.link >= 0 else 1.0
    columns = (
        [np.concatenate(c) if pieces else np.empty(0) for c in zip(*pieces, strict=True)]
        if pieces
        else [np.empty(0)] * 4
    )
    arc, element, per_t, per_teu = _with_services(columns, arcs, legs)
    kind = (table["delay"] == "bpr").to_numpy(dtype=np.int64)
    delay = [np.where(kind == 0, 0.0, table[f"delay_{n}"].fillna(0.0))[row] for n in ("free_h", "alpha", "power")]
    return Elements(
        row=row,
        reverse=reverse,
        capacity=(table["capacity_per_yr"].to_numpy() * share)[row],
        preload=table["preload_per_yr"].to_numpy()[row],
        delay_kind=kind[row],
        delay_free_h=delay[0],
        delay_alpha=delay[1],
        delay_power=delay[2],
        load_arc=arc.astype(np.int64),
        load_element=element.astype(np.int64),
        load_per_t=per_t.astype(float),
        load_per_teu=per_teu.astype(float),
    )


def _with_services(columns: list[np.ndarray], arcs: Block, legs: Legs) -> list[np.ndarray]:
    """Loads of base arcs, and of the services that pass them."""
    count = np.diff(legs.start)
    service = np.repeat(np.flatnonzero(arcs.act == Act.SERVICE), count)
    if not len(service):
        return columns
    order = np.argsort(legs.arcs, kind="stable")
    base, service = legs.arcs[order], service[order]
    low, high = np.searchsorted(base, columns[0]), np.searchsorted(base, columns[0], side="right")
    times = high - low
    of = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(of)) - np.repeat(np.cumsum(times) - times, times)
    passing = service[np.repeat(low, times) + within]
    return [np.concatenate([columns[0], passing]), *(np.concatenate([c, c[of]]) for c in columns[1:])]


class _Finder:
    """Finds the arcs behind rows of tables."""

    def __init__(self, index: Index, arcs: Block, tables: dict[str, pd.DataFrame], boarding: dict[int, Ints]) -> None:
        self.index, self.arcs, self.tables, self.boarding = index, arcs, tables, boarding
        self.moving = np.flatnonzero(arcs.act == Act.MOVE)
        self.changing = np.flatnonzero(arcs.act == Act.TRANSFER)
        self.handing = np.flatnonzero(arcs.act == Act.INTERCHANGE)

    def find(self, table: str, row: str) -> Use:
        return {
            "link": self._link,
            "border": self._border,
            "transfer": self._transfer,
            "place": self._place,
            "interchange": self._interchange,
        }[table](row)

    def _link(self, row: str) -> Use:
        arcs = self.moving[self.arcs.link[self.moving] == self.index.links.get_loc(row)]
        return Use(arcs, self.arcs.reverse[arcs])

    def _border(self, row: str) -> Use:
        border = self.tables["border"].set_index("border_id").loc[row]
        a, b = self.index.places.get_indexer([border["from_place"], border["to_place"]])
        ends = self.index.link_from, self.index.link_to
        same_mode = (self.index.link["mode"] == border["mode"]).to_numpy()
        links = np.flatnonzero(same_mode & (((ends[0] == a) & (ends[1] == b)) | ((ends[0] == b) & (ends[1] == a))))
        arcs = self.moving[np.isin(self.arcs.link[self.moving], links)]
        start = np.where(self.arcs.reverse[arcs], ends[1][self.arcs.link[arcs]], ends[0][self.arcs.link[arcs]])
        against = start != a
        if border["two_way"]:
            return Use(arcs, against)
        return Use(arcs[~against], against[~against])

    def _transfer(self, row: str) -> Use:
        at = int(np.flatnonzero((self.tables["transfer"]["transfer_id"] == row).to_numpy())[0])
        arcs = self.changing[self.arcs.row[self.changing] == at]
        boards = self.boarding.get(at, np.empty(0, dtype=np.int64))
        return Use(np.concatenate([arcs, boards]), np.concatenate([self.arcs.reverse[arcs], self.arcs.reverse[boards]]))

    def _place(self, row: str) -> Use:
        place = self.index.places.get_loc(row)
        tail, head = self.index.parts(self.arcs.tail[self.changing]), self.index.parts(self.arcs.head[self.changing])
        ashore, aboard = np.isin(tail[1], _SHIPS), np.isin(head[1], _SHIPS)
        hit = (tail[0] == place) & (ashore != aboard)
        return Use(self.changing[hit], ashore[hit])

    def _interchange(self, row: str) -> Use:
        table, parts = self.tables["interchange"], row.split("/")
        hit = np.ones(len(table), dtype=bool)
        for name, part in zip(
            ("interchange_group", "from_corridor", "from_place", "to_corridor", "to_place"), parts, strict=False
        ):
            hit &= (table[name] == part).to_numpy() | (part == "*")
        arcs = self.handing[hit[self.arcs.row[self.handing]]]
        return Use(arcs, self.arcs.reverse[arcs])
