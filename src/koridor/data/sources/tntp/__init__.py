"""Road benchmarks in the TNTP format, exactly: the same optimum to the last digits that floats hold.

The format is that of Bar-Gera's Transportation Networks for Research: a file of links and a file of trips, each with
tags such as ``<NUMBER OF ZONES> 24``, comments after ``~`` and rows that end in ``;``. One time unit of the file
becomes one hour, one trip a tonne outside a box; an hour of a tonne is worth one USD, so that a link costs

    free * (1 + b * (trips / capacity)^power) + toll_weight * toll + distance_weight * length   USD.
"""

from __future__ import annotations

from pathlib import Path

from koridor.data.dataset import Dataset
from koridor.data.sources.tntp.faults import Faults
from koridor.data.sources.tntp.net import read_net
from koridor.data.sources.tntp.tables import frames, meta
from koridor.data.sources.tntp.trips import read_trips
from koridor.data.sources.tntp.weights import Weights
from koridor.errors import DataError

__all__ = ["Weights", "read"]


def read(net: Path | str, trips: Path | str, weights: Weights | None = None) -> Dataset:
    """The dataset of a benchmark.

    Parameters
    ----------
    net, trips
        The two files.
    weights
        What a unit of toll and of length costs, in time units of the file; by default nothing.

    Raises
    ------
    DataError
        With every problem of both files: its file, row, value and remedy.
    """
    weights = weights or Weights()
    faults = Faults(Path(net).name), Faults(Path(trips).name)
    links = read_net(Path(net), weights, faults[0])
    table = read_trips(Path(trips), links.zones if links is not None else None, faults[1])
    problems = [problem for found in faults for problem in found.problems()]
    if problems or links is None or table is None:
        raise DataError(problems)
    return Dataset.of(frames(links, table, weights), meta(links))
