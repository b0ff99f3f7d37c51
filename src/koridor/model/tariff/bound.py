"""A price for every arc of which the sum along a way is never above the way's exact price.

**Claim.** Let b(a) be the bound of arc a for one unit and P(w) the exact price of a way w for the whole consignment
of n units. Then n times the sum of b(a) over the arcs of w is at most P(w).

**Proof.** `price` pays each payee of each arc exactly once, either by one tariff on one stretch or by the network,
and adds to this only lines that are not negative. Let C(T) be the payees that tariff T covers. A stretch S takes all
of C(T) on all of its arcs. Let s_T(a) >= 0 be a *share* with sum over S of s_T(a) <= exact price of T on S, for every
stretch S on which T can make a price. Then charging payee c of arc a the least of its network price and of s_T(a) /
|C(T)| over all T that can cover it is, summed over payees and arcs, at most the sum over the lines: on a stretch of T
each arc is charged at most |C(T)| x s_T(a) / |C(T)| = s_T(a), elsewhere at most the network's price.

*Shares.* `least_line` gives a constant k and a slope r with price of T on S >= k + r x km(S), for any kind of traffic
by taking the least k and the least r of all kinds. (i) s(a) = r x km(a) always holds. (ii) Where a stretch is one arc
(rides on a service, passages of single links) s(a) = k + r x km(a). (iii) A through price passes each of its
own links at most once, so that km(S) is at most K, the kilometres of all of them, and s(a) = (k / K + r) x km(a) sums
to at most k x km(S) / K + r x km(S) <= k + r x km(S). Changes of carriage within a through stretch have no kilometres
and the share 0.

*Rounding.* A line is rounded to the nearest cent: it loses at most half a cent. Every line has an arc, so that taking
half a cent for each line that a tariff or payee can make from each share, down to 0 and not below, takes at least as
much from a stretch as rounding can, or leaves nothing of it. A relative 1e-9 covers the floating-point sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.network import PAYEES, Act, Floats
from koridor.model.tariff.additive import unit_prices
from koridor.model.tariff.consignment import Consignment, consignment_of
from koridor.model.tariff.evaluate import least_line
from koridor.model.tariff.money import CENTS, day_of
from koridor.model.tariff.read import Tariffs
from koridor.model.tariff.rules import Tariff
from koridor.model.tariff.stretch import holds_on, passage_alone
from koridor.schema.words import TRAFFIC

HALF_A_CENT = 0.5 / CENTS
_SAFE = 1.0 - 1e-9


def lower_bound(tariffs: Tariffs, compiled: Compiled, cargo: Any, at: int, *, rounded: bool = True) -> Floats:
    """USD (m,) of one unit on each arc, never above the exact price of any way by its arcs: see the proof above.

    cargo, at: as in `price`. rounded: leave room for the rounding of lines to cents; without it the bound holds up to
    half a cent for each line, and ways of the same price have the same bound however many lines they have. Arcs that
    the cargo cannot use have a bound all the same. O(tariffs x m).
    """
    goods, day = consignment_of(cargo), day_of(at)
    factor = tariffs.basis.road_factor.get(goods.commodity, 1.0)
    room = HALF_A_CENT if rounded else 0.0
    least = np.maximum(unit_prices(compiled, goods, factor) - room, 0.0)
    every = np.arange(len(compiled.network.arcs))
    for tariff in tariffs.items:
        line = _least(tariff, goods, day)
        if line is None or not tariff.covers:
            continue
        here = np.flatnonzero(holds_on(tariff, compiled, every))
        rate = float(tariffs.money.rate(tariff.currency, day).units_per_usd) * goods.count
        share = _shares(tariff, compiled, here, line[0] / rate, line[1] / rate)
        share = np.maximum(share - room * len(tariff.lines), 0.0) / len(tariff.covers)
        for payee in tariff.covers:
            least[payee, here] = np.minimum(least[payee, here], share)
    assert least.shape[0] == len(PAYEES)
    total: Floats = least.sum(axis=0) * (_SAFE if rounded else 1.0)
    return total


def _least(tariff: Tariff, goods: Consignment, day: str) -> tuple[float, float] | None:
    """Constant and slope below the tariff's price for any traffic; None where it can never make one."""
    found = []
    lines = tariff.rules(goods, day)
    for traffic in TRAFFIC if tariff.country else TRAFFIC[:1]:
        fitting = [
            [r for r in rules if not tariff.country or not r.traffic or traffic in r.traffic] for _, rules in lines
        ]
        parts = [least_line(rules, goods) for rules in fitting]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts) and any(added for _, _, added in known):  # else the tariff makes no price
            found.append(np.sum([part[:2] for part in known], axis=0))
    if not lines or not found:
        return None
    constant, slope = np.min(found, axis=0)
    return float(constant), float(slope)


def _shares(tariff: Tariff, compiled: Compiled, here: Any, constant: float, slope: float) -> Floats:
    """Share (n,) of the arcs `here` in the price of any stretch that they are in."""
    arcs = compiled.network.arcs
    move = (arcs.act[here] == Act.MOVE) | (arcs.act[here] == Act.SERVICE)
    km: Floats = np.where(move, arcs.km[here], 0.0)
    if passage_alone(tariff):
        return constant + slope * km
    if tariff.ends:
        rows = compiled.index.links.get_indexer(sorted(tariff.links))
        whole = float(compiled.index.link["length_km"].to_numpy()[rows[rows >= 0]].sum())
        if whole > 0.0:
            return (constant / whole + slope) * km
    return slope * km
