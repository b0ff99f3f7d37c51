"""SMGS by dated tables: how long a delivery may take (article 24), what a late one costs the carrier (article 45)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from koridor.errors import UsageError
from koridor.operator.documents.tables import TABLES, in_force, marked
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the period: rule, how often it applies, the norm and its days."""

    rule: str
    count: int
    norm: str
    days: int
    estimate: bool


@dataclass(frozen=True, slots=True)
class Period:
    """The delivery period in whole days, as the sum of its lines."""

    days: int
    lines: tuple[Line, ...]

    @property
    def estimate(self) -> bool:
        """Whether a norm in it is an estimate."""
        return any(line.estimate for line in self.lines)

    def due(self, accepted: date) -> date:
        """The last day in time: the period runs from midnight after the day of acceptance.

        Raises UsageError where the calendar ends before it.
        """
        try:
            return accepted + timedelta(days=self.days)
        except OverflowError as error:
            message = t(
                "{days} days from {day}: beyond the calendar; name an earlier day", days=self.days, day=accepted
            )
            raise UsageError(message) from error


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is due for a delay: days late, their share of the period, the share of the charge, the amount.

    `amount` is in the unit of the charge given, such as cents.
    """

    late_days: int
    delay_share: Fraction
    charge_share: Fraction
    amount: int
    estimate: bool


def period(
    distance_km: int, *, containers: bool, gauge_changes: int = 0, ferries: int = 0, on: date, folder: Path = TABLES
) -> Period:
    """The delivery period of a whole way: started blocks of kilometres, a day of dispatch, days for each hindrance.

    Parameters
    ----------
    distance_km : int
        Tariff kilometres of the whole way under the note.
    containers : bool
        Whether the goods go in containers; else as wagonload.
    gauge_changes, ferries : int
        Transshipments or changes of bogies between gauges; crossings by ferry.
    on : date
        Day of the contract of carriage, by which the rows in force are chosen.

    Raises
    ------
    UsageError
        Where a number is negative, the distance is 0, or no norm is in force on the day.
    """
    if distance_km <= 0 or gauge_changes < 0 or ferries < 0:
        found = f"{distance_km}, {gauge_changes}, {ferries}"
        raise UsageError(
            t("distance_km must be above 0, gauge_changes and ferries at least 0; found {found}", found=found)
        )
    norms = {row["rule"]: row for row in in_force("smgs_period", on, folder)}
    block = "container_block" if containers else "wagonload_block"
    counts = {block: distance_km, "dispatch": 1, "gauge_change": gauge_changes, "ferry": ferries}
    missing = [rule for rule, count in counts.items() if count and rule not in norms]
    if missing:
        raise UsageError(t("no norm for {rules} on {day} in smgs_period", rules=", ".join(missing), day=on))
    lines = []
    for rule, count in counts.items():
        if not count:
            continue
        value = int(norms[rule]["value"])
        days = -(-count // value) if rule == block else count * value
        lines.append(Line(rule, count, f"{value} {norms[rule]['unit']}", days, marked(norms[rule])))
    return Period(sum(line.days for line in lines), tuple(lines))


def penalty(charge: int, *, period_days: int, taken_days: int, on: date, folder: Path = TABLES) -> Penalty:
    """The penalty for a delay, by its share of the period: at most 1/10, at most 3/10, more (article 45).

    Parameters
    ----------
    charge : int
        Carriage charge of the carrier at fault, in the smallest unit of its currency.
    period_days, taken_days : int
        Days allowed, and days from the midnight after acceptance to the end of the delivery.

    Returns
    -------
    Penalty
        The amount is rounded to the nearest unit, halves up.

    Raises
    ------
    UsageError
        Where a number is negative or the period is 0.
    """
    if charge < 0 or period_days <= 0 or taken_days < 0:
        found = f"{charge}, {period_days}, {taken_days}"
        raise UsageError(t("charge and taken_days must be at least 0, period_days above 0; found {found}", found=found))
    late = max(0, taken_days - period_days)
    delay = Fraction(late, period_days)
    steps = [row for row in in_force("smgs_penalty", on, folder) if delay > Fraction(row["above_share"])]
    if not late:
        return Penalty(0, delay, Fraction(0), 0, estimate=False)
    if not steps:
        raise UsageError(t("no step for a delay on {day} in smgs_penalty", day=on))
    step = max(steps, key=lambda row: Fraction(row["above_share"]))
    share = Fraction(step["share"])
    return Penalty(late, delay, share, int(charge * share + Fraction(1, 2)), marked(step))


def minor(amount: str, exponent: int = 2) -> int:
    """A sum such as 3500.25 in the smallest unit of its currency. Raises UsageError where it is no such sum."""
    try:
        scaled = Decimal(amount) * 10**exponent
        whole = int(scaled)
    except (ArithmeticError, ValueError) as error:
        raise UsageError(t("{amount}: must be a sum such as 3500.25", amount=amount)) from error
    if scaled != whole or whole < 0:
        raise UsageError(
            t("{amount}: must be at least 0 with at most {places} decimals", amount=amount, places=exponent)
        )
    return whole
