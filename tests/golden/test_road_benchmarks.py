"""Published road benchmarks: the best objectives known, to 1e-9, at a gap of 1e-10; left out without the files."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.tntp import BEST, FOLDER, problem

from koridor.kernels.flows.engine import Ending, Settings, solve

CASES = [case for case in BEST if case[1] == 1.0]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_objective_is_the_best_known(case: tuple[str, float]) -> None:
    """Beckmann's potential is strictly convex in link volumes, so that its least value is one number.

    Objectives as published with the networks (Transportation Networks for Research), and link volumes where they stand.
    """
    name, factor = case
    if not (FOLDER / f"{name}_net.tntp").exists():
        pytest.skip("the files of the benchmark are not here")
    found = solve(problem(name, trips_factor=factor), Settings(gap_max=1e-10))
    assert found.ending is Ending.CONVERGED
    assert found.objective == pytest.approx(BEST[case], rel=1e-9)
    lines = [line.split() for line in (FOLDER / f"{name}_flow.tntp").read_text(encoding="utf-8").splitlines()]
    rows = [line for line in lines if line and line[0].isdigit()]
    known = {(int(row[0]), int(row[1])): float(row[-2].rstrip(":")) for row in rows}
    graph = problem(name).graph
    volume = np.array([known[a + 1, b + 1] for a, b in zip(graph.tail, graph.head_of, strict=True)])
    assert np.abs(found.volume - volume).max() <= 1e-4 * volume.max()
