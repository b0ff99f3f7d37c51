"""What of every arc's hours is fixed, what is a delay and what is a wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.cost import standard_deviation
from koridor.model.network import BOX, Act, Floats, Ints
from koridor.schema.words import MODES

ALONE = -1
LEAST = 1.0 / 3.0  # of running hours, never undercut; leaves a skewness of three times sd / mean, as a lognormal has
_MINUTES = 60.0
_TIMES = ("time_h", "time_low_h", "time_high_h")


class Waits(Protocol):
    """What of a timetable is used here: expected waits that the hours of arcs include, in minutes and as (m,)."""

    @property
    def wait_min(self) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Spread:
    """Hours of every arc in four parts, all (m,): without a timetable their means sum to the arc's hours.

    fixed_h: never varies. delay_h, delay_sd_h: mean and standard deviation of a lognormal delay. wait_h: mean of a wait
    that is uniform from nothing to twice as much. group: arcs of one group have the same delay at the same time, up to
    its size; `ALONE` for delays of their own. run_h, run_scale_h: mean and scale of the gamma part of running hours,
    whose variance is their product; each arc has its own.

    Gammas of one scale add up to a gamma: a run has the same hours into however many arcs it is cut.
    """

    fixed_h: Floats
    delay_h: Floats
    delay_sd_h: Floats
    wait_h: Floats
    group: Ints
    run_h: Floats
    run_scale_h: Floats

    @property
    def variance_h2(self) -> Floats:
        """Variance (m,) of the hours; additive along a way that passes no group twice."""
        total: Floats = self.delay_sd_h**2 + self.wait_h**2 / 3.0 + self.run_h * self.run_scale_h
        return total


def spread(compiled: Compiled, form: int = BOX, timetable: Waits | None = None) -> Spread:
    """The parts of all arcs' hours for a form, from the low, central and high figures of the tables.

    Delays are lognormal with the mean and the tenth and ninetieth percentiles of the rows: the border processes of a
    move and the boarding of a ferry together, a transfer. Several rows on one arc make one
    lognormal with their summed mean and variance. Waits for the next departure are uniform over a headway: those of
    services and ferries, or what the timetable says; where something departs by it there is no such wait.

    Running hours of mean h are h / 3 and a gamma of mean 2 h / 3, with the variance h x `arcs.dispersion_h`: delays
    come at random along the way, whatever befell before (a gamma process: variance grows with the hours, and the share
    of them that it spreads falls with their root). So it is with a ride of a service, by the range of its transit.
    """
    arcs = compiled.network.arcs
    hours, act = arcs.hours[form], arcs.act
    mean, variance = np.zeros(len(arcs)), np.zeros(len(arcs))
    border_h, border_sd = _border_delays(compiled, form)
    mean, variance = mean + border_h, variance + border_sd**2
    boarded = _boarding(compiled)
    mean, variance = mean + boarded[0], variance + boarded[1]
    transferred = act == Act.TRANSFER
    usual = arcs.wait_h[form]
    wait = usual if timetable is None else timetable.wait_min / _MINUTES
    run = np.maximum(hours - np.maximum(usual, wait), 0.0)
    mean[transferred], variance[transferred] = run[transferred], arcs.sd_h[form][transferred] ** 2
    mean = np.where(variance > 0.0, np.minimum(mean, run), 0.0)
    variance = np.where(mean > 0.0, variance, 0.0)
    moving = np.where(arcs.dispersion_h[form] > 0.0, np.clip(run - mean, 0.0, arcs.run_h[form]), 0.0)
    gamma, scale = (1.0 - LEAST) * moving, np.where(moving > 0.0, arcs.dispersion_h[form] / (1.0 - LEAST), 0.0)
    return Spread(run - mean - gamma, mean, np.sqrt(variance), wait, _groups(compiled, mean), gamma, scale)


def _border_delays(compiled: Compiled, form: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation (m,) of the hours at the border on every move, as its regime shortens them."""
    arcs = compiled.network.arcs
    mean, variance = border_rows(compiled)
    scale = np.divide(arcs.sd_h[form], np.sqrt(variance), out=np.ones(len(arcs)), where=variance > 0.0)
    moves = arcs.act == Act.MOVE
    return np.where(moves, mean * scale, 0.0), np.where(moves, np.sqrt(variance) * scale, 0.0)


def deviation_of(rows: pd.DataFrame) -> Floats:
    """Standard deviation (n,) of lognormal hours by the columns time_h, time_low_h and time_high_h."""
    mean, low, high = (rows[name].to_numpy(dtype=np.float64) for name in _TIMES)
    return standard_deviation(mean, low, high)


def border_rows(compiled: Compiled) -> tuple[Floats, Floats]:
    """Mean and variance (m,) of the border processes on every move, outside regimes."""
    rows = compiled.tables["border"]
    rows = rows[rows["status"] == "open"]
    places = compiled.index.places
    terms = pd.DataFrame(
        {
            "a": places.get_indexer(rows["from_place"]),
            "b": places.get_indexer(rows["to_place"]),
            "mode": rows["mode"].to_numpy(dtype=object),
            "mean": rows["time_h"].to_numpy(dtype=np.float64),
            "variance": deviation_of(rows) ** 2,
        }
    )
    back = terms[rows["two_way"].to_numpy(dtype=bool)].rename(columns={"a": "b", "b": "a"})
    known = pd.concat([terms, back]).groupby(["a", "b", "mode"]).sum()
    start, end, mode = _ends(compiled)
    found = np.nan_to_num(known.reindex(pd.MultiIndex.from_arrays([start, end, mode])).to_numpy(dtype=np.float64))
    return found[:, 0], found[:, 1]


def _ends(compiled: Compiled) -> tuple[Ints, Ints, np.ndarray]:
    network, arcs = compiled.network, compiled.network.arcs
    names = compiled.index.link["mode"].to_numpy(dtype=object)
    mode = np.where(arcs.link >= 0, names[np.maximum(arcs.link, 0)], "")
    return network.place[arcs.tail], network.place[arcs.head], mode


def _boarding(compiled: Compiled) -> tuple[Floats, Floats]:
    """Mean and variance (m,) of going on board and ashore, on moves of ferries."""
    network, arcs = compiled.network, compiled.network.arcs
    transfer = compiled.tables["transfer"]
    on_board = (transfer["from_carriage"] == "ferry") | (transfer["to_carriage"] == "ferry")
    mine = transfer[(transfer["status"] == "open") & on_board]
    mean, variance = np.zeros(len(arcs)), np.zeros(len(arcs))
    if mine.empty:
        return mean, variance
    from koridor.model.compile.blocks import CARRIAGE_CODE

    other = np.where(mine["to_carriage"] == "ferry", mine["from_carriage"], mine["to_carriage"])
    code = np.array([CARRIAGE_CODE.get(name, ALONE) for name in other])
    deviation = deviation_of(mine)
    keys = pd.MultiIndex.from_arrays([compiled.index.places.get_indexer(mine["place_id"]), code])
    rows = pd.DataFrame({"mean": mine["time_h"].to_numpy(), "variance": deviation**2}, index=keys)
    rows = rows[~rows.index.duplicated(keep="last")]
    ferry = np.flatnonzero((arcs.act == Act.MOVE) & (_ends(compiled)[2] == MODES[-1]))
    for end in (arcs.tail, arcs.head):
        nodes = end[ferry]
        key = pd.MultiIndex.from_arrays([network.place[nodes], network.carriage[nodes]])
        found = np.nan_to_num(rows.reindex(key).to_numpy(dtype=np.float64))
        mean[ferry] += found[:, 0]
        variance[ferry] += found[:, 1]
    return mean, variance


def _groups(compiled: Compiled, mean: Floats) -> Ints:
    """One number for all arcs that pass a crossing in one direction and mode, or a transfer in one direction."""
    arcs = compiled.network.arcs
    start, end, mode = _ends(compiled)
    shared = (mean > 0.0) & np.isin(arcs.act, (Act.MOVE, Act.TRANSFER))
    kind = np.where(arcs.act == Act.MOVE, 0, arcs.row + 1)
    code = pd.factorize(mode)[0]
    keys = np.stack([start, end, code, kind, arcs.reverse.astype(np.int64) * (kind > 0)])[:, shared]
    group = np.full(len(arcs), ALONE)
    if keys.size:
        group[shared] = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
    return group
