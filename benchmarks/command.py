"""Runs `koridor` as anybody would, in a process of its own, and reads what it prints and what it used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.networks import Floats, Problem

CPU_METRICS = ("solve_cpu_s", "cpu_s")  # either, where the command tells the CPU seconds of the solve itself
ONE_THREAD = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class FailedError(Exception):
    """A process was stopped or ended with an error; the message says which."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a whole process used: wall and user CPU seconds, and its peak memory in MB."""

    wall_s: float
    cpu_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The document that `--json` printed, and what the process used."""

    document: dict[str, Any]
    used: Used

    def metric(self, name: str) -> float | None:
        """A total by its name; None where the command does not tell it."""
        for row in self.document.get("metrics", ()):
            if row.get("metric") == name and not row.get("key") and row.get("value") is not None:
                return float(row["value"])
        return None

    @property
    def solve_s(self) -> float:
        """Wall seconds of the solve, else of the whole process."""
        said = self.metric("solve_s")
        return self.used.wall_s if said is None else said

    @property
    def solve_cpu_s(self) -> tuple[float, bool]:
        """User CPU seconds of the solve and whether they are exact.

        Where the command does not tell them, they are bounded from above by those of the whole process and, since
        one thread can use no more CPU than time passes, by the wall seconds of the solve.
        """
        for name in CPU_METRICS:
            if (said := self.metric(name)) is not None:
                return said, True
        return min(self.used.cpu_s, self.solve_s), False

    def flows(self, problem: Problem) -> Floats:
        """Flows (m,) in the order of the links of the problem."""
        rows = self.document["tables"]["link_flows"]
        by_id = {row["link_id"]: row["forward_t"] for row in rows}
        return np.array([by_id.get(link, 0.0) for link in problem.ids], dtype=float)


def process(call: Sequence[str], *, env: Mapping[str, str], limit_s: float) -> tuple[str, Used]:
    """What a process printed and used. Raises FailedError when it ends with an error or is stopped at the limit."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        with subprocess.Popen(call, stdout=out, stderr=errors, env={**os.environ, **env}) as child:
            timer = threading.Timer(limit_s, child.kill)
            timer.start()
            _, status, spent = os.wait4(child.pid, 0)
            timer.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if child.returncode:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines() or [f"exit code {child.returncode}"]
            raise FailedError(f"stopped after {limit_s:.0f} s" if wall >= limit_s else lines[-1])
        out.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return out.read().decode(), Used(wall, spent.ru_utime, spent.ru_maxrss * unit / 1e6)


def koridor(*args: str | Path, env: Mapping[str, str] = ONE_THREAD, limit_s: float) -> Answer:
    """The answer of `koridor ... --json`. Raises FailedError."""
    call = [sys.executable, "-m", "koridor", *map(str, args), "--json"]
    said, used = process(call, env=env, limit_s=limit_s)
    return Answer(json.loads(said), used)
