"""Traffic assignment of koridor beside AequilibraE: the same files, the same gap, one thread each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peer, regional, table
from benchmarks.command import FailedError, koridor
from benchmarks.measure import Measured, measure
from benchmarks.networks import Case, Problem, read, trips_file

ROUNDS_MAX = 10_000
TIMES_MIN = 100.0  # koridor is to be faster than AequilibraE by, on ChicagoSketch to 1e-6
GAPS = (1e-6, 1e-10)
HEADS = (
    "network", "engine", "gap asked", "gap", "objective above best", "user CPU s", "wall s", "rounds", "MB", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One solve, or why there is none (`note` alone). Seconds are those of the solve; flows were measured apart."""

    network: str
    engine: str
    gap_asked: float
    note: str = ""
    measured: Measured | None = None
    above: float | None = None
    cpu_s: float | None = None
    exact: bool = True
    wall_s: float | None = None
    rounds: float | None = None
    memory_mb: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the gap asked was reached, with a hundredth for what is summed in another order."""
        return self.measured is not None and self.measured.gap <= 1.01 * self.gap_asked

    def cells(self) -> list[object]:
        """What the table shows, in the order of `HEADS`."""
        found = self.measured
        return [
            self.network, self.engine, table.share(self.gap_asked), table.share(found.gap if found else None),
            table.share(self.above), shown_cpu(self), None if self.wall_s is None else table.seconds(self.wall_s),
            _whole(self.rounds), _whole(self.memory_mb), self.note,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Gaps that koridor is asked for, least exact first; cases that the peer solves and its gap; limit of a solve."""

    gaps: Sequence[float] = GAPS
    peer_on: Sequence[str] = ("ChicagoSketch",)
    peer_gap: float = 1e-6
    limit_s: float = 900.0


def rows(cases: Sequence[Case], plan: Plan) -> Iterator[Row]:
    """One row for each solve, as it ends. What cannot be solved has a row that says why."""
    with tempfile.TemporaryDirectory() as place:
        if any(case.here for case in cases):
            warm(limit_s=plan.limit_s)
        for case in cases:
            if not case.here:
                yield Row(case.name, "koridor", plan.gaps[0], f"skipped: {case.net.name} is not in {case.net.parent}")
                continue
            problem = read(case)
            if case.name in plan.peer_on:
                yield by_peer(case, problem, plan)
            try:
                dataset = imported(case, Path(place), limit_s=plan.limit_s)
            except FailedError as failed:
                yield Row(case.name, "koridor", plan.gaps[0], str(failed))
                continue
            for gap in plan.gaps:
                row = by_koridor(case, problem, dataset, gap=gap, limit_s=plan.limit_s)
                yield row
                if not row.reached:  # what is asked next is harder still
                    break


def imported(case: Case, place: Path, *, limit_s: float) -> Path:
    """The dataset that `koridor import tntp` makes of a case."""
    dataset = place / case.name
    trips = trips_file(case, place)
    weights = ["--toll-weight", str(case.toll), "--distance-weight", str(case.distance)]
    koridor("import", "tntp", case.net, trips, *weights, "--out", dataset, limit_s=limit_s)
    return dataset


def warm(*, limit_s: float) -> None:
    """Compiles the kernels on a small network, so that no solve measured has to. Raises FailedError."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        dataset = imported(regional.write(place, regional.Size(10, 120, 80)), place, limit_s=limit_s)
        koridor("assign", dataset, "--gap-max", "1e-8", "--rounds-max", "50", limit_s=limit_s)


def by_koridor(case: Case, problem: Problem, dataset: Path, *, gap: float, limit_s: float) -> Row:
    """One solve by `koridor assign` on one thread."""
    try:
        answer = koridor("assign", dataset, "--gap-max", gap, "--rounds-max", str(ROUNDS_MAX), limit_s=limit_s)
    except FailedError as failed:
        return Row(case.name, "koridor", gap, str(failed))
    found = measure(problem, answer.flows(problem))
    cpu, exact = answer.solve_cpu_s
    status = str(answer.document.get("status", ""))
    memory = answer.metric("memory_mb")
    return Row(
        case.name, "koridor", gap, "" if status == "solved" else status, found, _above(found, case), cpu, exact,
        answer.solve_s, answer.metric("rounds"), answer.used.memory_mb if memory is None else memory,
    )  # fmt: skip


def by_peer(case: Case, problem: Problem, plan: Plan, *, iterations: int = peer.ITERATIONS_MAX) -> Row:
    """One solve by AequilibraE."""
    gap = plan.peer_gap
    try:
        solved = peer.solve(problem, gap=gap, limit_s=plan.limit_s, iterations=iterations)
    except FailedError as failed:
        return Row(case.name, "AequilibraE", gap, str(failed))
    found = measure(problem, solved.flow)
    note = f"says gap {solved.gap_said:.1e}"
    if solved.raised:
        note += f"; {solved.raised} links without free-flow time, which it refuses, were given 1e-6"
    return Row(
        case.name, f"AequilibraE {solved.version} bfw", gap, note, found, _above(found, case), solved.cpu_s, True,
        solved.wall_s, solved.rounds, solved.memory_mb,
    )  # fmt: skip


def ratios(found: Sequence[Row]) -> list[list[object]]:
    """CPU seconds of the peer over those of koridor, for the same gap; the limit is ChicagoSketch's."""
    own = {(row.network, row.gap_asked): row for row in found if row.engine == "koridor"}
    rows: list[list[object]] = []
    for row in found:
        mine = own.get((row.network, row.gap_asked))
        if row.engine == "koridor" or row.cpu_s is None or mine is None:
            continue
        what = f"{row.network}, {row.gap_asked:.0e}: user CPU s of AequilibraE over koridor's"
        limit = f"at least {TIMES_MIN:.0f}" if row.network == "ChicagoSketch" and row.gap_asked == 1e-6 else None
        if mine.cpu_s is None or not mine.reached:
            rows.append([what, "koridor did not reach the gap", limit, None if limit is None else "no"])
            continue
        times = row.cpu_s / mine.cpu_s
        rows.append([what, f"{'' if mine.exact else '≥ '}{times:.3g}", limit,
                     None if limit is None else table.holds(times >= TIMES_MIN)])  # fmt: skip
    return rows


def shown_cpu(row: Row) -> str | None:
    """User CPU seconds of a row as text."""
    return None if row.cpu_s is None else table.seconds(row.cpu_s, exact=row.exact)


def _above(found: Measured, case: Case) -> float | None:
    return None if case.best is None else found.objective / case.best - 1.0


def _whole(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"
