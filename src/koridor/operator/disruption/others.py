"""Other ways for an affected booking: asked of the route study under the patches of the incidents, with prices.

What is shut now or will be is shut for the whole search, so that no way found meets it. The price is what a quote of
that way would cost today; the difference is to the rest of the way as it was sold.
"""

from __future__ import annotations

from dataclasses import dataclass

from koridor.operator.booking import changed
from koridor.operator.booking.quote import CARGO, Offer
from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.disruption import affected, alternatives, incidents, rebook
from koridor.operator.disruption.affected import FOREVER_MS, Carried, Outlook
from koridor.operator.disruption.alternatives import OTHER, Alternative
from koridor.operator.disruption.rebook import Way
from koridor.operator.money.price import PriceLine
from koridor.operator.people import access
from koridor.operator.quoting import ask
from koridor.operator.quoting.enquiry import Enquiry, Kind
from koridor.operator.quoting.networks import Networks
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Asked:
    """A booking as other ways are asked for it: from where, from when on, and what its rest costs as it was sold.

    `earliest_ms` is None where something shut lies before that place, and nobody knows for how long.
    """

    carried: Carried
    place_id: str
    earliest_ms: int | None
    rest: tuple[PriceLine, ...]


def found(
    desk: Desk, actor: Actor, networks: Networks, booking_id: str, cargo: str | None
) -> tuple[list[Alternative], list[str]]:
    """Other ways for an affected booking, and the reasons why there are not more. Never call it inside a transaction.

    cargo : as `koridor.model.cargo.read_cargo` reads it, such as 2x40HC; it must take as many TEU as were booked. None:
    that of its quote.
    Raises Refused as `ask.ask` and `alternatives.found` do, and `invalid` for another quantity.
    """
    asked = desk.look(actor, lambda tx: _asked(tx, booking_id))
    if asked is None:
        return [], []
    if asked.earliest_ms is None:
        return [], [t("What is shut lies before the next place to get off, and nobody knows for how long.")]
    made = asked.carried.made
    cargo = cargo or made.offer.facts.get(CARGO)
    if cargo is None:
        return [], [t("The quote names no cargo: other ways are found where one is asked with, such as 2x40HC.")]
    ways = ask.ask(desk, actor, networks, _enquiry(asked, cargo))
    booked = made.offer.parts.get("teu", 0)
    if any(offer.parts.get("teu", 0) != booked for offer in ways.offers):
        raise Refused("invalid", t("The cargo {name} takes other TEU than were booked.", name=cargo))
    return [_option(asked, offer) for offer in ways.offers], [*ways.reasons, *ask.disturbed(ways.incidents, told=True)]


def _enquiry(asked: Asked, cargo: str) -> Enquiry:
    """The rest of a booking as it was asked for: once it has begun, from a terminal, and past no given places."""
    made, begun = asked.carried.made, asked.carried.here.since_ms is not None
    facts, kind = made.offer.facts, Kind(made.offer.facts.get("kind", Kind.TERMINAL_TERMINAL))
    if begun and kind.doors[0]:
        kind = Kind.TERMINAL_DOOR if kind.doors[1] else Kind.TERMINAL_TERMINAL
    return Enquiry(
        made.seller_id, made.offer.customer_id, asked.place_id, asked.carried.legs[-1].to_place, cargo,
        ready_ms=asked.earliest_ms, kind=kind, commodity=facts.get("commodity"),
        via=() if begun else tuple(facts.get("via", ())), forbid=tuple(facts.get("forbid", ())),
    )  # fmt: skip


def _asked(tx: Tx, booking_id: str) -> Asked | None:
    """None where nothing is in its way."""
    access.need_part(tx, "booking", booking_id, "seller")
    each = affected.one(tx, Outlook(incidents.during(tx, tx.now_ms, FOREVER_MS)), booking_id)
    if not each.whys:
        return None
    carried = each.carried
    at, place_id, planned_ms = rebook.turn_of(tx, carried)
    _, rest = changed.split_lines(carried.made.offer.lines, carried.calls, at)
    earliest_ms = alternatives.reached_ms(each, at, planned_ms)
    return Asked(carried, place_id, earliest_ms, tuple(rest))


def _option(asked: Asked, offer: Offer) -> Alternative:
    """A way as an alternative. CO2e is compared only where nothing is run yet: what was told is of the whole way."""
    price, cost = alternatives.more(asked.rest, offer.lines)
    planned_ms = alternatives.arrives_ms(asked.carried.calls)
    delay_ms = 0 if planned_ms is None else max(0, int(offer.facts["arrives_ms"]) - planned_ms)
    before_kg, run = asked.carried.made.offer.facts.get("co2e_kg"), asked.carried.here.since_ms is not None
    co2e_kg = None if before_kg is None or run else int(offer.facts["co2e_kg"]) - before_kg
    way = Way(offer.legs, offer.lines)
    return Alternative(OTHER, way, delay_ms, price, cost, co2e_more_kg=co2e_kg)
