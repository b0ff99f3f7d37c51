"""Road networks to be solved, read from TNTP files by koridor's own reader, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tntp_files import write_trips
from koridor.data.sources.tntp.faults import Faults
from koridor.data.sources.tntp.net import read_net
from koridor.data.sources.tntp.tables import link_ids
from koridor.data.sources.tntp.trips import read_trips
from koridor.data.sources.tntp.weights import Weights
from koridor.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FILES = Path(__file__).resolve().parents[2] / "shared" / "tntp"


@dataclass(frozen=True, slots=True)
class Case:
    """A benchmark: its files, what tolls and lengths cost, a factor on trips, and Beckmann's objective at the optimum.

    The objective of the optimum is None where nobody has published one.
    """

    name: str
    net: Path
    trips: Path
    toll: float = 0.0
    distance: float = 0.0
    factor: float = 1.0
    best: float | None = None

    @property
    def here(self) -> bool:
        """Whether both files can be read."""
        return self.net.is_file() and self.trips.is_file()


@dataclass(frozen=True, slots=True)
class Problem:
    """Links (m,) and trips (p,) of a case.

    Nodes count from 1, zones first; those below `first_through` are not passed through. A link costs
    free * (1 + b * (flow / capacity)^power) + fixed, in time units of the file. `ids` are those of koridor's links.
    Trips inside a zone are left out: they use no link.
    """

    zones: int
    nodes: int
    first_through: int
    ids: NDArray[np.object_]
    tail: Ints
    head: Ints
    capacity: Floats
    free: Floats
    b: Floats
    power: Floats
    fixed: Floats
    origin: Ints
    destination: Ints
    trips: Floats

    def save(self, file: Path) -> None:
        """Writes what a peer needs, without the names of links."""
        np.savez(file, **{name: getattr(self, name) for name in self.__slots__ if name != "ids"})


def _of(name: str, folder: Path, best: float, *, files: str = "", **more: float) -> Case:
    files = files or name
    return Case(name, folder / f"{files}_net.tntp", folder / f"{files}_trips.tntp", best=best, **more)


def published(folder: Path = FILES) -> tuple[Case, ...]:
    """The benchmarks whose best known objective is published, whether their files are there or not."""
    chicago = {"toll": 0.02, "distance": 0.04}
    return (
        _of("SiouxFalls", folder, 4231335.287107440),
        _of("Anaheim", folder, 1286032.1710961),
        _of("ChicagoSketch", folder, 17313018.7387477, **chicago),
        _of("ChicagoSketch-doubled", folder, 42113311.518545, files="ChicagoSketch", factor=2.0, **chicago),
    )


def read(case: Case) -> Problem:
    """The arrays of a case. Raises DataError when the files are unsound."""
    weights = Weights(case.toll, case.distance)
    faults = Faults(case.net.name), Faults(case.trips.name)
    net = read_net(case.net, weights, faults[0])
    trips = read_trips(case.trips, net.zones if net is not None else None, faults[1])
    if net is None or trips is None:
        raise DataError([problem for found in faults for problem in found.problems()])
    fixed = case.toll * net.toll + case.distance * net.length
    between = trips.origin != trips.destination
    return Problem(
        net.zones, net.nodes, net.first_through, link_ids(net.tail, net.head), net.tail, net.head, net.capacity,
        net.free, net.b, net.power, fixed, trips.origin[between], trips.destination[between],
        case.factor * trips.trips[between],
    )  # fmt: skip


def trips_file(case: Case, folder: Path) -> Path:
    """The file of trips of a case; where these are multiplied, a new file in `folder`."""
    if case.factor == 1.0:
        return case.trips
    problem = read(case)
    file = folder / f"{case.name}_trips.tntp"
    write_trips(file, problem.zones, problem.origin, problem.destination, problem.trips)
    return file
