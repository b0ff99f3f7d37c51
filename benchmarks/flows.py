"""User seconds and rounds to a gap on road benchmarks, and what two threads gain."""

from __future__ import annotations

import time

from benchmarks.tntp import BEST, FOLDER, problem
from koridor.kernels.flows.engine import Settings, solve

LIMITS_S = {("SiouxFalls", 1.0): 0.02, ("Anaheim", 1.0): 0.1, ("ChicagoSketch", 1.0): 0.9, ("ChicagoSketch", 2.0): 6.0}
GAP = 1e-10


def lines() -> list[str]:
    """Rows of Markdown: what, measured, limit, holds; none where the files are not there."""
    out = []
    for (name, factor), best in BEST.items():
        if not (FOLDER / f"{name}_net.tntp").exists():
            continue
        asked = problem(name, trips_factor=factor)
        solve(asked, Settings(gap_max=GAP))  # compiles, or reads what was compiled
        start, wall = time.process_time(), time.perf_counter()
        found = solve(asked, Settings(gap_max=GAP))
        took, wall = time.process_time() - start, time.perf_counter() - wall
        both = time.perf_counter()
        solve(asked, Settings(gap_max=GAP, threads=2))
        both = time.perf_counter() - both
        limit = LIMITS_S[name, factor]
        off = found.objective / best - 1.0
        what = f"{name} x {factor:g} to {found.gap_share:.0e}, {len(found.trace)} rounds, objective {off:+.0e}"
        gain = f"two threads: {wall / both:.2f} times"
        out.append(f"| {what} | {took:.3f} s ({gain}) | {limit} s | {'yes' if took < limit else 'no'} |")
    return out
