"""What the figures of ways rest on: what their prices include, leave out and suppose, and what kilometres are."""

from __future__ import annotations

from collections.abc import Sequence

from koridor.model.chain import distance_basis
from koridor.studies.route.choose import Way
from koridor.studies.route.explain import Note
from koridor.text import t


def caveats(told: Sequence[Way], names: Sequence[str]) -> list[Note]:
    """Of each way what is to be known of its price (kind `price`), and the basis of distances (kind `basis`)."""
    notes = [Note("price", name, text) for way, name in zip(told, names, strict=True) if (text := _price(way))]
    return [*notes, Note("basis", "distance", distance_basis())]


def _price(way: Way) -> str:
    prices, said = way.prices, list(way.prices.flags)
    if prices.included:
        said.append(t("Price lists include: {items}.", items="; ".join(prices.included)))
    if prices.excluded:
        said.append(t("Price lists leave out: {items}.", items="; ".join(prices.excluded)))
    if prices.conditions:
        said.append(t("Conditions of price lists: {items}", items="; ".join(prices.conditions)))
    return " ".join(said)
