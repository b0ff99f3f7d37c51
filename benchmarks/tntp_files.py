"""Writes networks as TNTP files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEAD = "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;"


def write_net(file: Path, *, zones: int, nodes: int, first_through: int, links: NDArray[np.float64]) -> None:
    """Writes links (m, 10), their columns in the order of `HEAD`; numbers with up to ten digits."""
    tags = (("ZONES", zones), ("NODES", nodes), ("LINKS", len(links)))
    lines = [*(f"<NUMBER OF {tag}> {value}" for tag, value in tags), f"<FIRST THRU NODE> {first_through}"]
    rows = ("\t" + "\t".join(f"{cell:.10g}" for cell in row) + "\t;" for row in links.tolist())
    file.write_text("\n".join([*lines, "<END OF METADATA>", "", HEAD, *rows, ""]), encoding="utf-8")


def write_trips(file: Path, zones: int, origin: Ints, destination: Ints, trips: Floats) -> None:
    """Writes trips (p,), every float with all its digits; pairs are put in order of their origin."""
    order = np.lexsort((destination, origin))
    origin, destination, trips = origin[order], destination[order], trips[order]
    starts = np.flatnonzero(np.diff(origin, prepend=0))
    total = float(trips.sum())
    with file.open("w", encoding="utf-8") as out:
        out.write(f"<NUMBER OF ZONES> {zones}\n<TOTAL OD FLOW> {total!r}\n<END OF METADATA>\n\n")
        for start, end in zip(starts, [*starts[1:], len(origin)], strict=True):
            ends, values = destination[start:end].tolist(), trips[start:end].tolist()
            cells = [f"{to} : {value!r};" for to, value in zip(ends, values, strict=True)]
            lines = ["  ".join(cells[at : at + 5]) for at in range(0, len(cells), 5)]
            out.write("\n".join([f"Origin {origin[start]}", *lines, "", ""]))
