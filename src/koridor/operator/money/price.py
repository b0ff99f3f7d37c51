"""One line of a price: what the customer pays, what it costs, who earns it, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of a quote.

    Attributes
    ----------
    text : str
        What is paid for, in words.
    leg : int
        Leg of the itinerary, from 0.
    currency : str
        ISO 4217.
    amount_minor, cost_minor : int
        What the customer pays and what is paid to the payee, in minor units.
    earner_id : str
        The partner whose leg it is.
    payee_id : str
        The carrier or terminal that is paid; "" where nobody is.
    km : int
        Kilometres that the line pays for.
    source : str
        Tariff, or "estimate".
    rules, trace, rate_date : str
        Rules that it rests on, the sum as it was done and the day of its exchange rate; "" where nobody told.
    mode : str
        Of what it pays for, by which the margin goes; "" where nobody told.
    """

    text: str
    leg: int
    currency: str
    amount_minor: int
    cost_minor: int
    earner_id: str
    payee_id: str
    km: int
    source: str
    rules: str = ""
    trace: str = ""
    rate_date: str = ""
    mode: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> PriceLine:
        """A line of what `as_row` gave."""
        return cls(**{field.name: row[field.name] for field in fields(cls) if field.name in row})

    def as_row(self) -> dict[str, Any]:
        """The line as JSON can hold it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def totals(lines: Iterable[PriceLine]) -> dict[str, int]:
    """What the customer pays in each currency."""
    found: dict[str, int] = {}
    for line in lines:
        found[line.currency] = found.get(line.currency, 0) + line.amount_minor
    return found


def by_currency(lines: Iterable[PriceLine]) -> dict[str, list[PriceLine]]:
    """Lines by their currency."""
    found: dict[str, list[PriceLine]] = {}
    for line in lines:
        found.setdefault(line.currency, []).append(line)
    return found
