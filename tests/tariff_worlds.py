"""Small worlds with tariffs, and all their ways by plain search: for tests of prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from koridor.data.dataset import Dataset
from koridor.model.compile import Compiled, compile_network
from koridor.model.network import Ints
from koridor.model.scenario import Scenario
from koridor.testing import dataset_of

Rows = dict[str, list[dict[str, Any]]]
MARCH = 29_540_000  # minute of 2026-03-01


def rail_world(
    links: Mapping[str, tuple[str, str, float]],
    countries: Mapping[str, str],
    *,
    rate: float = 1.0,
    more: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Dataset:
    """Places by country and railways between them (from, to, km) at `rate` USD a km for a TEU and for a tonne.

    Loading costs 5 USD at each end; borders between countries cost 7 USD. `more` adds rows; a link may be replaced.
    """
    rows: Rows = {
        "country": [{"country_id": name} for name in sorted(set(countries.values()))],
        "place": [
            {"place_id": name, "country_id": country, "lon_deg": i, "lat_deg": 0}
            for i, (name, country) in enumerate(countries.items())
        ],
        "link": [
            {"link_id": name, "from_place": a, "to_place": b, "mode": "rail", "carriages": "rail1520", "length_km": km,
             "speed_kmh": 40}
            for name, (a, b, km) in links.items()
        ],
        "border": [
            {"border_id": name, "from_place": a, "to_place": b, "mode": "rail", "two_way": True, "time_h": 6,
             "cost_usd_per_teu": 7, "cost_usd_per_t": 7}
            for name, (a, b, _) in links.items()
            if countries[a] != countries[b]
        ],
        "rate": [{"rate_id": f"rail-{form}", "mode": "rail", "form": form, "distance_usd_per_km": rate}
                 for form in ("box", "bulk")],
        "activity": [{"activity": a, "form": f, "resource_share": 1} for a in ("rail", "terminal", "border")
                     for f in ("box", "bulk")],
        "access": [{"carriage": "rail1520", "form": form, "load_usd": 5, "unload_usd": 5} for form in ("box", "bulk")],
        "commodity": [{"commodity_id": "goods", "size_t_per_teu": 10, "vot_usd_per_t_h": 1, "unserved_usd_per_t": 9}],
        "region": [{"region_id": "R"}],
        "region_share": [{"region_id": "R", "commodity_id": "*", "place_id": next(iter(countries)), "origin_share": 1,
                          "destination_share": 1}],
        "flow": [{"origin": "R", "destination": "R", "commodity_id": "goods", "part": "contestable", "box_share": 1}],
    }  # fmt: skip
    for name, extra in (more or {}).items():
        rows[name] = [*rows.get(name, []), *map(dict, extra)]
    return dataset_of(rows)


def compiled_world(dataset: Dataset) -> tuple[Scenario, Compiled]:
    """The scenario of a dataset and its network."""
    scenario = Scenario(dataset)
    return scenario, compile_network(scenario, capacities=False)


def all_ways(compiled: Compiled, form: int, most: int = 80) -> Iterator[Ints]:
    """Ways from door to door that visit no state twice, at most so many, over arcs open to the form."""
    network, arcs = compiled.network, compiled.network.arcs
    leaving: dict[int, list[int]] = {}
    for arc in np.flatnonzero(arcs.open[form]):
        leaving.setdefault(int(arcs.tail[arc]), []).append(int(arc))
    goals = {int(node) for node in network.door_in if node >= 0}
    found = 0
    stack = [(int(node), (), frozenset([int(node)])) for node in network.door_out if node >= 0]
    while stack and found < most:
        node, way, seen = stack.pop()
        if node in goals:
            found += 1
            yield np.array(way, dtype=np.int64)
            continue
        for arc in leaving.get(node, ()):
            head = int(arcs.head[arc])
            if head not in seen:
                stack.append((head, (*way, arc), seen | {head}))  # type: ignore[arg-type]


def way_of(compiled: Compiled, *links: str) -> Ints:
    """The way from door to door over these links in their order, in the local regime."""
    wanted = list(compiled.index.links.get_indexer(list(links)))
    table = compiled.network.arcs.link
    return next(way for way in all_ways(compiled, 0, 100_000) if [x for x in table[way] if x >= 0] == wanted)
