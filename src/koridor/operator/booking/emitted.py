"""The emissions among the facts of an offer, shared when only a part of it was loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from koridor.operator.booking.changed import REST, RUN
from koridor.operator.money.split import allocate

KG, ELEMENTS = "co2e_kg", "co2e"  # all of it in kg, and the elements of its transport chain in grams
GRAMS = 1000


def shared(
    facts: Mapping[str, Any], place_id: str, kms: Mapping[str, int], shares: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Emissions of what was loaded, with all of the way before `place_id`, and of what was left there.

    Together they are those of the offer, to the kilogram. Where no element begins at the place, or none is told, what
    was emitted before it goes by the kilometres of the way that was run and of the rest, and no elements are told.
    """
    if facts.get(KG) is None:
        return {}, {}
    elements = facts.get(ELEMENTS) or []
    at = next((number for number, one in enumerate(elements) if one["from_place"] == place_id), None)
    if at is None:
        rest_kg = allocate(facts[KG], kms)[REST] if any(kms.values()) else facts[KG]
        left_kg = allocate(rest_kg, shares)[REST]
        return {KG: facts[KG] - left_kg}, {KG: left_kg}
    loaded, left = _elements(elements[at:], shares)
    left_kg = min(round(sum(one["g"] for one in left) / GRAMS), facts[KG])
    return (
        {KG: facts[KG] - left_kg, ELEMENTS: [*elements[:at], *loaded]},
        {KG: left_kg, ELEMENTS: left},
    )


def _elements(
    elements: Sequence[Mapping[str, Any]], shares: Mapping[str, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    grams = [allocate(one["g"], shares) for one in elements]
    loaded, left = (
        [{**one, "g": each[name]} for one, each in zip(elements, grams, strict=True)] for name in (RUN, REST)
    )
    return loaded, left
