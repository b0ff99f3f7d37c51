"""Where tariffs hold: the arcs that one may cover, and the stretches of a way on which it makes a price.

A tariff of a country holds on unbroken runs of moves over links with both ends in the country; a link over a frontier
belongs to neither railway and keeps the price of the network. A through price holds from its first place to its last
over its own links, changes of carriage between included. A tariff of a service holds on each ride, one of links alone
on each passage, such as that of a ferry.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.compile.blocks import CARRIAGE_CODE
from koridor.model.cost import MODE_BIT
from koridor.model.network import Act, Flags, Ints
from koridor.model.tariff.rules import Tariff

Stretch = tuple[int, int]  # first arc of the way, and the one behind the last


def holds_on(tariff: Tariff, compiled: Compiled, arcs: Ints) -> Flags:
    """Which of the arcs a tariff may cover, whatever comes before and after them; (n,)."""
    network, table = compiled.network, compiled.network.arcs
    act, link = table.act[arcs], table.link[arcs]
    if tariff.service:
        names = compiled.tables["service"]["service_id"].to_numpy(dtype=object)
        ride = act == Act.SERVICE
        mine = np.zeros(len(arcs), dtype=bool)
        mine[ride] = names[table.row[arcs[ride]]] == tariff.service
        return mine
    regime = table.corridor[arcs]
    wanted = compiled.index.corridors.get_indexer([tariff.corridor])[0] if tariff.corridor else -1
    here = (act == Act.MOVE) & (regime == wanted)
    if tariff.modes:
        here &= np.isin(table.mode[arcs], [MODE_BIT[mode] for mode in tariff.modes])
    carriage = network.carriage[table.tail[arcs]]
    if tariff.carriages:
        here &= np.isin(carriage, [CARRIAGE_CODE[name] for name in tariff.carriages])
    if tariff.country:
        country = compiled.index.countries.get_indexer([tariff.country])[0]
        both = (
            network.place_country[network.place[table.tail[arcs]]],
            network.place_country[network.place[table.head[arcs]]],
        )
        here &= (both[0] == country) & (both[1] == country)
    if not tariff.links:
        return here & (not tariff.ends)
    rows = compiled.index.links.get_indexer(sorted(tariff.links))
    rows = rows[rows >= 0]
    here &= np.isin(link, rows)
    if tariff.ends:
        ends = np.unique(np.concatenate([compiled.index.link_from[rows], compiled.index.link_to[rows]]))
        place = network.place[table.tail[arcs]]
        here |= (act == Act.TRANSFER) & (regime == wanted) & np.isin(place, ends)
    return here


def passage_alone(tariff: Tariff) -> bool:
    """Whether each arc is a stretch of its own: a ride on a service, a passage of one of the tariff's links."""
    return bool(tariff.service) or (bool(tariff.links) and not tariff.ends and not tariff.country)


def stretches(tariff: Tariff, compiled: Compiled, arcs: Ints, free: Flags) -> list[Stretch]:
    """Stretches of a way on which the tariff makes a price, among the arcs that are still free."""
    here = holds_on(tariff, compiled, arcs) & free
    if not here.any():
        return []
    if passage_alone(tariff):
        return [(int(i), int(i) + 1) for i in np.flatnonzero(here)]
    runs = list(_runs(here))
    if not tariff.ends:
        return runs
    return [found for run in runs for found in _through(tariff, compiled, arcs, run)]


def _runs(here: Flags) -> Iterable[Stretch]:
    edge = np.flatnonzero(np.diff(np.concatenate([[False], here, [False]]).astype(np.int64)))
    return ((int(a), int(b)) for a, b in zip(edge[::2], edge[1::2], strict=True))


def _through(tariff: Tariff, compiled: Compiled, arcs: Ints, run: Stretch) -> Iterable[Stretch]:
    """Parts of a run from one end of a through price to the other by moves, each link passed once at most."""
    network, table = compiled.network, compiled.network.arcs
    places = np.asarray(compiled.index.places, dtype=object)
    start, stop = run
    moves = table.act[arcs] == Act.MOVE
    at = start
    while at < stop:
        goals = {b for a, b in tariff.ends if moves[at] and a == places[network.place[table.tail[arcs[at]]]]}
        end = _arrival(compiled, arcs, moves, (at, stop), goals, places) if goals else None
        if end is None:
            at += 1
        else:
            yield at, end
            at = end


def _arrival(
    compiled: Compiled, arcs: Ints, moves: Flags, part: Stretch, goals: set[str], places: np.ndarray
) -> int | None:
    network, table = compiled.network, compiled.network.arcs
    seen: set[int] = set()
    for at in range(*part):
        if not moves[at]:
            continue
        link = int(table.link[arcs[at]])
        if link in seen:
            return None
        seen.add(link)
        if places[network.place[table.head[arcs[at]]]] in goals:
            return at + 1
    return None
