"""One price line: its rules carried out in their order, and the straight line that its amount never falls below.

Both functions walk through the same rules, so that what one adds the other can bound; `bound` has the proof.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from koridor.model.tariff.consignment import Consignment, plain, quantity_name
from koridor.model.tariff.rules import Rule
from koridor.text import t

KM = "km"
WHOLE = "consignment"
ADDING = ("rate", "belt")
SETTING = ("least", "step", "counts_as")


@dataclass(frozen=True, slots=True)
class Amount:
    """What a line comes to, in the tariff's currency, how, and by which rules; `missing` says why there is none."""

    value: Fraction
    trace: str
    rules: tuple[str, ...]
    missing: str = ""


def evaluate(rules: Iterable[Rule], goods: Consignment, km: Fraction, currency: str = "") -> Amount | None:
    """The amount of a line for a stretch of `km`; None where no rule adds anything, so that there is no such line.

    Every rule counts for each unit of the consignment unless it says `consignment`. What cannot be known (a quantity
    that the consignment does not say, a distance beyond the last belt) makes the line impossible, with the reason.
    """
    amounts: Mapping[str, Fraction | None] = goods.quantities()
    held = {**amounts, KM: km}
    total, trace, used, added = Fraction(0), "", [], False
    for rule in rules:
        lacking = rule.lacks(goods)
        if lacking:
            return Amount(Fraction(0), "", (rule.id,), t("{rule} needs {what}", rule=rule.id, what=lacking))
        if rule.operation in SETTING:
            held[rule.per[0]] = _set(rule, held[rule.per[0]] or Fraction(0))
        elif rule.operation == "factor":
            total, trace = total * rule.amount, f"({trace}) × {plain(rule.amount)}" if trace else ""
        else:
            base = _belt(rule, held[KM] or Fraction(0)) if rule.operation == "belt" else rule.amount
            if base is None:
                said = t("{rule} has no belt for {km} km", rule=rule.id, km=plain(held[KM] or 0))
                return Amount(Fraction(0), "", (rule.id,), said)
            value, said = _product(rule, f"{plain(base)} {currency}".rstrip(), base, held, goods.count)
            if rule.operation == "minimum":
                total, trace = (value, said) if value > total else (total, trace)
            else:
                total, trace, added = total + value, f"{trace} + {said}" if trace else said, True
        used.append(rule.id)
    return Amount(total, trace, tuple(used)) if added else None


def least_line(rules: Iterable[Rule], goods: Consignment) -> tuple[float, float, bool] | None:
    """A constant and a slope per km of which the line's amount is never below constant + slope x km, and whether any
    rule adds to it, so that there is such a line.

    None where the line is impossible for this consignment at any distance. Belts: over the belt that ends at d with
    amount f, f >= (f / d) x km, so that the least f / d over all belts holds everywhere. `least`, `step` of kilometres
    only raise them; kilometres that count as a fixed number make a constant. Coefficients and amounts are not negative,
    so that each step keeps the bound; a minimum only raises.
    """
    held = {**goods.quantities(), KM: None}
    fixed_km: Fraction | None = None
    constant, slope, added = Fraction(0), Fraction(0), False
    for rule in rules:
        if rule.lacks(goods):
            return None
        name = rule.per[0] if rule.per else ""
        if rule.operation in SETTING:
            if name != KM:
                held[name] = _set(rule, held[name] or Fraction(0))
            elif rule.operation == "counts_as":
                fixed_km = rule.amount
            elif fixed_km is not None:
                fixed_km = _set(rule, fixed_km)
        elif rule.operation == "factor":
            constant, slope = constant * rule.amount, slope * rule.amount
        else:
            times = Fraction(1 if WHOLE in rule.per else goods.count)
            for per in rule.per:
                times *= (fixed_km if fixed_km is not None else 1) if per == KM else held[per] or Fraction(0)
            by_km = KM in rule.per and fixed_km is None
            if rule.operation == "minimum":
                constant = max(constant, times * rule.amount) if slope == 0 and not by_km else constant
                continue
            added = True
            if rule.operation == "belt":
                flat, steep = _least_belt(rule, fixed_km, by_km)
            else:
                flat, steep = (Fraction(0), rule.amount) if by_km else (rule.amount, Fraction(0))
            constant, slope = constant + times * flat, slope + times * steep
    return (float(constant), float(slope), True) if added else (0.0, 0.0, False)


def _least_belt(rule: Rule, fixed_km: Fraction | None, by_km: bool) -> tuple[Fraction, Fraction]:
    """Constant and slope below the belts: the amount itself where it is multiplied by km or the km are fixed."""
    if not rule.belts:
        return Fraction(0), Fraction(0)
    if fixed_km is not None:
        return _belt(rule, fixed_km) or Fraction(0), Fraction(0)
    if by_km:
        return Fraction(0), min(amount for _, amount in rule.belts)
    return Fraction(0), min(amount / upto for upto, amount in rule.belts)


def _set(rule: Rule, value: Fraction) -> Fraction:
    if rule.operation == "least":
        return max(value, rule.amount)
    if rule.operation == "step":
        return math.ceil(value / rule.amount) * rule.amount
    return rule.amount


def _belt(rule: Rule, km: Fraction) -> Fraction | None:
    return next((amount for upto, amount in rule.belts if km <= upto), None)


def _product(
    rule: Rule, said: str, base: Fraction, held: Mapping[str, Fraction | None], count: int
) -> tuple[Fraction, str]:
    """Amount times quantities, and how it is written."""
    value = base
    for name in rule.per:
        quantity = held[name] or Fraction(0)
        value *= quantity
        if name not in (WHOLE, "unit"):
            said += f" × {plain(quantity)} {quantity_name(name)}"
    if WHOLE not in rule.per and count != 1:
        value *= count
        said += f" × {count} {quantity_name('unit')}"
    return value, said
