"""Price lists and their dated rules, and which of them hold for a consignment on a day."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from koridor.model.tariff.consignment import Consignment


@dataclass(frozen=True, slots=True)
class Rule:
    """One step of a price line; fields as in the table `tariff_rule`. ends: last day before it is superseded."""

    id: str
    line: str
    seq: int
    operation: str
    amount: Fraction
    per: tuple[str, ...]
    kinds: tuple[str, ...]
    sizes: tuple[str, ...]
    load: str
    wagon: str
    traffic: tuple[str, ...]
    commodities: tuple[str, ...]
    gng: tuple[str, ...]
    dangerous: tuple[str, ...]
    ordinary: bool
    above_t: float
    upto_t: float
    above_m: float
    upto_m: float
    first_day: str
    last_day: str
    ends_before: str
    belts: tuple[tuple[Fraction, Fraction], ...]
    source: str
    confidence: str

    def on(self, day: str) -> bool:
        """Whether it is in force on a day, written as 2026-03-02."""
        return self.first_day <= day <= self.last_day and day < self.ends_before

    def fits(self, goods: Consignment) -> bool:
        """Whether it is meant for this consignment, whatever the way."""
        return (
            (not self.kinds or goods.kind in self.kinds)
            and (not self.sizes or goods.size.startswith(self.sizes))
            and (not self.load or (self.load == "loaded") == goods.loaded)
            and (not self.wagon or goods.wagon in ("", self.wagon))
            and (not self.commodities or goods.commodity in self.commodities)
            and (not self.gng or (bool(goods.gng) and goods.gng.startswith(self.gng)))
            and (not self.dangerous or goods.dangerous in self.dangerous)
            and not (self.ordinary and goods.dangerous)
            and self.above_t < goods.gross_t <= self.upto_t
            and (goods.length_m is None or self.above_m < goods.length_m <= self.upto_m)
        )

    def lacks(self, goods: Consignment) -> str:
        """What it would have to know of the consignment, "" when nothing: the name of a quantity or field."""
        if self.wagon and goods.kind == "wagon" and not goods.wagon:
            return "wagon"
        if goods.length_m is None and (self.above_m > -1.0 or self.upto_m < float("inf")):
            return "length_m"
        known = goods.quantities()
        return next((name for name in self.per if name != "km" and known[name] is None), "")


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price list; fields as in the table `tariff`, with its links and rules (by line, in their order)."""

    id: str
    name: str
    rank: int
    modes: tuple[str, ...]
    carriages: tuple[str, ...]
    country: str
    corridor: str
    service: str
    ends: tuple[tuple[str, str], ...]
    covers: tuple[int, ...]
    currency: str
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    conditions: str
    document: str
    source: str
    confidence: str
    links: frozenset[str]
    lines: tuple[tuple[str, tuple[Rule, ...]], ...]

    def rules(self, goods: Consignment, day: str) -> list[tuple[str, list[Rule]]]:
        """Lines with the rules in force on that day for that consignment; lines without any are left out."""
        found = [(name, [r for r in rules if r.on(day) and r.fits(goods)]) for name, rules in self.lines]
        return [(name, rules) for name, rules in found if rules]
