"""A network of the size of ChicagoRegional: time and memory of a solve."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import assign, regional, table
from benchmarks.command import FailedError, koridor
from benchmarks.networks import read

CPU_MAX_S = {1e-5: 140.0, 1e-6: 300.0}  # user, by gap
MEMORY_MAX_MB = 3 * 1024**3 / 1e6


def rows(*, seed: int, limit_s: float, peer_rounds: int = 0) -> Iterator[assign.Row]:
    """One row for each gap, the peer first when it is to run that many rounds."""
    assign.warm(limit_s=limit_s)
    with tempfile.TemporaryDirectory() as place:
        case = regional.write(Path(place), seed=seed)
        problem = read(case)
        if peer_rounds:
            yield assign.by_peer(case, problem, assign.Plan(limit_s=limit_s), iterations=peer_rounds)
        try:
            dataset = assign.imported(case, Path(place), limit_s=limit_s)
            # a network of this size may use kernels of its own
            koridor("assign", dataset, "--gap-max", "1", "--rounds-max", "1", limit_s=limit_s)
        except FailedError as failed:
            yield assign.Row(case.name, "koridor", max(CPU_MAX_S), str(failed))
            return
        for gap in CPU_MAX_S:
            row = assign.by_koridor(case, problem, dataset, gap=gap, limit_s=limit_s)
            yield row
            if not row.reached:
                return


def limits(found: list[assign.Row]) -> list[list[object]]:
    """What each solve of koridor was to keep to."""
    rows: list[list[object]] = []
    for row in found:
        if row.engine != "koridor":
            continue
        what = f"{row.network}, {row.gap_asked:.0e}"
        cpu = assign.shown_cpu(row)
        kept = row.reached and row.cpu_s is not None and row.cpu_s <= CPU_MAX_S[row.gap_asked]
        rows.append([f"{what}: user CPU s", cpu, f"{CPU_MAX_S[row.gap_asked]:.0f}", table.holds(kept)])
        small = row.reached and row.memory_mb is not None and row.memory_mb <= MEMORY_MAX_MB
        memory = None if row.memory_mb is None else f"{row.memory_mb:.0f}"
        rows.append([f"{what}: MB", memory, f"{MEMORY_MAX_MB:.0f}", table.holds(small)])
    return rows
