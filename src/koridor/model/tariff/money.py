"""What money is worth: dated exchange rates, and rounding to the smallest unit of a currency."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.model.tariff.consignment import exact
from koridor.text import t

CENTS = 100
_SECONDS = 60


def day_of(minute: int) -> str:
    """The day (UTC) of a minute since 1970-01-01, such as 2026-03-02."""
    return datetime.fromtimestamp(int(minute) * _SECONDS, UTC).date().isoformat()


def half_up(value: Fraction) -> int:
    """The nearest whole number, of two equally near the larger: how invoices are rounded."""
    return math.floor(value + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of a currency for one USD, and the day from which they hold; "" for the dollar itself."""

    units_per_usd: Fraction
    day: str
    early: bool = False  # no rate was known yet on the day asked: the first one is taken


@dataclass(frozen=True, slots=True)
class Money:
    """Currencies with the digits of their smallest unit, and their rates by day."""

    base: str
    decimals: Mapping[str, int]
    rates: Mapping[str, tuple[tuple[str, Fraction], ...]]

    def rate(self, currency: str, day: str) -> Rate:
        """The rate that holds on a day. Raises UsageError for a currency without any."""
        if currency == self.base:
            return Rate(Fraction(1), "")
        known = self.rates.get(currency, ())
        if not known:
            raise UsageError(t("{currency}: the table currency_rate has no rate of it; add one", currency=currency))
        at = bisect_right([first for first, _ in known], day) - 1
        first, units = known[max(at, 0)]
        return Rate(units, first, at < 0)

    def minor(self, amount: Fraction, currency: str) -> int:
        """The amount in the smallest units of its currency, rounded to the nearest."""
        return half_up(amount * 10 ** self.decimals.get(currency, 2))


def money(scenario: Scenario) -> Money:
    """Currencies and rates of a scenario. Prices of the network are USD, whether or not a table says so."""
    known = scenario.table("currency")
    frame = scenario.table("currency_rate").sort_values(["currency_id", "day"])
    decimals = {str(row.currency_id): int(row.decimals) for row in known.itertuples(index=False)}
    rates = {
        str(name): tuple(
            (str(day), exact(units)) for day, units in zip(part["day"], part["units_per_usd"], strict=True)
        )
        for name, part in frame.groupby("currency_id")
    }
    return Money(BASE, {BASE: 2, **decimals}, rates)


BASE = "USD"  # the money of the schema: every `_usd` field
