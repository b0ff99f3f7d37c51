"""Ways of shipments from their quotes and departures, and what earlier journeys took; many at once, in few statements.

The spread of a hop is that of its quote, which has it from the dataset's times (`model.spread`): with P50 and P90 of
the whole way, hops are taken as independent and each has the share of the variance that it has of the hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.model.cost import P10_TO_P90
from koridor.operator.booking import quote, shipments
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common.desk import Tx
from koridor.operator.db.statement import in_parts
from koridor.operator.db.tables import booking, departure, member, shipment, stop
from koridor.operator.identifiers.tables import by_key
from koridor.operator.track.course import HOP, Hop, Observed, observed

TABLES = Path(__file__).parent / "tables"
PAST_MAX = 100  # earlier journeys that a forecast learns from
LATER_MAX = 5  # departures that are looked at after one that was missed
LOG_SD_MAX = 1.0
HOUR_MS = 3_600_000
Calls = Mapping[str, Sequence[tuple[str, int]]]


def offers_of(tx: Tx, shipment_ids: Sequence[str]) -> dict[str, Offer]:
    """What was sold of each shipment, by its id."""
    found: dict[str, Offer] = {}
    joined = sa.select(shipment.c.shipment_id, booking.c.quote_id).join(
        booking, booking.c.booking_id == shipment.c.booking_id
    )
    for some in in_parts(shipment_ids):
        sold = tx.run(joined.where(shipment.c.shipment_id.in_(some))).all()
        quote.read(tx, (row.quote_id for row in sold))
        found |= {row.shipment_id: quote.of(tx, row.quote_id).offer for row in sold}
    return found


def hops_of(tx: Tx, offers: Mapping[str, Offer], *, later: bool = False) -> dict[str, tuple[Hop, ...]]:
    """The hops of each offer, by its key; with `later`, they know the departures after the one that was sold."""
    names = sorted({leg.departure_id for offer in offers.values() for leg in offer.legs if leg.departure_id})
    calls, services = _calls(tx, names), _services(tx, names)
    found = {}
    for key, offer in offers.items():
        hops = [hop for leg in offer.legs for hop in _hops(leg, offer, calls, services)]
        spread = _spread(offer, hops)
        made = [_hop(one, spread) for one in hops]
        found[key] = tuple(_with_later(tx, one) if later and one.boards and one.service_id else one for one in made)
    return found


def past(tx: Tx, seller_id: str, besides: str = "") -> list[Observed]:
    """Times observed on the newest journeys of shipments of which a party is a part, one of them aside."""
    mine = sa.select(shipment.c.shipment_id).join(member, member.c.object_id == shipment.c.shipment_id)
    mine = mine.where(member.c.kind == "shipment", member.c.party_id == seller_id, shipment.c.shipment_id != besides)
    with tx.seeing(seller_id):  # who asks learns how long they took, and not whose they were
        newest = tx.run(mine.order_by(shipment.c.created_ms.desc(), shipment.c.shipment_id).limit(PAST_MAX))
        return [one for several in observed_of(tx, list(newest.scalars())).values() for one in several]


def observed_of(tx: Tx, shipment_ids: Sequence[str]) -> dict[str, list[Observed]]:
    """Times observed on journeys, by shipment."""
    told = shipments.events_of_many(tx, shipment_ids)
    seen = {one: events for one, events in told.items() if events}
    ways = hops_of(tx, offers_of(tx, list(seen)))
    return {one: observed(ways[one], events) for one, events in seen.items()}


def by_hop(times: Iterable[Observed]) -> dict[tuple[str, str, str], list[float]]:
    """Hours of hops by their ends and mode."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for one in times:
        if one.kind == HOP:
            found.setdefault((one.from_place, one.to_place, one.mode), []).append(one.hours)
    return found


def worth() -> float:
    """How many journeys what was planned is worth, by the table."""
    return max(float(row["worth"]) for row in by_key("eta_prior", "mode", TABLES).values())


def _hops(leg: Leg, offer: Offer, calls: Calls, services: Mapping[str, str]) -> list[dict[str, Any]]:
    """Fields of the hops of a leg but their spread."""
    stops = list(calls.get(leg.departure_id, ()))
    places = [place for place, _ in stops]
    if leg.from_place not in places or leg.to_place not in places:
        return [{"ends": (leg.from_place, leg.to_place), "mode": leg.mode, "hours": _typical(leg, offer)}]
    ridden = stops[places.index(leg.from_place) : places.index(leg.to_place) + 1]
    shared = {"mode": leg.mode, "service_id": services[leg.departure_id]}
    return [
        {
            **shared, "ends": (one[0], two[0]), "hours": (two[1] - one[1]) / HOUR_MS, "leaves_ms": (one[1],),
            "boards": at == 0,
        }
        for at, (one, two) in enumerate(pairwise(ridden))
    ]  # fmt: skip


def _typical(leg: Leg, offer: Offer) -> float:
    """Hours of a leg without a departure: those of its mode by the table, but no more than the whole way takes."""
    usual = float(by_key("eta_prior", "mode", TABLES)[leg.mode]["hours"])
    whole = offer.facts.get("p50_h")
    return min(usual, whole / len(offer.legs)) if isinstance(whole, int) and whole > 0 else usual


def _spread(offer: Offer, hops: Sequence[Mapping[str, Any]]) -> float | None:
    """Variance of the way for each of its hours, None where the quote does not tell P50 and P90."""
    p50, p90 = offer.facts.get("p50_h"), offer.facts.get("p90_h")
    total = sum(hop["hours"] for hop in hops)
    if not isinstance(p50, int) or not isinstance(p90, int) or not 0 < p50 <= p90 or total <= 0:
        return None
    deviation_h = log(p90 / p50) / (P10_TO_P90 / 2.0) * total
    return deviation_h**2 / total


def _hop(found: Mapping[str, Any], spread: float | None) -> Hop:
    usual = float(by_key("eta_prior", "mode", TABLES)[found["mode"]]["log_sd"])
    hours = float(found["hours"])
    log_sd = usual if spread is None or hours <= 0 else min(sqrt(spread / hours), LOG_SD_MAX)
    start, end = found["ends"]
    ride = (found.get("leaves_ms", ()), found.get("boards", False), found.get("service_id", ""))
    return Hop(start, end, found["mode"], hours, log_sd, *ride)


def _with_later(tx: Tx, hop: Hop) -> Hop:
    """The hop with the next departures of its service that call where it begins."""
    after = sa.select(stop.c.at_ms).join(departure, departure.c.departure_id == stop.c.departure_id)
    after = after.where(
        departure.c.service_id == hop.service_id, departure.c.status == "open", stop.c.place_id == hop.from_place,
        stop.c.at_ms > hop.leaves_ms[0],
    )  # fmt: skip
    return replace(hop, leaves_ms=(*hop.leaves_ms, *tx.run(after.order_by(stop.c.at_ms).limit(LATER_MAX)).scalars()))


def _calls(tx: Tx, departures: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for some in in_parts(departures):
        for row in tx.run(sa.select(stop).where(stop.c.departure_id.in_(some)).order_by(stop.c.seq)):
            found.setdefault(row.departure_id, []).append((row.place_id, row.at_ms))
    return found


def _services(tx: Tx, departures: Sequence[str]) -> dict[str, str]:
    asked = sa.select(departure.c.departure_id, departure.c.service_id)
    return {
        row.departure_id: row.service_id
        for some in in_parts(departures)
        for row in tx.run(asked.where(departure.c.departure_id.in_(some)))
    }
