"""What the figures of ways rest on: what their prices include, leave out and suppose, and what kilometres are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from koridor.model.chain import distance_basis
from koridor.model.clock import NO_ZONE, local_text
from koridor.model.scenario import Scenario
from koridor.studies.route.choose import Way
from koridor.studies.route.explain import Note
from koridor.studies.route.front import Asked
from koridor.text import t


def caveats(told: Sequence[Way], names: Sequence[str]) -> list[Note]:
    """Of each way what is to be known of its price (kind `price`), and the basis of distances (kind `basis`)."""
    notes = [Note("price", name, text) for way, name in zip(told, names, strict=True) if (text := _price(way))]
    return [*notes, Note("basis", "distance", distance_basis())]


@dataclass(frozen=True, slots=True)
class _Ends:
    """The first and the last days that price lists know, and timetables; None where there are none, or one is open."""

    prices: tuple[str | None, str | None]
    runs: tuple[str | None, str | None]

    @classmethod
    def of(cls, scenario: Scenario) -> _Ends:
        rules, runs, dates = (scenario.table(name) for name in ("tariff_rule", "departure", "departure_date"))
        first, last = (pd.concat([runs[name], dates["date"]]) for name in ("valid_from", "valid_to"))
        return cls(
            (_known(rules["first_day"], "min"), _known(rules["last_day"], "max")),
            (_known(first, "min"), _known(last, "max")),
        )


def outside(asked: Asked) -> list[Note]:
    """That the date asked for is before all that price lists or timetables know, or after it (kind `basis`)."""
    prepared = asked.prepared
    ends: _Ends = prepared.keep(("ends",), lambda: _Ends.of(prepared.scenario))
    priced = local_text(asked.priced_at, NO_ZONE)[:10]
    start, end = (local_text(minute, NO_ZONE)[:10] for minute in asked.query.span)
    notes = []
    first, last = ends.prices
    if first and priced < first:
        text = t("Price lists begin on {first}: prices of {day} are rates of the network, which have no date.",
                 first=first, day=priced)  # fmt: skip
        notes.append(Note("basis", "price lists", text))
    if last and priced > last:
        text = t("Price lists end on {last}: prices of {day} are rates of the network, which have no date.",
                 last=last, day=priced)  # fmt: skip
        notes.append(Note("basis", "price lists", text))
    first, last = ends.runs
    if first and end < first:
        text = t("Timetables begin on {first}, after {day}.", first=first, day=end)
        notes.append(Note("basis", "timetables", text))
    if last and start > last:
        text = t("Timetables end on {last}, before {day}.", last=last, day=start)
        notes.append(Note("basis", "timetables", text))
    return notes


def _known(days: pd.Series, end: str) -> str | None:
    """The first (min) or the last (max) of days; None where there are none, or one is open."""
    if days.empty or days.isna().any() or (days == "").any():
        return None
    return str(getattr(days, end)())[:10]


def _price(way: Way) -> str:
    prices, said = way.prices, list(way.prices.flags)
    if not any(line.tariff for line in prices.lines):
        said.append(t("No price list holds: prices are rates of the network, which have no date."))
    if prices.included:
        said.append(t("Price lists include: {items}.", items="; ".join(prices.included)))
    if prices.excluded:
        said.append(t("Price lists leave out: {items}.", items="; ".join(prices.excluded)))
    if prices.conditions:
        said.append(t("Conditions of price lists: {items}", items="; ".join(prices.conditions)))
    return " ".join(said)
