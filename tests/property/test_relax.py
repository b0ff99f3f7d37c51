"""Which rules to lift where there is no way, against the walking of every way over whatever shuts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from koridor.model.cargo import Refusals, Rule
from koridor.model.network import Act, Ints
from koridor.studies import route
from koridor.studies.route.course import scalar
from koridor.studies.route.front import Asked, Shut
from koridor.studies.route.relax import Rules, apart, fewest
from rounds import rounds
from tariff_worlds import MARCH, compiled_world, rail_world

QUERIES = rounds(60)
PLACES = "ABCDEF"
RULES = (Rule.CLOSED, Rule.WEIGHT, Rule.DANGEROUS)
LIMITS = (Shut.MODE, Shut.COUNTRY)
Key = tuple[int, int, int]


@pytest.fixture(scope="module")
def prepared() -> route.Prepared:
    """Six places, nine railways: every two are joined over some others."""
    ends = ("AB", "AC", "BC", "BD", "CE", "DE", "DF", "EF", "CF")
    links = {name: (name[0], name[1], 100.0 + 17.0 * at) for at, name in enumerate(ends)}
    found = route.Prepared(*compiled_world(rail_world(links, dict.fromkeys(PLACES, "XX"))))
    scalar(Asked.of(found, route.Query("A", "B", leave=MARCH)))  # makes what all queries share
    return found


def asked_at_random(prepared: route.Prepared, seed: int) -> Asked:
    """A query whose arcs rules and limits shut at random, several of them some."""
    rng = np.random.default_rng(seed)
    start, *via, end = rng.permutation(list(PLACES))[: 3 if seed % 3 == 0 else 2]
    fresh = route.Prepared(prepared.scenario, prepared.compiled, dict(prepared.kept))
    asked = Asked.of(fresh, route.Query(str(start), str(end), leave=MARCH, via=tuple(map(str, via))))
    arcs = prepared.compiled.network.arcs

    def some(share: float) -> Ints:
        return ((rng.random(len(arcs)) < share) & (arcs.act == Act.MOVE)).astype(np.int64)

    rules = sum((some(0.25) << rule for rule in RULES), some(0.0))
    shut = sum((some(0.25) * int(limit) for limit in LIMITS), some(0.0)) | np.where(rules > 0, int(Shut.CARGO), 0)
    query = asked.query
    fresh.kept["refusals", asked.cargo] = Refusals(rules, np.zeros(len(arcs), dtype=bool))
    fresh.kept["shut", asked.cargo, query.modes, query.corridors, query.forbid] = shut
    return asked


def every_way(asked: Asked, real: np.ndarray) -> Iterator[list[int]]:
    """Ways from door to door past the places asked for that come to no node twice between two of them."""
    network = asked.prepared.compiled.network
    arcs, doors = network.arcs, (int(network.door_out[asked.start]), int(network.door_in[asked.end]))
    leaving: dict[int, list[int]] = defaultdict(list)
    for arc in np.flatnonzero(real).tolist():
        leaving[int(arcs.tail[arc])].append(arc)
    stack: list[tuple[int, int, list[int], frozenset[int]]] = [(doors[0], 0, [], frozenset())]
    while stack:
        node, layer, way, seen = stack.pop()
        if node == doors[1] and layer == len(asked.via):
            yield way
            continue
        seen |= {node}
        if layer < len(asked.via) and network.place[node] == asked.via[layer] and network.carriage[node] >= 0:
            stack.append((node, layer + 1, way, frozenset()))
        for arc in leaving[node]:
            if int(arcs.head[arc]) not in seen:
                stack.append((int(arcs.head[arc]), layer, [*way, arc], seen))


def key_of(way: list[int], bars: Ints, cost: Ints) -> tuple[Key, int]:
    """How many rules shut a way, in how many places, and its cost; and which rules, as bits."""
    held = int(np.bitwise_or.reduce(bars[way]))
    return (held.bit_count(), int((bars[way] != 0).sum()), int(cost[way].sum())), held


def test_the_fewest_rules_are_lifted_in_the_fewest_places_by_the_cheapest_way(prepared: route.Prepared) -> None:
    """Of all ways over whatever shuts them the one of the least (rules, places, cost), and its rules are named.

    Among the queries are some that one rule bars, some that two together do, and some that three do.
    """
    together = set()
    for seed in range(QUERIES):
        asked = asked_at_random(prepared, seed)
        cost, rules = scalar(asked), Rules.of(asked)
        ways = [key_of(way, rules.bars, cost) for way in every_way(asked, rules.real)]
        best = min(key for key, _ in ways)
        about = {rules.about(held) for key, held in ways if key == best}
        together.add(best[0])
        notes = apart(asked)
        if best[0] == 0:
            assert notes[-1].about in ("horizon", "timetable"), seed
            continue
        found = fewest(asked, rules, cost)
        assert found is not None
        way, lifted, named = found
        arcs = prepared.compiled.network.arcs
        assert all(arcs.head[a] == arcs.tail[b] for a, b in pairwise(way)), seed
        assert key_of(way.tolist(), rules.bars, cost)[0] == best, seed
        assert lifted[way].sum() == best[1], seed
        assert named in about, seed
        assert notes[-1].about == named, seed
    assert together >= {0, 1, 2, 3}
