"""The exact price of a way: one line for every part of it, with its rules, its numbers and its sources.

Tariffs take their stretches in the order of their rank; of a stretch each payee is paid by one tariff. What none
covers is priced by the network (tables `rate`, `access`, `transfer`, `border`, terms of corridors and services), so
that the lines always add up to the total: every line is rounded once, to the cent, and the total is their sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.network import Flags, Ints
from koridor.model.tariff.additive import additive_lines
from koridor.model.tariff.consignment import consignment_of, exact
from koridor.model.tariff.evaluate import Amount, evaluate
from koridor.model.tariff.lines import Line, Prices
from koridor.model.tariff.money import CENTS, day_of, half_up
from koridor.model.tariff.read import Tariffs
from koridor.model.tariff.rules import Rule, Tariff
from koridor.model.tariff.stretch import Stretch, stretches
from koridor.schema.words import PAYEES, TRAFFIC
from koridor.text import t

__all__ = ["price"]


def price(tariffs: Tariffs, compiled: Compiled, way_arcs: Ints, cargo: Any, at: int) -> Prices:
    """The price of a consignment along a way.

    way_arcs: positions of arcs in their order, door to door or part of it. cargo: a `Consignment` or a cargo of which
    one can be made. at: minute since 1970-01-01 UTC; the rules and exchange rates of that day hold. O(tariffs x arcs).
    """
    way, goods, day = np.asarray(way_arcs, dtype=np.int64), consignment_of(cargo), day_of(at)
    taken = np.zeros((len(PAYEES), len(way)), dtype=bool)
    lines: list[Line] = []
    flags: dict[str, None] = {}
    used: list[Tariff] = []
    for tariff in tariffs.items:
        if not tariff.rules(goods, day):
            continue
        free: Flags = np.logical_not(taken[list(tariff.covers)].any(axis=0))
        for stretch in stretches(tariff, compiled, way, free):
            made = _Stretch(tariff, compiled, way, stretch).lines(tariffs, goods, day)
            if isinstance(made, str):
                flags[made] = None
                continue
            lines.extend(made)
            used.extend([tariff] if made else [])
            if made:
                taken[np.ix_(tariff.covers, range(*stretch))] = True
    lines.extend(additive_lines(tariffs.basis, compiled, way, goods, taken))
    lines.sort(key=lambda line: (line.first, line.stop, line.tariff == "", line.what))
    for line in lines:
        flags.update(dict.fromkeys(line.flags))
    return Prices(
        lines=tuple(lines),
        count=goods.count,
        included=_once(item for tariff in used for item in tariff.included),
        excluded=_once(item for tariff in used for item in tariff.excluded),
        conditions=_once(tariff.conditions for tariff in used if tariff.conditions),
        flags=tuple(flags),
    )


@dataclass(frozen=True)
class _Stretch:
    """A tariff on a stretch of a way."""

    tariff: Tariff
    compiled: Compiled
    way: Ints
    stretch: Stretch

    def lines(self, tariffs: Tariffs, goods: Any, day: str) -> list[Line] | str:
        """Its price lines; empty where it has none for this traffic; a text says why it cannot give a price."""
        traffic, km = self.traffic(), self.km()
        made = []
        for name, rules in self.tariff.rules(goods, day):
            mine = [rule for rule in rules if not rule.traffic or traffic in rule.traffic]
            amount = evaluate(mine, goods, km, self.tariff.currency)
            if amount is None:
                continue
            if amount.missing:
                return t("Tariff {tariff} was not used: {why}.", tariff=self.tariff.name, why=amount.missing)
            made.append(self._line(name, mine, amount, tariffs, day))
        return made

    def km(self) -> Fraction:
        """Kilometres of the stretch, as the tables have them."""
        return sum((exact(km) for km in self.compiled.network.arcs.km[self._arcs()]), Fraction(0))

    def traffic(self) -> str:
        """How the tariff's country sees this way: by whether it begins and ends there."""
        network, arcs = self.compiled.network, self.compiled.network.arcs
        country = self.compiled.index.countries.get_indexer([self.tariff.country])[0]
        begins = network.place_country[network.place[arcs.tail[self.way[0]]]] == country
        ends = network.place_country[network.place[arcs.head[self.way[-1]]]] == country
        domestic, inward, outward, transit = TRAFFIC
        if begins:
            return domestic if ends else outward
        return inward if ends else transit

    def _arcs(self) -> Ints:
        return self.way[self.stretch[0] : self.stretch[1]]

    def _line(self, name: str, rules: list[Rule], amount: Amount, tariffs: Tariffs, day: str) -> Line:
        rate = tariffs.money.rate(self.tariff.currency, day)
        network, arcs = self.compiled.network, self.compiled.network.arcs
        mine = self._arcs()
        place = self.compiled.index.places
        worst = next(
            c for c in ("low", "medium", "high") if c in {self.tariff.confidence, *(r.confidence for r in rules)}
        )
        flags = []
        if rate.early:
            flags.append(
                t("The first exchange rate of {currency} is of {day}.", currency=self.tariff.currency, day=rate.day)
            )
        return Line(
            what=name,
            tariff=self.tariff.id,
            first=self.stretch[0],
            stop=self.stretch[1],
            from_place=str(place[network.place[arcs.tail[mine[0]]]]),
            to_place=str(place[network.place[arcs.head[mine[-1]]]]),
            rules=amount.rules,
            trace=amount.trace,
            minor=tariffs.money.minor(amount.value, self.tariff.currency),
            currency=self.tariff.currency,
            rate_day=rate.day,
            units_per_usd=float(rate.units_per_usd),
            usd_cents=half_up(amount.value / rate.units_per_usd * CENTS),
            sources=_once([self.tariff.source, *(rule.source for rule in rules)]),
            confidence=worst,
            flags=tuple(flags),
        )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
