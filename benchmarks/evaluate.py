"""Many cases in one process and in two."""

from __future__ import annotations

import time

import numpy as np

import koridor
from koridor.experiments.run import Case, evaluate
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies import assign

RATIO_MIN = 1.6
CASES = 200
PAIRS = 300


def cases() -> list[Case]:
    """Assignments of the same pairs of the atlas, each with the times at borders scaled a little differently."""
    params = assign.Params(pairs=np.arange(PAIRS), detail=False)
    factors = np.linspace(0.8, 1.2, CASES)
    return [
        Case(f"{at}", (Patch.of(f"b{at}", ("border", "*", "time_h", "scale", float(factor))),), params)
        for at, factor in enumerate(factors)
    ]


def seconds(processes: int) -> float:
    """Seconds of all cases, the start of the workers included."""
    base = Scenario(koridor.load_atlas())
    start = time.perf_counter()
    evaluate(base, cases(), assign.run, processes=processes)
    return time.perf_counter() - start
