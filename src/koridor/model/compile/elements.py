"""Elements: what has a capacity, and how much of it every arc uses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import CARRIAGE_CODE, Block, Index, by_key
from koridor.model.compile.services import Legs
from koridor.model.compile.sizes import Size
from koridor.model.compile.sizes import loads as loads_of_sizes
from koridor.model.network import BOX, BULK, Act, Elements, Flags, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.schema.tables import DELAYS

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
    open_share: tuple[Floats, Floats],
    tables: dict[str, pd.DataFrame],
    boarding: dict[int, Ints],
    services: list[Size],
) -> Elements:
    """Constraints of a network. `arcs` are all arcs, `legs` their base arcs, `boarding` the moves that use a
    transfer, `services` the last rows of the table: the sizes of services. open_share: of the links, and of the rows
    of the table by themselves.
    """
    table = tables["element"]
    row = np.repeat(np.arange(len(table)), np.where(table["per_direction"], 2, 1))
    reverse = np.concatenate([[False], row[1:] == row[:-1]]) if len(row) else np.empty(0, dtype=bool)
    first = np.searchsorted(row, np.arange(len(table)))
    loads = by_key(scenario.table("element_load"), "element_id", "of", "row")
    at = pd.Index(table["element_id"]).get_indexer(loads["element_id"])
    load, use = _Finder(index, arcs, tables, boarding).find_all(loads)
    element = at[load]
    columns = [
        use.arcs,
        first[element] + (use.reverse & table["per_direction"].to_numpy(dtype=bool)[element]),
        *(loads[name].to_numpy(dtype=np.float64)[load] for name in ("per_t", "per_teu")),
    ]
    of_links, own_share = open_share
    share = np.ones(len(table))
    on_link = np.flatnonzero((loads["of"] == "link").to_numpy())
    np.minimum.at(share, at[on_link], of_links[index.links.get_indexer(loads["row"].iloc[on_link])])
    own = len(table) - len(services)
    pieces = loads_of_sizes(services, first[own:], arcs, legs)
    columns = [np.concatenate(column) for column in zip(columns, *pieces, strict=True)]
    share[own:] = [of_links[size.link] if size.link >= 0 else 1.0 for size in services]
    share *= own_share
    arc, element, per_t, per_teu = _with_services(columns, arcs, legs)
    capacity = table["capacity_per_yr"].to_numpy() * share
    kind = pd.Index(DELAYS).get_indexer(table["delay"]).astype(np.int64)
    delay = [np.where(kind == 0, 0.0, table[f"delay_{n}"].fillna(0.0))[row] for n in ("free_h", "alpha", "power")]
    return Elements(
        row=row,
        reverse=reverse,
        capacity=capacity[row],
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


def without_dead(e: Elements, own_share: Floats, arcs: int) -> tuple[Elements, Flags]:
    """The elements without delays that have no end, and arcs (2, m) that are no way, by form.

    These load an element that is open at no time by its own months (own_share: of the rows of the table), or one with
    a delay function and no capacity left, such as that of a link closed all year.
    """
    adds = (e.delay_kind > 0) & (e.delay_free_h > 0.0) & (e.delay_alpha > 0.0)
    endless = adds & ~(e.capacity > 0.0)
    dead = endless | (own_share[e.row] <= 0.0)
    out = np.zeros((2, arcs), dtype=np.bool_)
    for form, units in ((BOX, e.load_per_teu), (BULK, e.load_per_t)):
        out[form, e.load_arc[dead[e.load_element] & (units > 0.0)]] = True
    return replace(e, delay_kind=np.where(e.capacity > 0.0, e.delay_kind, 0)), out


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

    def find_all(self, loads: pd.DataFrame) -> tuple[Ints, Use]:
        """Positions of loads with the arcs that each of them means: by load, then by arc as its table finds them."""
        of = loads["of"].to_numpy()
        links = np.flatnonzero(of == "link")
        load, arcs = self._links(links, self.index.links.get_indexer(loads["row"].iloc[links]).astype(np.int64))
        positions, uses = [load], [Use(arcs, self.arcs.reverse[arcs])]
        for at in np.flatnonzero(of != "link"):
            use = self.find(str(of[at]), str(loads["row"].iloc[at]))
            positions.append(np.full(len(use.arcs), at))
            uses.append(use)
        load = np.concatenate(positions)
        order = np.argsort(load, kind="stable")
        found, reverse = np.concatenate([use.arcs for use in uses]), np.concatenate([use.reverse for use in uses])
        return load[order], Use(found[order], reverse[order])

    def _links(self, load: Ints, link: Ints) -> tuple[Ints, Ints]:
        """The moves over each link, with the load that names it."""
        on = self.arcs.link[self.moving]
        order = np.argsort(on, kind="stable")
        low, high = (np.searchsorted(on[order], link, side=side) for side in ("left", "right"))
        times = high - low
        within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(load, times), self.moving[order[np.repeat(low, times) + within]]

    def find(self, table: str, row: str) -> Use:
        return {
            "border": self._border,
            "transfer": self._transfer,
            "place": self._place,
            "interchange": self._interchange,
        }[table](row)

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
