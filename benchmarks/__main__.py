"""Runs the measurements and prints them as a table of Markdown: `python -m benchmarks [link] [evaluate] [flows]`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import koridor
from benchmarks import flows
from koridor.experiments.run import Case, evaluate
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.studies import assign

LINK_LIMIT_S = 60.0
RATIO_LIMIT = 1.6
CASES = 200
PAIRS = 300


def link_seconds() -> float:
    """Seconds of a cold process of `koridor link` on the atlas, all cases, no result kept from before.

    A run of `--quick` before warms the kernels; XDG_CACHE_HOME is new, so that no case is found done.
    """
    kernels = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "koridor-bench"))}
    call = [sys.executable, "-m", "koridor", "link"]
    took = 0.0
    for more in (["--quick"], []):
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, **kernels, "XDG_CACHE_HOME": folder}
            start = time.perf_counter()
            subprocess.run([*call, *more, "--out", f"{folder}/out"], env=env, check=True, capture_output=True)
            took = time.perf_counter() - start
    return took


def cases() -> list[Case]:
    """Assignments of the same pairs of the atlas, each with the times at borders scaled a little differently."""
    params = assign.Params(pairs=np.arange(PAIRS), detail=False)
    factors = np.linspace(0.8, 1.2, CASES)
    return [
        Case(f"{at}", (Patch.of(f"b{at}", ("border", "*", "time_h", "scale", float(factor))),), params)
        for at, factor in enumerate(factors)
    ]


def evaluate_seconds(processes: int) -> float:
    """Seconds of all cases, the start of the workers included."""
    base = Scenario(koridor.load_atlas())
    start = time.perf_counter()
    evaluate(base, cases(), assign.run, processes=processes)
    return time.perf_counter() - start


def main(wanted: list[str]) -> None:
    """Prints a row for each measurement asked for, all without a name."""
    print("| what | measured | limit | holds |\n|---|---|---|---|")
    if not wanted or "link" in wanted:
        took = link_seconds()
        print(
            f"| koridor link, atlas, all cases | {took:.1f} s | {LINK_LIMIT_S:.0f} s | {_holds(took < LINK_LIMIT_S)} |"
        )
    if not wanted or "evaluate" in wanted:
        one, two = evaluate_seconds(1), evaluate_seconds(2)
        ratio = one / two
        print(f"| evaluate, {CASES} cases, one process | {one:.1f} s | | |")
        print(f"| evaluate, {CASES} cases, two processes | {two:.1f} s | | |")
        print(f"| one against two | {ratio:.2f} | {RATIO_LIMIT} | {_holds(ratio >= RATIO_LIMIT)} |")
    if not wanted or "flows" in wanted:
        print(*flows.lines(), sep="\n")


def _holds(yes: bool) -> str:
    return "yes" if yes else "no"


if __name__ == "__main__":
    main(sys.argv[1:])
