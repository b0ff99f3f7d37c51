"""The file of trips: for each origin the destinations with the trips that go there."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from koridor.data.sources.tntp.faults import Faults, Text, read_lines
from koridor.data.sources.tntp.net import Floats, Ints
from koridor.schema import Kind
from koridor.schema.convert import readable
from koridor.text import t

_ORIGIN = re.compile(r"origin\b\s*:?\s*([^\s:;]*)\s*:?(.*)", re.IGNORECASE)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SOUND = re.compile(rf"(?:\s*\d{{1,9}}\s*:\s*{_NUMBER}\s*(?:;|$))+\s*", re.ASCII)
_SHORT = 0.99  # part of the total that must be there: totals are rounded, but a file cut short lacks more


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips (p,) from zone to zone, from 1; each pair once, none of them 0."""

    digest: str
    origin: Ints
    destination: Ints
    trips: Floats


@dataclass
class _Columns:
    """The three columns while they grow."""

    origin: array[int] = field(default_factory=lambda: array("q"))
    destination: array[int] = field(default_factory=lambda: array("q"))
    trips: array[float] = field(default_factory=lambda: array("d"))
    row: array[int] = field(default_factory=lambda: array("q"))


def read_trips(path: Path, zones: int | None, faults: Faults) -> Trips | None:
    """The trips of a file, or None; what is wrong is added to `faults`. `zones` is the number of zones of the net."""
    text = read_lines(path, faults)
    if text is None:
        return None
    own = text.whole("NUMBER OF ZONES", faults, least=1)
    if own is not None and zones is not None and own != zones:
        limit = t("must be the number of zones of the links, {zones}", zones=zones)
        row = text.tags["NUMBER OF ZONES"][1]
        faults.add(row, "<NUMBER OF ZONES>", own, limit, t("take the two files of one network"))
    columns = _read(text, zones or own, faults)
    origin, destination = np.array(columns.origin, dtype=np.int64), np.array(columns.destination, dtype=np.int64)
    trips = np.array(columns.trips, dtype=np.float64)
    _once(origin, destination, np.array(columns.row, dtype=np.int64), faults)
    _whole(text, float(trips.sum()), faults)
    some = trips > 0.0
    if not some.any():
        faults.add(None, "", "", t("the file must have a trip"), t("restore the file"))
    return Trips(text.digest, origin[some], destination[some], trips[some])


def _read(text: Text, zones: int | None, faults: Faults) -> _Columns:
    columns, origin = _Columns(), 0  # 0: none yet; -1: one that is no zone
    last = zones or 10**9
    for row, line in text.lines:
        body = line.partition("~")[0]
        start = _ORIGIN.match(body)
        if start is not None:
            origin = _zone(row, "origin", start[1], last, faults) or -1
            body = start[2]
        if not body.strip():
            continue
        if origin == 0:
            faults.add(row, "", line, t("must stand below a row such as {example}", example="Origin 1"), _form())
        elif _SOUND.fullmatch(body):
            _sound(columns, row, origin, body, last, faults)
        else:
            _broken(row, body, last, faults)
    return columns


def _form() -> str:
    return t("write {text}", text="2 : 100.0; 3 : 50.0;")


def _sound(columns: _Columns, row: int, origin: int, body: str, last: int, faults: Faults) -> None:
    """Adds the pairs of a row that is written as it should be."""
    for part in body.split(";"):
        zone, _, trips = part.partition(":")
        if not trips:
            continue
        destination, value = int(zone), float(trips)
        if not 1 <= destination <= last:
            _zone(row, "destination", zone.strip(), last, faults)
        elif value == np.inf:
            faults.add(row, "trips", trips.strip(), t("must be finite"), _form())
        elif origin > 0:
            columns.origin.append(origin)
            columns.destination.append(destination)
            columns.trips.append(value)
            columns.row.append(row)


def _broken(row: int, body: str, last: int, faults: Faults) -> None:
    """Names what is wrong in a row."""
    for part in filter(str.strip, body.split(";")):
        zone, colon, trips = (piece.strip() for piece in part.partition(":"))
        if not colon:
            faults.add(row, "", part.strip(), t("must be a destination, a colon and trips"), _form())
            continue
        _zone(row, "destination", zone, last, faults)
        if not readable(Kind.NUMBER, trips):
            faults.add(row, "trips", trips, t("must be a number"), t("write digits, with a decimal point where needed"))
        elif trips.startswith("-"):
            faults.add(row, "trips", trips, t("must be at least 0"), t("mend the sign"))


def _zone(row: int, name: str, text: str, last: int, faults: Faults) -> int | None:
    """The number of a zone, or None with a problem."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= last:
        return int(text)
    limit = t("must be a zone, a whole number from 1 to {last}", last=last)
    faults.add(row, name, text, limit, t("mend the number, or <NUMBER OF ZONES>"))
    return None


def _once(origin: Ints, destination: Ints, row: Ints, faults: Faults) -> None:
    """A pair that stands twice could mean the sum or the last of both: the file has to say."""
    code = origin * (int(destination.max(initial=0)) + 1) + destination
    order = np.argsort(code, kind="stable")
    again = order[1:][code[order[1:]] == code[order[:-1]]]
    for at in np.sort(again):
        found = f"{origin[at]} : {destination[at]}"
        faults.add(int(row[at]), "", found, t("a row with this key stands above"), t("keep one of the two"))


def _whole(text: Text, total: float, faults: Faults) -> None:
    """The trips must not lack what the file says it holds in all: then it is cut short."""
    said, row = text.tags.get("TOTAL OD FLOW", ("", None))
    if readable(Kind.NUMBER, said) and total < _SHORT * float(said):
        hint = t("the file is cut short: restore it, or mend the tag")
        limit = t("must be the sum of the trips, {sum}", sum=f"{total:.9g}")
        faults.add(row, "<TOTAL OD FLOW>", said, limit, hint)
