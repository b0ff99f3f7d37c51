"""Who pays, who earns and what is used up: the accounts of an assignment.

For every path: what users pay, the resources behind it, hours and distance. Users' cost = money + time + reliability +
queues; rents are the queues valued; resource cost = users' cost less rents and less the margins of those who are
paid, so that V = gain of users + change of rents + change of margins, for any case against another (a test holds it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.cost import class_money, on_road
from koridor.model.network import BOX, BULK, CARRIER, Act, Demand, Floats, Ints, Network, sums_by
from koridor.studies.equilibrium.master import Equilibrium
from koridor.studies.equilibrium.paths import Paths, by_class, sums, volumes
from koridor.studies.equilibrium.pricing import arc_tolls


@dataclass(frozen=True, slots=True)
class PathAccounts:
    """USD per tonne of every path (r,): money paid, resources in it, of these for handing over, time, reliability,
    rent; and h, km, kg.
    """

    money: Floats
    resource: Floats
    handover: Floats
    time: Floats
    reliability: Floats
    rent: Floats
    hours: Floats
    km: Floats
    kg: Floats

    @property
    def users(self) -> Floats:
        """What a tonne costs its owner, queues included."""
        return self.money + self.time + self.reliability + self.rent

    @property
    def used(self) -> Floats:
        """What a tonne costs the world: resources, time and reliability, without rents."""
        return self.resource + self.time + self.reliability


def of_paths(network: Network, demand: Demand, found: Equilibrium, *, hour_per_multiplier: Floats) -> PathAccounts:
    """Accounts of every path of an equilibrium. `hour_per_multiplier` is 0 (k,) where multipliers are USD, else 1."""
    paths, classes = found.paths, demand.classes
    kind = demand.kind[paths.pair]
    n = len(paths)
    money, resource, handover, hours, sd, kg, delay, toll, in_hours = (np.zeros(n) for _ in range(9))
    handing = network.arcs.act == Act.INTERCHANGE
    for k, rows in by_class(demand, paths):
        form = int(classes.form[k])
        used = _finite(class_money(network, classes, k, resource=True))
        money[rows] = sums(paths, rows, _finite(class_money(network, classes, k)))
        resource[rows] = sums(paths, rows, used)
        handover[rows] = sums(paths, rows, np.where(handing, used, 0.0))
        hours[rows] = sums(paths, rows, network.arcs.hours[form])
        sd[rows] = sums(paths, rows, network.arcs.sd_h[form])
        kg[rows] = sums(paths, rows, network.arcs.kg[form])
        delay[rows] = sums(paths, rows, arc_tolls(network, classes, k, found.delay_rate))
        toll[rows] = sums(paths, rows, arc_tolls(network, classes, k, found.multiplier))
        waited = found.multiplier * hour_per_multiplier
        in_hours[rows] = sums(paths, rows, arc_tolls(network, classes, k, waited))
    vot = classes.vot[kind]
    return PathAccounts(
        money=money,
        resource=resource,
        handover=handover,
        time=vot * (hours + delay),
        reliability=vot * classes.reliability[kind] * sd,
        rent=np.where(in_hours > 0.0, in_hours * vot, toll),
        hours=hours + delay,
        km=sums(paths, np.arange(n), network.arcs.km),
        kg=kg,
    )


@dataclass(frozen=True, slots=True)
class Volumes:
    """Volumes (m,) on arcs: TEU, tonnes in boxes, tonnes outside; and TEU and tonnes weighted by the road factor of
    their goods.
    """

    teu: Floats
    box_t: Floats
    bulk_t: Floats
    teu_road: Floats
    bulk_road: Floats


def arc_volumes(network: Network, demand: Demand, paths: Paths) -> Volumes:
    """Volumes on every arc, services on their own arcs."""
    kind, m = demand.kind[paths.pair], len(network.arcs)
    classes = demand.classes
    box = classes.form[kind] == BOX
    teu = np.where(box, paths.tonnes / classes.size[kind], 0.0)
    bulk = np.where(box, 0.0, paths.tonnes)
    factor = classes.road_factor[kind]
    return Volumes(
        *(volumes(paths, w, m) for w in (teu, np.where(box, paths.tonnes, 0.0), bulk, teu * factor, bulk * factor))
    )


def link_volumes(network: Network, value: Floats, links: int) -> Floats:
    """(links, 2) of an arc volume on every link, with and against its direction; services count on what they pass."""
    arc = np.repeat(np.arange(len(network.arcs)), np.diff(network.leg_start))
    base = network.legs
    on = network.arcs.link[base] >= 0
    slot = network.arcs.link[base[on]] * 2 + network.arcs.reverse[base[on]]
    return sums_by(slot, value[arc[on]], links * 2).reshape(links, 2)


def margins(network: Network, volume: Volumes) -> tuple[Floats, Floats]:
    """Revenue and margin by payee and country, each (3, countries) USD a year: half of an arc's money at each of its
    ends.
    """
    arcs, road = network.arcs, on_road(network)
    revenue, resource = np.zeros((3, len(arcs))), np.zeros((3, len(arcs)))
    for form, plain, weighted in ((BOX, volume.teu, volume.teu_road), (BULK, volume.bulk_t, volume.bulk_road)):
        for payee in range(3):
            amount = np.where(road, weighted, plain) if payee == CARRIER else plain
            revenue[payee] += arcs.price[form, payee] * amount
            resource[payee] += arcs.resource[form, payee] * amount
    arc, country, weight = _ends(network)
    out = np.zeros((2, 3, len(network.countries)))
    for payee in range(3):
        for at, value in ((0, revenue[payee]), (1, revenue[payee] - resource[payee])):
            out[at, payee] = sums_by(country, weight * value[arc], len(network.countries))
    return out[0], out[1]


def _ends(network: Network) -> tuple[Ints, Ints, Floats]:
    """Shares of every arc's money by country, in coordinates: arc, country, weight; services by the prices of what
    they pass.
    """
    arcs = network.arcs
    arc = np.repeat(np.arange(len(arcs)), np.diff(network.leg_start))
    base = network.legs
    price = arcs.price[BOX].sum(axis=0)[base] + 1e-9
    share = price / sums_by(arc, price, len(arcs))[arc]
    country = network.place_country[network.place]
    return (
        np.concatenate([arc, arc]),
        np.concatenate([country[arcs.tail[base]], country[arcs.head[base]]]),
        np.concatenate([share, share]) / 2.0,
    )


def _finite(value: Floats) -> Floats:
    """Closed arcs are on no path: their infinite price counts as nothing."""
    return np.where(np.isfinite(value), value, 0.0)
