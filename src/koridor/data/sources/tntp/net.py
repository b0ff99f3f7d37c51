"""The file of links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koridor.data.sources.tntp.faults import Faults, Text, read_lines
from koridor.data.sources.tntp.weights import Weights
from koridor.schema import Kind
from koridor.schema.convert import readable
from koridor.text import t

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = ("init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type")
_NEEDED = COLUMNS[:7]
_WORDS = {  # what headers call the columns, in letters alone
    "initnode": "init_node", "tail": "init_node", "tailnode": "init_node", "from": "init_node", "fromnode": "init_node",
    "termnode": "term_node", "head": "term_node", "headnode": "term_node", "to": "term_node", "tonode": "term_node",
    "capacity": "capacity", "length": "length", "freeflowtime": "free_flow_time", "fft": "free_flow_time",
    "fftt": "free_flow_time", "freeflow": "free_flow_time", "b": "b", "power": "power", "speed": "speed",
    "speedlimit": "speed", "toll": "toll", "linktype": "link_type", "type": "link_type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Net:
    """Links (m,) as the file has them, tail and head from 1, with the row in which each stands; and its tags."""

    name: str
    digest: str
    zones: int
    nodes: int
    first_through: int
    row: Ints
    tail: Ints
    head: Ints
    capacity: Floats
    length: Floats
    free: Floats
    b: Floats
    power: Floats
    toll: Floats


def read_net(path: Path, weights: Weights, faults: Faults) -> Net | None:
    """The links of a file, or None; what is wrong is added to `faults`."""
    text = read_lines(path, faults)
    if text is None:
        return None
    zones = text.whole("NUMBER OF ZONES", faults, least=1, needed=t("write {text}", text="<NUMBER OF ZONES> ..."))
    nodes = text.whole("NUMBER OF NODES", faults, least=1, needed=t("write {text}", text="<NUMBER OF NODES> ..."))
    hint = t("write 1 where all nodes may be passed through, else the first node that may")
    first = text.whole("FIRST THRU NODE", faults, least=1, needed=hint)
    if zones is not None and nodes is not None and zones > nodes:
        faults.add(None, "<NUMBER OF ZONES>", zones, t("must not be above the number of nodes"), t("count anew"))
    row, values = _rows(text, faults)
    _count(text, len(row), faults)
    cells = {name: values[:, at] for at, name in enumerate(COLUMNS)}
    _check(cells, row, nodes, weights, faults)
    if zones is None or nodes is None or first is None or np.isnan(values[:, :7]).any():
        return None
    tail, head = (cells[name].astype(np.int64) for name in ("init_node", "term_node"))
    free, b, power, capacity = (cells[name] for name in ("free_flow_time", "b", "power", "capacity"))
    name = re.sub(r"_net$", "", path.stem, flags=re.IGNORECASE) or path.stem
    toll = np.nan_to_num(cells["toll"])
    return Net(name, text.digest, zones, nodes, first, row, tail, head, capacity, cells["length"], free, b, power, toll)


def _rows(text: Text, faults: Faults) -> tuple[Ints, Floats]:
    """Row numbers (m,) and values (m, 10) in the order of `COLUMNS`; nan where there is no number."""
    order: list[int] | None = None
    rows: list[int] = []
    values: list[list[float]] = []
    for row, line in text.lines:
        if line.startswith("~"):
            order = _order(line) if order is None and not rows else order
            continue
        cells = line.partition("~")[0].replace(";", " ").split()
        if not cells:
            continue
        if not len(_NEEDED) <= len(cells) <= len(COLUMNS):
            limit = t("must have {least} to {most} numbers", least=len(_NEEDED), most=len(COLUMNS))
            faults.add(row, "", line, limit, t("write {text}", text=" ".join(COLUMNS)))
            continue
        places = order if order is not None and len(order) >= len(cells) else range(len(cells))
        found = [np.nan] * len(COLUMNS)
        for place, cell in zip(places, cells, strict=False):
            found[place] = _number(row, COLUMNS[place], cell, faults)
        rows.append(row)
        values.append(found)
    return np.array(rows, dtype=np.int64), np.array(values, dtype=np.float64).reshape(-1, len(COLUMNS))


def _order(line: str) -> list[int] | None:
    """Places in `COLUMNS` of the columns that a header names; None for a comment, or for words that are not known."""
    heads = re.split(r"\t+|\s{2,}|\s*;\s*", line.strip("~; \t"))
    for words in ([head for head in heads if head.strip()], line.strip("~; \t").split()):
        plain = [re.sub(r"\(.*?\)|[^a-z]", "", word.lower()) for word in words if word != ";"]
        names = [_WORDS.get(word, "") for word in plain if word]
        if all(names) and len(set(names)) == len(names) and set(_NEEDED) <= set(names):
            return [COLUMNS.index(name) for name in names]
    return None


def _number(row: int, name: str, cell: str, faults: Faults) -> float:
    if readable(Kind.NUMBER, cell):
        return float(cell)
    if name not in ("speed", "link_type"):
        faults.add(row, name, cell, t("must be a number"), t("write digits, with a decimal point where needed"))
    return np.nan


def _count(text: Text, links: int, faults: Faults) -> None:
    wanted = text.whole("NUMBER OF LINKS", faults)
    if links == 0:
        faults.add(None, "", "", t("the file must have a link"), t("restore the file"))
    elif wanted is not None and wanted != links:
        row = text.tags["NUMBER OF LINKS"][1]
        hint = t("the file is cut short or has rows too many: restore it, or mend the tag")
        faults.add(row, "<NUMBER OF LINKS>", wanted, t("must be the number of rows, {count}", count=links), hint)


def _check(cells: dict[str, Floats], row: Ints, nodes: int | None, weights: Weights, faults: Faults) -> None:
    """What the numbers must keep to."""
    last = np.inf if nodes is None else nodes
    for name in ("init_node", "term_node"):
        value = cells[name]
        limit = t("must be a node, a whole number from 1 to {last}", last="..." if nodes is None else nodes)
        bad = (value < 1) | (value > last) | (value != np.floor(value))
        _each(bad & ~np.isnan(value), row, name, value, limit, t("mend the number, or <NUMBER OF NODES>"), faults)
    same = cells["init_node"] == cells["term_node"]
    limit, hint = t("must differ from {field}", field="init_node"), t("drop the link: no trip would ever use it")
    _each(same, row, "term_node", cells["term_node"], limit, hint, faults)
    least = t("must be at least 0")
    for name in ("capacity", "length", "free_flow_time", "b", "power", "toll"):
        hint = t("mend the sign")
        _each(cells[name] < 0.0, row, name, cells[name], least, hint, faults)
    grows = (cells["b"] > 0.0) & (cells["free_flow_time"] > 0.0) & (cells["power"] > 0.0)
    hint = t("give the capacity, or write 0 as b where time does not grow")
    _each(grows & (cells["capacity"] == 0.0), row, "capacity", cells["capacity"], t("must be above 0"), hint, faults)
    if weights.toll:
        hint = t("write 0 where there is none")
        _each(np.isnan(cells["toll"]), row, "toll", cells["toll"], t("must be a number"), hint, faults)


def _each(bad: NDArray[np.bool_], row: Ints, name: str, value: Floats, limit: str, hint: str, faults: Faults) -> None:
    for at in np.flatnonzero(bad):
        faults.add(int(row[at]), name, "" if np.isnan(value[at]) else f"{value[at]:g}", limit, hint)
