"""TNTP files made by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

HEAD = "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;"
BRAESS = ["1 3 1 10 10 1 1 0 0 1 ;", "1 4 100 7 50 1 1 0 0 1 ;", "3 2 100 0 50 1 1 0 0 1 ;", "3 4 10 1 1 1 1 0 0 1 ;",
          "4 2 1 0 10 1 1 0 3 1 ;"]  # fmt: skip
TRIPS = {1: {2: 6.0}}


def net_text(rows: Sequence[str], *, zones: int = 2, nodes: int = 4, through: int = 1, head: str = HEAD) -> str:
    """A file of links with its tags in their usual order."""
    tags = {"NUMBER OF ZONES": zones, "NUMBER OF NODES": nodes, "FIRST THRU NODE": through,
            "NUMBER OF LINKS": len(rows)}  # fmt: skip
    lines = [*(f"<{tag}> {value}" for tag, value in tags.items()), "<END OF METADATA>", "", head]
    return "\n".join([*lines, *rows, ""])


def trips_text(trips: Mapping[int, Mapping[int, float]], *, zones: int = 2) -> str:
    """A file of trips with its tags."""
    total = sum(sum(row.values()) for row in trips.values())
    lines = [f"<NUMBER OF ZONES> {zones}", f"<TOTAL OD FLOW> {total!r}", "<END OF METADATA>", ""]
    for origin, row in trips.items():
        lines += [f"Origin {origin}", "  ".join(f"{end} : {value!r};" for end, value in row.items())]
    return "\n".join([*lines, ""])


def write(folder: Path, net: str, trips: str) -> tuple[Path, Path]:
    """Both files in a folder."""
    files = folder / "made_net.tntp", folder / "made_trips.tntp"
    for file, text in zip(files, (net, trips), strict=True):
        file.write_bytes(text.encode())
    return files
