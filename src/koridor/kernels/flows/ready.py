"""Makes the compiled kernels ready, so that the clock of a run shows its own work."""

from __future__ import annotations

from functools import cache

import numpy as np

from koridor.kernels.flows.engine import Settings, solve
from koridor.kernels.flows.problem import Curves, Demands, Graph, Loads, Principle, Problem


@cache
def ready() -> None:
    """Solves two roads between two nodes, with and without a list of what they load.

    The first call on a machine compiles the kernels, which takes about a minute; later processes load them in a second.
    """
    one, two, flat = np.zeros(1, dtype=np.int64), np.arange(2), np.zeros(2)
    graph = Graph(np.array([0, 2, 2]), np.ones(2, dtype=np.int64), two, np.zeros(2, dtype=np.int64))
    curves = Curves(
        np.ones(2, dtype=np.int64), np.ones(2), np.ones(2), np.ones(2), np.ones(2), flat, np.full(2, np.inf)
    )
    unit = np.ones(1)
    demands = Demands(one, one, one + 1, one, unit, one, unit, unit, unit)
    loads = Loads(np.arange(3), two, np.ones((1, 2)), one, unit)
    for loaded in (None, loads):
        solve(Problem(graph, np.ones((1, 2)), curves, loaded, demands), Settings(threads=1), principle=Principle.USER)
