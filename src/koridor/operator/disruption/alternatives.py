"""What else an affected booking could do: wait until the way opens, or go on later departures of the same services.

Each is looked at under the incidents that hold and the capacity that is free now. Both keep the way, so the price of
the rest of it holds. Ranked by delay; of equal ones waiting comes first, as it changes nothing. Other ways are asked
for in `others`, outside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import changed, progress
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.progress import Call, Position
from koridor.operator.common.canonical import hash_of
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.db.tables import departure
from koridor.operator.disruption import affected, incidents, rebook, ways
from koridor.operator.disruption.affected import FOREVER_MS, LINK, SERVICE, SLOWER, Affected, Carried, Outlook
from koridor.operator.disruption.rebook import Way
from koridor.operator.money.price import PriceLine, by_currency, totals
from koridor.operator.network import offer
from koridor.operator.network.offer import Offer
from koridor.operator.network.resource import left
from koridor.operator.network.running import CANCELLED
from koridor.operator.people import access

WAIT, LATER, OTHER = "wait", "later", "other"
STOPS = (LINK, SERVICE)
HASH_SIGNS = 16


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing that a booking could do.

    Attributes
    ----------
    kind : str
        `wait`, `later` (the same services, another day) or `other` (another way).
    way : Way or None
        From where the shipment can get off; None where nothing changes.
    delay_ms : int
        Later than by the plan.
    more_minor, cost_more_minor : mapping
        What the customer's price, if the customer bears it, and the costs are more than before, by currency.
    """

    kind: str
    way: Way | None
    delay_ms: int
    more_minor: dict[str, int] = field(default_factory=dict)
    cost_more_minor: dict[str, int] = field(default_factory=dict)
    co2e_more_kg: int | None = None

    @property
    def alternative_id(self) -> str:
        """Hash of what it is: the same as long as it is offered."""
        legs = [leg.as_row() for leg in self.way.legs] if self.way else []
        lines = [line.as_row() for line in self.way.lines] if self.way else []
        return hash_of({"kind": self.kind, "legs": legs, "lines": lines})[:HASH_SIGNS]


def found(tx: Tx, booking_id: str) -> tuple[Affected, list[Alternative]]:
    """What a booking meets and what it could do, the least delay first; none where its way is free.

    Raises Refused `not_found`, `forbidden` for who is not the seller, `not_allowed_now` for what has arrived.
    """
    access.need_part(tx, "booking", booking_id, "seller")
    outlook = Outlook(incidents.during(tx, tx.now_ms, FOREVER_MS))
    each = affected.one(tx, outlook, booking_id)
    if not each.whys:
        return each, []
    return each, ranked(option for option in (_wait(each), _later(tx, outlook, each)) if option)


def ranked(options: Iterable[Alternative]) -> list[Alternative]:
    """Alternatives by delay; of equal ones that which changes nothing, then the cheaper, one currency after another."""
    listed = list(options)
    currencies = sorted({code for one in listed for code in one.more_minor})

    def order(one: Alternative) -> tuple[int, bool, list[int], str]:
        prices = [one.more_minor.get(code, 0) for code in currencies]
        return one.delay_ms, one.kind != WAIT, prices, one.alternative_id

    return sorted(listed, key=order)


def reached_ms(each: Affected, at: Position, planned_ms: int) -> int | None:
    """When a shipment is where it can get off, after what is shut before that; None where nobody knows."""
    before = [
        why.waits_ms
        for why in each.whys
        if why.kind in STOPS
        and (why.leg < at.leg or (why.leg == at.leg and at.call and (why.to_ms or 0) <= planned_ms))
    ]
    return None if None in before else planned_ms + max((waits_ms or 0 for waits_ms in before), default=0)


def _wait(each: Affected) -> Alternative | None:
    """Standing until all is open, where everybody knows when that is and no connection is missed by it."""
    whys = each.whys
    if any(why.waits_ms is None for why in whys):
        return None
    delay_ms = max((why.waits_ms or 0 for why in whys if why.kind in STOPS), default=0)
    delay_ms += sum(why.waits_ms or 0 for why in whys if why.kind == SLOWER)
    first = min(why.leg for why in whys)
    timed = [
        (leg, calls) for leg, calls in enumerate(each.carried.calls) if leg >= first and calls[0].at_ms is not None
    ]
    for (_, one), (_, two) in pairwise(timed):
        if (one[-1].at_ms or 0) + delay_ms > (two[0].at_ms or 0):
            return None
    return Alternative(WAIT, None, delay_ms, co2e_more_kg=0)


def _later(tx: Tx, outlook: Outlook, each: Affected) -> Alternative | None:
    """The way as it was, each leg on the first departure of its service that can be caught, has room and meets nothing.

    What can still be ridden as booked is.
    """
    carried = each.carried
    at, place_id, planned_there_ms = rebook.switch_of(tx, carried)
    there_ms = reached_ms(each, at, planned_there_ms)
    if at.done or there_ms is None:
        return None
    legs = []
    planned_ms = arrives_ms(carried.calls)
    for number in range(at.leg, len(carried.legs)):
        leg = carried.legs[number]
        leg = replace(leg, from_place=place_id) if number == at.leg else leg
        if not leg.departure_id:
            clear_ms = _clear_ms(outlook, carried.made.network_id, tx, leg, there_ms)
            if clear_ms is None:
                return None
            there_ms = clear_ms
            legs.append(leg)
            continue
        stays = number == at.leg and carried.here.riding
        ride = _ride(tx, outlook, carried, leg, (there_ms, stays), carried.calls[number])
        if ride is None:
            return None
        legs.append(replace(leg, departure_id=ride.ride.departure_id))
        there_ms = ride.arrives_ms
    _, rest = changed.split_lines(carried.made.offer.lines, carried.calls, at)
    lines = tuple(replace(line, leg=line.leg - at.leg) for line in rest)
    delay_ms = max(0, there_ms - planned_ms) if planned_ms is not None else 0
    same = tuple(legs) == tuple(
        replace(leg, from_place=place_id) if n == 0 else leg for n, leg in enumerate(carried.legs[at.leg :])
    )
    if same:
        return None
    return Alternative(LATER, Way(tuple(legs), lines), delay_ms, co2e_more_kg=0)


def _ride(
    tx: Tx, outlook: Outlook, carried: Carried, leg: Leg, there: tuple[int, bool], calls: Sequence[Call]
) -> Offer | None:
    """The booked departure where it can be ridden; else the first other one of its service, before its cut-off.

    there : when it is there, and whether it sits on the booked departure already.
    """
    there_ms, stays = there
    head = ways.heads(tx, [leg.departure_id])[leg.departure_id]
    booked = next((call.at_ms for call in calls if call.place_id == leg.from_place), None)
    caught = booked is not None and (booked > there_ms or (stays and booked == there_ms))
    if caught and head.status != CANCELLED and _meets_nothing(tx, outlook, leg.departure_id, leg):
        return Offer(leg.ride, booked or 0, calls[-1].at_ms or 0, {})
    own = sa.select(departure.c.departure_id).where(departure.c.service_id == head.service_id)
    span = (max(there_ms + 1, rebook.cutoff_ms(tx, carried.made)), there_ms + tx.policy.plan_ms * 4)
    for one in offer.offers(tx, carried.made.seller_id, leg.from_place, leg.to_place, *span, within=own):
        other = one.ride.departure_id != leg.departure_id
        room = all(one.free.get(name, quantity) >= quantity for name, quantity in carried.made.offer.parts.items())
        if other and room and _meets_nothing(tx, outlook, one.ride.departure_id, leg):
            return one
    return None


def _meets_nothing(tx: Tx, outlook: Outlook, departure_id: str, leg: Leg) -> bool:
    head = ways.heads(tx, [departure_id])[departure_id]
    (calls,) = progress.calls_of(tx, [replace(leg, departure_id=departure_id)])
    network = outlook.network(tx, head.network_id)
    passed = ways.passes(network, head.service_id, head.direction, calls)
    met = affected.disturbed(outlook, 0, head.service_id, passed, int(calls[-1].at_ms or 0))
    return not any(why.kind in STOPS for why in met)


def _clear_ms(outlook: Outlook, network_id: str, tx: Tx, leg: Leg, there_ms: int) -> int | None:
    """When a leg without a departure is done: at once, as it has no times here, or once what shuts it has ended.

    None where nobody knows when that is.
    """
    passed = ways.passes_by_hours(outlook.network(tx, network_id), leg, there_ms, None)
    waits = [why.waits_ms for why in affected.disturbed(outlook, 0, "", passed, there_ms) if why.kind in STOPS]
    known = [wait_ms for wait_ms in waits if wait_ms is not None]
    return there_ms + max(known, default=0) if len(known) == len(waits) else None


def arrives_ms(calls: Iterable[Sequence[Call]]) -> int | None:
    """When the last departure of a way arrives; None where it has none."""
    times = [of[-1].at_ms for of in calls if of[-1].at_ms is not None]
    return times[-1] if times else None


def more(before: Iterable[PriceLine], after: Iterable[PriceLine]) -> tuple[dict[str, int], dict[str, int]]:
    """How much more is paid, and how much more it costs, by currency; no zeros."""
    old, new = list(before), list(after)
    prices = _less(totals(new), totals(old))
    costs = [
        {code: sum(line.cost_minor for line in of) for code, of in by_currency(lines).items()} for lines in (new, old)
    ]
    return prices, _less(*costs)


def _less(new: dict[str, int], old: dict[str, int]) -> dict[str, int]:
    found = {code: new.get(code, 0) - old.get(code, 0) for code in sorted({*new, *old})}
    return {code: value for code, value in found.items() if value}


def shown(tx: Tx, each: Affected, option: Alternative) -> dict[str, Any]:
    """An alternative as it goes out, with what is free on its tightest hop; costs are for who may see costs."""
    rides = [leg.ride for leg in option.way.legs if leg.departure_id] if option.way else []
    free = offer.free(tx, each.carried.made.seller_id, rides)
    p50_h = each.carried.made.offer.facts.get("p50_h")
    row: dict[str, Any] = {
        "alternative_id": option.alternative_id,
        "kind": option.kind,
        "legs": [leg.as_row() for leg in option.way.legs] if option.way else [],
        "delay_h": -(-option.delay_ms // HOUR_MS),
        "p50_h": None if p50_h is None else p50_h + -(-option.delay_ms // HOUR_MS),
        "more_minor": option.more_minor,
        "free": {name: left(name, parts) for name, parts in sorted(free.items())},
        "co2e_more_kg": option.co2e_more_kg,
    }
    return {**row, "cost_more_minor": option.cost_more_minor} if access.may(tx.actor, "quote.cost") else row
