"""Partial loads: of what was booked only a part was loaded, and the rest gives its place back or is rolled over.

Counted anew at each telling from what is in force, so a second partial load takes from what the first left and undoes
nothing of it. The price goes with the quantity: what was loaded and what was left are the price, to the last cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from koridor.operator.booking import book, changed, itinerary, progress, quote
from koridor.operator.booking.changed import REST, RUN
from koridor.operator.booking.dangerous import FACT, QUOTA
from koridor.operator.booking.quote import CARGO, Offer, Quote
from koridor.operator.booking.states import State
from koridor.operator.booking.step import begin, lock
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.money.price import PriceLine
from koridor.operator.money.split import allocate
from koridor.operator.network import hold as holds
from koridor.operator.network.capacity import Line
from koridor.operator.network.resource import told
from koridor.operator.people import access
from koridor.text import t

TEU = "teu"
EMISSIONS, OF_ALL = "co2e_kg", (CARGO, "co2e")  # facts of an offer: kilograms, and what is of all that was booked


@dataclass(frozen=True, slots=True)
class Loaded:
    """The quote of what was loaded, and the booking of the rest, if it was rolled."""

    made: Quote
    rolled_id: str | None


def short(tx: Tx, booking_id: str, loaded: Mapping[str, int], *, rolled_to: str | None, reason: str) -> Loaded:
    """A confirmed booking with less than was booked, from the leg on that it was loaded for.

    loaded : parts of each resource that were loaded, above 0 and not more than booked.
    rolled_to : a later departure for the rest, between the same places as the leg; the rest becomes a booking of its
        own that holds its capacity. None: the rest is given back and costs the customer nothing.

    Raises Refused `invalid`, `not_allowed_now`, `sold_out`, `not_offered`.
    """
    access.need_part(tx, "booking", booking_id, "seller")
    state = lock(tx, booking_id)
    changed.refuse_undecided(state)
    old = quote.of(tx, state.quote_id)
    left = _left(old, loaded)
    calls = progress.calls_of(tx, old.offer.legs)
    at = progress.position(calls, changed.told_of(tx, booking_id))
    if at.done:
        raise Refused("not_allowed_now", t("The shipment has arrived; nothing of it is left behind."))
    run, rest = changed.split_lines(old.offer.lines, calls, at)
    name = TEU if TEU in loaded else min(loaded)  # by what the price is shared
    shares = {RUN: loaded[name], REST: left.get(name, 0)}
    if rolled_to is not None and not shares[REST]:
        raise Refused("invalid", t("Nothing was left that could be rolled: all {name} were loaded.", name=name))
    pairs = [changed.shared(line, shares, whole_way=True) for line in rest]
    facts = {key: value for key, value in old.offer.facts.items() if key not in (EMISSIONS, *OF_ALL)}
    emitted, left_behind = _emitted(old.offer.facts.get(EMISSIONS), run, rest, shares)
    offer = replace(old.offer, parts=dict(loaded), lines=(*run, *(one for one, _ in pairs)), facts=facts | emitted)
    kept = _kept(tx, state, changed.run_hops(old.offer.legs, calls, at), loaded, old.offer.parts)
    made = changed.change_over(
        tx, booking_id, state, "load", offer, kept, (), reason=reason, left={name: left[name] for name in sorted(left)}
    )
    if rolled_to is None:
        return Loaded(made, None)
    lines = tuple(replace(other, leg=other.leg - at.leg) for _, other in pairs)
    first, *onward = old.offer.legs[at.leg :]
    legs = (replace(first, from_place=calls[at.leg][at.call].place_id, departure_id=rolled_to), *onward)
    facts = {key: value for key, value in (facts | left_behind).items() if key != FACT or QUOTA in left}
    return Loaded(made, _rolled(tx, old, Offer(old.offer.customer_id, legs, left, lines, facts), booking_id))


def _emitted(
    whole_kg: int | None, run: Sequence[PriceLine], rest: Sequence[PriceLine], shares: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Emissions of what was loaded and of what was left; together all of them.

    What was run was run with all that was booked: by kilometres of the lines, as those of the way's parts are not told.
    """
    if whole_kg is None:
        return {}, {}
    kms = {RUN: sum(line.km for line in run), REST: sum(line.km for line in rest)}
    rest_kg = allocate(whole_kg, kms)[REST] if any(kms.values()) else whole_kg
    left_kg = allocate(rest_kg, shares)[REST]
    return {EMISSIONS: whole_kg - left_kg}, {EMISSIONS: left_kg}


def _left(old: Quote, loaded: Mapping[str, int]) -> dict[str, int]:
    """Parts that were not loaded; none is not listed. Raises Refused `invalid` with all that is wrong."""
    booked, wrong = old.offer.parts, []
    if set(loaded) != set(booked):
        wrong.append(t("A load tells of {names}, each once.", names=", ".join(sorted(booked))))
    for name in sorted(set(loaded) & set(booked)):
        if not 0 < loaded[name] <= booked[name]:
            most = told(name, booked[name])
            wrong.append(t("Of {name} from above 0 to {most} can be loaded.", name=name, most=most))
    left = {name: booked[name] - loaded[name] for name in booked if name in loaded and booked[name] > loaded[name]}
    if not wrong and not left:
        wrong.append(t("All that was booked is loaded; there is nothing to change."))
    if wrong:
        raise Refused("invalid", " ".join(wrong))
    return left


def _kept(
    tx: Tx, state: State, behind: set[tuple[str, int]], loaded: Mapping[str, int], booked: Mapping[str, int]
) -> list[Line]:
    """Lines with what was loaded; hops that are run keep what they carried."""
    lines = holds.lines_of(tx, [state.hold_id]) if state.hold_id else []
    return [
        line
        if (line.departure_id, line.seq) in behind
        else replace(line, quantity=line.quantity * loaded[line.resource] // booked[line.resource])
        for line in lines
    ]


def _rolled(tx: Tx, old: Quote, offer: Offer, booking_id: str) -> str:
    """Id of a booking of the rest that holds its capacity until it leaves."""
    itinerary.refuse_unfit(tx, offer.legs, new=True)
    itinerary.refuse_missed(tx, offer.legs)
    made = quote.replace_by(tx, old, offer)
    rolled_id, received = begin(tx, made, rolled_from=booking_id)
    held = book.hold(tx, rolled_id, received, made)
    leaves_ms = itinerary.leaves_ms(tx, made.offer.legs)
    if held.hold_id and leaves_ms is not None:  # it was sold once already, so it is kept until it leaves
        holds.extend(tx, held.hold_id, leaves_ms)
    return rolled_id
