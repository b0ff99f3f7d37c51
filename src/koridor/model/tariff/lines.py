"""Price lines, and the prices of a way that they make up."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from koridor.model.tariff.money import CENTS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a price.

    what: name of the line. tariff: id of the price list, "" for a price of the network. first, stop: arcs of the way.
    rules: rows that it rests on. trace: the sum as it was done. minor: amount in the smallest units of `currency`.
    rate_day, units_per_usd: exchange rate used. usd_cents: the amount in USD.
    """

    what: str
    tariff: str
    first: int
    stop: int
    from_place: str
    to_place: str
    rules: tuple[str, ...]
    trace: str
    minor: int
    currency: str
    rate_day: str
    units_per_usd: float
    usd_cents: int
    sources: tuple[str, ...]
    confidence: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prices:
    """All lines of a way for a consignment of `count` units, with what they include, exclude and suppose."""

    lines: tuple[Line, ...]
    count: int
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    conditions: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def usd_cents(self) -> int:
        """The total in cents: the sum of the lines, no more and no less."""
        return sum(line.usd_cents for line in self.lines)

    @property
    def total_usd(self) -> float:
        """The total in USD."""
        return self.usd_cents / CENTS

    @property
    def unit_usd(self) -> float:
        """USD for one unit."""
        return self.total_usd / self.count

    def frame(self) -> pd.DataFrame:
        """The lines as a table, in the order of the way."""
        columns = {
            "what": "str", "tariff": "str", "from_place": "str", "to_place": "str", "rules": "str", "trace": "str",
            "minor": "int64", "currency": "str", "rate_day": "str", "units_per_usd": "float64", "amount_usd": "float64",
            "sources": "str", "confidence": "str",
        }  # fmt: skip
        rows = [
            {
                **{name: getattr(line, name) for name in columns if name not in ("amount_usd", "rules", "sources")},
                "rules": ";".join(line.rules),
                "sources": ";".join(line.sources),
                "amount_usd": line.usd_cents / CENTS,
            }
            for line in self.lines
        ]
        return pd.DataFrame(rows, columns=list(columns)).astype(columns)
