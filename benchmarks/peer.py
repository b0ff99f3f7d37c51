"""AequilibraE in an environment of its own, made when first needed and kept in the user's cache folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.command import ONE_THREAD, FailedError, process
from benchmarks.networks import Floats, Problem

WANTED = "aequilibrae>=1.7,<2"
ITERATIONS_MAX = 1_000_000
QUIET = {"AEQ_SHOW_PROGRESS": "FALSE"}  # drawing bars would count as its CPU seconds
SCRIPT = Path(__file__).with_name("peer_process.py")


@dataclass(frozen=True, slots=True)
class Solved:
    """Flows (m,) and what they took; `gap_said` is of the iterate before, `raised` links had no free-flow time."""

    version: str
    flow: Floats
    wall_s: float
    cpu_s: float
    memory_mb: float
    rounds: int
    gap_said: float
    raised: int


def folder(name: str = "aequilibrae") -> Path:
    """Where the environment is kept; `KORIDOR_PEERS` names another place."""
    base = os.environ.get("KORIDOR_PEERS")
    if base:
        return Path(base) / name
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "koridor" / "peers" / name


def python(name: str = "aequilibrae", wanted: tuple[str, ...] = (WANTED,)) -> Path:
    """The interpreter of an environment, made with what is wanted when it is not there. Raises FailedError."""
    home = folder(name)
    found, done = home / "bin" / "python", home / ".ready"
    if done.is_file():
        return found
    print(f"Setting up {', '.join(wanted)} in {home}, once.", file=sys.stderr, flush=True)
    said = _by_uv(home, found, wanted) and _by_pip(home, found, wanted)
    if said:
        raise FailedError(f"{', '.join(wanted)} could not be installed: {said}")
    done.touch()
    return found


def _by_uv(home: Path, found: Path, wanted: tuple[str, ...]) -> str:
    """Installs with uv; empty when that went well, else what was said."""
    uv = shutil.which("uv")
    if uv is None:
        return "there is no uv"
    shutil.rmtree(home, ignore_errors=True)
    make = [uv, "-q", "venv", "--python", sys.executable, str(home)]
    return _ran(make) or _ran([uv, "-q", "pip", "install", "--python", str(found), *wanted])


def _by_pip(home: Path, found: Path, wanted: tuple[str, ...]) -> str:
    """The same with pip."""
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    return _ran([str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted])


def _ran(call: list[str]) -> str:
    """The last line of what a command that failed said; empty when it did not fail."""
    ran = subprocess.run(call, capture_output=True, text=True, check=False)
    return (ran.stderr.strip() or f"exit code {ran.returncode}").splitlines()[-1] if ran.returncode else ""


def solve(problem: Problem, *, gap: float, limit_s: float, iterations: int = ITERATIONS_MAX) -> Solved:
    """Bi-conjugate Frank-Wolfe on one core. Raises FailedError."""
    with tempfile.TemporaryDirectory() as place:
        given, flows = Path(place) / "problem.npz", Path(place) / "flows.npz"
        problem.save(given)
        call = [python(), "-P", SCRIPT, given, flows, gap, iterations, 1]
        said, _ = process([str(part) for part in call], env={**ONE_THREAD, **QUIET}, limit_s=limit_s)
        with np.load(flows) as kept:
            return Solved(flow=kept["flow"], **json.loads(said.strip().splitlines()[-1]))
