"""The arrival of shipments, computed when asked for: from the quote's way, the events and the seller's journeys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from koridor.operator.booking import shipments, tracking
from koridor.operator.booking.quote import Quote
from koridor.operator.common.desk import Tx
from koridor.operator.people import access
from koridor.operator.track import course, eta, way
from koridor.operator.track.course import Hop, Progress
from koridor.operator.track.eta import Eta, Past

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A forecast beside what was promised: `promised_ms` is the quote's P90 after the first departure, None where the
    quote has neither.
    """

    eta: Eta
    so_far: Progress
    hops: tuple[Hop, ...]
    promised_ms: int | None


def of(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The arrival of a shipment, with where it is and what carriers told. Raises Refused `not_found`."""
    access.part(tx, "shipment", shipment_id)
    made = shipments.quote_of(tx, shipment_id)
    hops = way.hops_of(tx, {shipment_id: made.offer}, later=True)[shipment_id]
    told = shipments.events_of(tx, shipment_id)
    past = way.by_hop(way.past(tx, made.seller_id, besides=shipment_id))
    found = forecast(shipment_id, made, hops, course.progress(hops, told), past, tx.now_ms)
    at = found.so_far.at
    return {
        "shipment_id": shipment_id,
        "p50_ms": found.eta.p50_ms,
        "p90_ms": found.eta.p90_ms,
        "arrived_ms": found.so_far.arrived_ms,
        "promised_ms": found.promised_ms,
        "told_ms": tracking.fold(told, made.offer.legs[-1].to_place).expected_ms,
        "journeys": found.eta.journeys,
        "place_id": hops[at].from_place if at < len(hops) else hops[-1].to_place,
        "under_way": found.so_far.left_ms is not None,
    }


def forecast(
    shipment_id: str, made: Quote, hops: tuple[Hop, ...], so_far: Progress, past: Past, now_ms: int
) -> Arrival:
    """The forecast of a shipment; the same for the same knowledge, as its draws are those of its id."""
    seed = int.from_bytes(hashlib.sha256(shipment_id.encode()).digest()[:8], "big")
    found = eta.forecast(hops, so_far, past, now_ms, seed, way.worth())
    return Arrival(found, so_far, hops, _promised(made, hops))


def _promised(made: Quote, hops: Sequence[Hop]) -> int | None:
    """The quote's P90, counted from its first departure as it was planned."""
    p90 = made.offer.facts.get("p90_h")
    first = next((hop.leaves_ms[0] for hop in hops if hop.leaves_ms), None)
    return first + p90 * HOUR_MS if first is not None and isinstance(p90, int) else None
