"""Road benchmarks in TNTP files, read for the kernels alone, with the best objectives known.

Files: Transportation Networks for Research (Stabler, Bar-Gera & Sall); they are not part of the project.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from koridor.kernels.flows.problem import Curves, Demands, Graph, Problem
from koridor.kernels.paths import rows

FOLDER = Path(__file__).parents[2] / "shared" / "tntp"
BEST = {
    ("SiouxFalls", 1.0): 4231335.287107440,
    ("Anaheim", 1.0): 1286032.1710961,
    ("ChicagoSketch", 1.0): 17313018.7387477,
    ("ChicagoSketch", 2.0): 42113311.518545,
}
WEIGHTS = {"ChicagoSketch": (0.02, 0.04)}  # minutes for a cent of toll and for a mile


def problem(name: str, *, trips_factor: float = 1.0, folder: Path = FOLDER) -> Problem:
    """The problem of a network: costs in its own unit of time, every link its own element."""
    links, meta = _links(folder / f"{name}_net.tntp")
    toll, mile = WEIGHTS.get(name, (0.0, 0.0))
    tail, head = links[:, 0].astype(np.int64) - 1, links[:, 1].astype(np.int64) - 1
    nodes, m = int(meta["NUMBER OF NODES"]), len(links)
    passable = np.arange(nodes) >= int(meta["FIRST THRU NODE"]) - 1
    free, alpha = links[:, 4], links[:, 5]
    cost = free + toll * links[:, 8] + mile * links[:, 3]
    kind = ((alpha > 0.0) & (free > 0.0)).astype(np.int64)
    curves = Curves(kind, links[:, 2], free, alpha, links[:, 6], np.zeros(m), np.full(m, np.inf))
    source, target, volume = _trips(folder / f"{name}_trips.tntp")
    n, nothing = len(source), np.zeros(len(source))
    demand = Demands(
        np.zeros(n, dtype=np.int64), source, target, np.arange(n), volume * trips_factor,
        np.zeros(n, dtype=np.int64), nothing, nothing + 1.0, nothing,
    )  # fmt: skip
    return Problem(Graph(*rows(tail, head, nodes), tail, passable), cost[None, :], curves, None, demand)


def _links(path: Path) -> tuple[np.ndarray, dict[str, str]]:
    text = path.read_text(encoding="utf-8")
    meta = dict(re.findall(r"<(.+?)>\s*([\w.]+)", text))
    lines = [line.split("~")[0].strip().rstrip(";") for line in text.split("<END OF METADATA>")[1].splitlines()]
    return np.array([[float(x) for x in line.split()] for line in lines if line]), meta


def _trips(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    out = []
    for block in path.read_text(encoding="utf-8").split("<END OF METADATA>")[1].split("Origin")[1:]:
        source = int(block.split()[0])
        for target, volume in re.findall(r"(\d+)\s*:\s*([\d.eE+-]+)\s*;", block):
            if float(volume) > 0.0 and int(target) != source:
                out.append((source - 1, int(target) - 1, float(volume)))
    source, target, volume = (np.array(column) for column in zip(*sorted(out), strict=True))
    return source.astype(np.int64), target.astype(np.int64), volume
