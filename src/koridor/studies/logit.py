"""Path-size logit over route sets: shares of routes, and the logsum.

Within a choice, route r with cost c_r has the share P_r = PS_r exp(-c_r / theta) / sum_s PS_s exp(-c_s / theta), and
the choice costs -theta ln sum_s PS_s exp(-c_s / theta). The path size PS_r = sum_l (km_l / km_r) / N_l, N_l being the
open routes of the choice on link l, takes back what a logit gives to the mere number of overlapping ways: n copies of
one way count as one. Source: Ben-Akiva & Bierlaire (1999), doi:10.1007/978-1-4615-5203-1_2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.network import Flags, Floats, Ints, Network, sums_by
from koridor.studies.equilibrium.paths import Paths

_LEAST_SCALE = 1e-9  # share of a cost below which all take the cheapest


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which routes share links. Entries (e,), one for a route and link: the route, the spot (link within a choice)
    and the link's share of the route's km. routes, spots: how many there are.
    """

    route: Ints
    spot: Ints
    share: Floats
    routes: int
    spots: int

    @classmethod
    def of(cls, network: Network, paths: Paths, choice: Ints) -> Overlap:
        """The overlap of paths whose choices are `choice` (r,). Regimes and trains share their links."""
        path = np.repeat(np.arange(len(paths)), np.diff(paths.start))
        first, count = network.leg_start[paths.arcs], np.diff(network.leg_start)[paths.arcs]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        base, route = network.legs[np.repeat(first, count) + within], np.repeat(path, count)
        on = network.arcs.link[base] >= 0
        links = int(network.arcs.link.max(initial=0)) + 1
        code, at = np.unique(route[on] * links + network.arcs.link[base[on]], return_inverse=True)
        km = sums_by(at, network.arcs.km[base[on]], len(code))
        entry = code // links
        length = sums_by(entry, km, len(paths))
        spots, spot = np.unique(choice[entry] * links + code % links, return_inverse=True)
        return cls(entry, spot, np.divide(km, length[entry], where=km > 0.0, out=km), len(paths), len(spots))

    def sizes(self, is_open: Flags) -> Floats:
        """Path size (r,) of every route among the open ones; 1 where a route has no length."""
        mine = is_open[self.route]
        count = np.maximum(sums_by(self.spot, mine.astype(float), self.spots), 1.0)
        size = sums_by(self.route, self.share / count[self.spot], self.routes)
        return np.where(size > 0.0, size, 1.0)


def shares(choice: Ints, cost: Floats, size: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Share (r,) of every route in its choice, and the logsum (n,) of every choice, in the unit of the costs.

    Parameters
    ----------
    choice : (r,) choice of every route.
    cost : (r,) costs; inf closes a route. Every choice has an open one.
    size : (r,) path sizes.
    scale : (n,) theta of every choice, in the unit of the costs; at 0 all take the cheapest.
    """
    best = np.full(len(scale), np.inf)
    np.minimum.at(best, choice, cost)
    theta = np.maximum(scale, np.maximum(best * _LEAST_SCALE, np.finfo(float).tiny))
    weight = size * np.exp((best[choice] - cost) / theta[choice])
    total = sums_by(choice, weight, len(scale))
    return weight / total[choice], best - theta * np.log(total)
