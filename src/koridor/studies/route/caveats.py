"""What the figures of ways rest on: what their prices include, leave out and suppose, and what kilometres are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from koridor.model.chain import distance_basis
from koridor.model.clock import NO_ZONE, local_text
from koridor.studies.route.choose import Way
from koridor.studies.route.explain import Note
from koridor.studies.route.front import Asked
from koridor.text import t


def caveats(told: Sequence[Way], names: Sequence[str]) -> list[Note]:
    """Of each way what is to be known of its price (kind `price`), and the basis of distances (kind `basis`)."""
    notes = [Note("price", name, text) for way, name in zip(told, names, strict=True) if (text := _price(way))]
    return [*notes, Note("basis", "distance", distance_basis())]


def outside(asked: Asked) -> list[Note]:
    """That the date asked for is before all that price lists or timetables know, or after it (kind `basis`)."""
    scenario = asked.prepared.scenario
    rules, runs, dates = (scenario.table(name) for name in ("tariff_rule", "departure", "departure_date"))
    priced = local_text(asked.priced_at, NO_ZONE)[:10]
    start, end = (local_text(minute, NO_ZONE)[:10] for minute in asked.query.span)
    notes = []
    first, last = _known(rules["first_day"]), _known(rules["last_day"])
    if first and priced < first[0]:
        text = t("Price lists begin on {first}: prices of {day} are rates of the network, which have no date.",
                 first=first[0], day=priced)  # fmt: skip
        notes.append(Note("basis", "price lists", text))
    if last and priced > last[1]:
        text = t("Price lists end on {last}: prices of {day} are rates of the network, which have no date.",
                 last=last[1], day=priced)  # fmt: skip
        notes.append(Note("basis", "price lists", text))
    first = _known(pd.concat([runs["valid_from"], dates["date"]]))
    last = _known(pd.concat([runs["valid_to"], dates["date"]]))
    if first and end < first[0]:
        text = t("Timetables begin on {first}, after {day}.", first=first[0], day=end)
        notes.append(Note("basis", "timetables", text))
    if last and start > last[1]:
        text = t("Timetables end on {last}, before {day}.", last=last[1], day=start)
        notes.append(Note("basis", "timetables", text))
    return notes


def _known(days: pd.Series) -> tuple[str, str] | None:
    """The first and the last of days; None where there are none, or one is open."""
    if days.empty or days.isna().any() or (days == "").any():
        return None
    return str(days.min())[:10], str(days.max())[:10]


def _price(way: Way) -> str:
    prices, said = way.prices, list(way.prices.flags)
    if prices.included:
        said.append(t("Price lists include: {items}.", items="; ".join(prices.included)))
    if prices.excluded:
        said.append(t("Price lists leave out: {items}.", items="; ".join(prices.excluded)))
    if prices.conditions:
        said.append(t("Conditions of price lists: {items}", items="; ".join(prices.conditions)))
    return " ".join(said)
