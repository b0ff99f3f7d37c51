"""Makes the compiled kernels ready, so that the clock of a run shows its own work."""

from __future__ import annotations

from functools import cache

import numpy as np

from koridor.kernels.contraction import contract
from koridor.kernels.delay import delays
from koridor.kernels.flows.engine import Engine, Settings
from koridor.kernels.flows.leap import Spot, leap
from koridor.kernels.flows.problem import Curves, Demands, Graph, Loads, Principle, Problem, Start
from koridor.kernels.flows.stay import Stay
from koridor.kernels.paths import arc_volumes, path_sums


@cache
def ready() -> None:
    """Solves two roads between two nodes, with and without a list of what they load, and walks along the paths.

    The first call on a machine compiles the kernels, which takes about a minute; later processes load them in a second.
    """
    one, two = np.zeros(1, dtype=np.int64), np.arange(2)
    graph = Graph(np.array([0, 2, 2]), np.ones(2, dtype=np.int64), two, np.zeros(2, dtype=np.int64))
    curves = Curves(
        np.ones(2, dtype=np.int64), np.ones(2), np.ones(2), np.ones(2), np.ones(2), np.ones(2), np.full(2, np.inf)
    )
    unit = np.ones(1)
    demands = Demands(one, one, one + 1, one, unit, one + int(Stay.FIXED), 9.0 * unit, unit, unit)
    loads = Loads(np.arange(3), two, np.ones((1, 2)), one, unit)
    for loaded in (None, loads):
        for settings in (Settings(), Settings(passes_max=0), Settings(lanes=2)):
            engine = Engine(Problem(graph, np.ones((1, 2)), curves, loaded, demands), settings, Principle.USER)
            before = Spot.of(engine.lanes, [np.arange(len(lane.whose)) for lane in engine.lanes])
            before.volume[:] = 1.0  # the way from there leads down, if nowhere
            leap(engine.lanes, engine.curves, before)
            found = engine.run(None)
            Engine(engine.problem, settings, Principle.USER).run(Start(found.pair, found.flow, found.start, found.arcs))
    over = contract(graph.tail, graph.head_of, np.ones(2, dtype=np.bool_), np.ones(2, dtype=np.bool_))
    over.short(over.tail, *over.whole(found.start, found.arcs))
    path_sums(found.start, found.arcs, one, np.ones(2), np.zeros(2))
    arc_volumes(found.start, found.arcs, one, np.ones(2), np.zeros(2))
    delays(curves.kind, curves.capacity, curves.capacity, curves.free, curves.alpha, curves.power)
