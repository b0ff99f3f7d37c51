"""An itinerary as data: legs with departure, stops and railways, from the route study or from a clerk alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import departure
from koridor.operator.network import offer
from koridor.operator.network.capacity import Want
from koridor.operator.network.offer import Ride
from koridor.operator.network.running import CANCELLED, CLOSED
from koridor.text import t

_OF_DEPARTURE = select_by(departure, "departure_id")
_HEAD = Fixed(_OF_DEPARTURE)
_KEPT = Fixed(_OF_DEPARTURE.with_for_update(read=True, key_share=True))


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg.

    Attributes
    ----------
    mode : str
        Rail, road, sea, river, ferry.
    from_place, to_place : str
        Its ends.
    departure_id : str
        The departure that carries it, on which capacity is sold; "" for legs that are ordered when needed, as by road.
    railways : tuple of str
        Railways that must approve the transport plan of this leg (abbreviations as on consignment notes): one at least
        by rail.
    links : tuple of str
        Links of the network that it passes, in their order, where it is known and no departure says it.
    """

    mode: str
    from_place: str
    to_place: str
    departure_id: str
    railways: tuple[str, ...]
    links: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Leg:
        """A leg of what `as_row` gave."""
        named = (row["mode"], row["from_place"], row["to_place"], row["departure_id"])
        return cls(*named, tuple(row["railways"]), tuple(row.get("links", ())))

    def as_row(self) -> dict[str, Any]:
        """The leg as JSON can hold it."""
        ends = {"mode": self.mode, "from_place": self.from_place, "to_place": self.to_place}
        known = {"links": list(self.links)} if self.links else {}
        return {**ends, "departure_id": self.departure_id, "railways": list(self.railways), **known}

    @property
    def ends(self) -> tuple[str, str]:
        """Its first place and its last."""
        return self.from_place, self.to_place

    @property
    def ride(self) -> Ride:
        """What it rides on a departure."""
        return Ride(self.departure_id, self.from_place, self.to_place)


def wants(tx: Tx, legs: Sequence[Leg], parts: Mapping[str, int]) -> list[Want]:
    """What the legs take of all segments that they pass, each once with the sum. Raises Refused `not_offered`."""
    sums: Counter[tuple[str, int, str]] = Counter()
    for leg in legs:
        for want in offer.wants(tx, leg.ride, dict(parts)) if leg.departure_id else ():
            sums[want.departure_id, want.seq, want.resource] += want.quantity
    return [Want(*counter, total) for counter, total in sums.items()]


def leaves_ms(tx: Tx, legs: Sequence[Leg]) -> int | None:
    """When the first leg with a departure leaves; None where no leg has one. Raises Refused when legs do not join."""
    _refuse_gaps(legs)
    for leg in legs:
        if leg.departure_id:
            row = offer.calls(tx, leg.departure_id).get(leg.from_place)
            return None if row is None else int(row.at_ms)
    return None


def refuse_missed(tx: Tx, legs: Sequence[Leg]) -> None:
    """Raises Refused where a departure cannot be caught.

    `not_allowed_now` where one has left its leg's first place, `invalid` where one leaves before the one before it has
    arrived. The time of legs without a departure, as by road, is not known here and counts as none.
    """
    before: Leg | None = None
    there_ms = tx.now_ms
    for leg in legs:
        on, off = map(offer.calls(tx, leg.departure_id).get, leg.ends)
        if on is None or off is None:  # ordered when needed, or not offered, which `wants` refuses
            continue
        stays = before is not None and before.departure_id == leg.departure_id
        if on.at_ms < there_ms or (on.at_ms == there_ms and not stays):
            _refuse_late(before, leg)
        before, there_ms = leg, int(off.at_ms)


def refuse_unfit(tx: Tx, legs: Sequence[Leg], *, new: bool) -> None:
    """Raises Refused where a leg does not go with its departure, with all such legs.

    `invalid` where it says another mode: a train that is told to be a ship would need no railway's approval. Departures
    whose mode is not known, made before it was kept, are held to nothing until their network is published again.
    `not_offered` where the departure is cancelled or, for what is `new`, closed. What is not new is about to be sold:
    the departure is not cancelled before this transaction ends.
    """
    wrong, gone = [], []
    for leg in legs:
        head = tx.run(_HEAD if new else _KEPT, departure_id=leg.departure_id).first() if leg.departure_id else None
        if head is None:
            continue
        if head.mode not in ("", leg.mode):
            wrong.append(
                t("Departure {id} goes by {mode}, not by {other}.", id=leg.departure_id, mode=head.mode, other=leg.mode)
            )
        if head.status == CANCELLED or (new and head.status == CLOSED):
            gone.append(t("Departure {id} takes nobody any more.", id=leg.departure_id))
    if wrong or gone:
        raise Refused("invalid" if wrong else "not_offered", " ".join([*wrong, *gone]))


def _refuse_late(before: Leg | None, leg: Leg) -> None:
    if before is None:
        raise Refused(
            "not_allowed_now",
            t("Departure {id} has left {place}.", id=leg.departure_id, place=leg.from_place),
            departure_id=leg.departure_id,
        )
    raise Refused(
        "invalid",
        t(
            "Departure {id} leaves {place} before departure {before} has arrived there.",
            id=leg.departure_id,
            place=leg.from_place,
            before=before.departure_id,
        ),
        departure_id=leg.departure_id,
    )


def _refuse_gaps(legs: Sequence[Leg]) -> None:
    for one, two in pairwise(legs):
        if one.to_place != two.from_place:
            raise Refused(
                "invalid",
                t("Legs do not join: {one} is not {two}.", one=one.to_place, two=two.from_place),
            )


def railways(legs: Sequence[Leg]) -> list[str]:
    """Railways that must approve, each once, in the order of the way."""
    return list(dict.fromkeys(railway for leg in legs for railway in leg.railways))
