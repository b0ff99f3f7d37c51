"""What happens to a demonstration's consignment on its way: by the times of its departures, the last hop late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from koridor.operator.booking import shipments, views
from koridor.operator.booking.quote import Offer
from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.track import way
from koridor.operator.track.course import Hop

LOADED_MS, DROPPED_MS = 4 * HOUR_MS, 20 * HOUR_MS  # before it leaves, and after it has arrived


@dataclass(frozen=True, slots=True)
class Told:
    """Something that will be told of a shipment, and when."""

    when_ms: int
    work: Callable[[Tx], None]


@dataclass(frozen=True, slots=True)
class Carriage:
    """A shipment, who tells of it, and its hops with the times at which each is left and done."""

    shipment_id: str
    teller: Actor
    hops: tuple[Hop, ...]
    times: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, desk: Desk, teller: Actor, booking_id: str, offer: Offer) -> Carriage:
        """The carriage of a confirmed booking."""
        shipment_id = desk.look(teller, lambda tx: views.booking(tx, booking_id))["shipment_id"]
        hops = desk.look(teller, lambda tx: way.hops_of(tx, {shipment_id: offer}))[shipment_id]
        return cls(shipment_id, teller, hops, tuple(_times(hops, offer.facts["leaves_ms"])))

    @property
    def ends_ms(self) -> int:
        """When it arrives, by plan."""
        return self.times[-1][1]

    def course(self, late_ms: int) -> Iterator[Told]:
        """All that is told of it, when it arrives so late."""
        yield self._told("LOAD", self.times[0][0] - LOADED_MS, 0, self.hops[0].from_place)
        for at, (hop, (leaves_ms, there_ms)) in enumerate(zip(self.hops, self.times, strict=True)):
            yield self._told("DEPA", leaves_ms, at, hop.from_place)
            yield self._told("ARRI", there_ms + (late_ms if hop is self.hops[-1] else 0), at, hop.to_place)
        yield self._told("DROP", self.ends_ms + late_ms + DROPPED_MS, len(self.hops), self.hops[-1].to_place)

    def _told(self, kind: str, when_ms: int, at: int, place_id: str) -> Told:
        event_id = f"{self.shipment_id}-{kind}-{at}"
        body = {"classifier": "ACT", "place_id": place_id}

        def work(tx: Tx) -> None:
            shipments.tell(tx, self.shipment_id, kind, body, event_id=event_id, happened_ms=when_ms)

        return Told(when_ms, work)


def _times(hops: tuple[Hop, ...], ready_ms: int) -> Iterator[tuple[int, int]]:
    """When each hop is left and done: with its departure, else at once; nothing comes after what it must catch."""
    for at, hop in enumerate(hops):
        leaves_ms = hop.leaves_ms[0] if hop.leaves_ms else ready_ms
        caught_ms = min((one.leaves_ms[0] for one in hops[at + 1 :] if one.leaves_ms), default=None)
        there_ms = leaves_ms + round(hop.hours * HOUR_MS)
        ready_ms = there_ms if caught_ms is None else min(there_ms, caught_ms)
        yield leaves_ms, ready_ms
