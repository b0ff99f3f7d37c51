"""A confirmed booking whose way or quantity changes while it runs: hold, books, state and access in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import book, progress, quote, shipments
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.progress import Call, Position
from koridor.operator.booking.quote import Offer, Quote
from koridor.operator.booking.states import ASKED_AMENDMENT, ASKED_CANCELLATION, State
from koridor.operator.booking.step import step
from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import shipment
from koridor.operator.money import sale
from koridor.operator.money.price import PriceLine
from koridor.operator.money.split import allocate
from koridor.operator.network import hold as holds
from koridor.operator.network.capacity import Line, Want
from koridor.text import t

RUN, REST = "run", "rest"


def refuse_undecided(state: State) -> None:
    """Raises Refused `not_allowed_now` while an amendment or a cancellation waits for its decision."""
    if state.amendment == ASKED_AMENDMENT or state.cancellation == ASKED_CANCELLATION:
        raise Refused("not_allowed_now", t("An amendment or a cancellation waits for its decision; decide it first."))


def change_over(
    tx: Tx, booking_id: str, state: State, action: str, offer: Offer, kept: Iterable[Line], wants: Iterable[Want],
    **told: Any,
) -> Quote:  # fmt: skip
    """The quote that is in force now: capacity but what is `kept` is given back, `wants` taken, the sale made anew.

    All or nothing. Raises SoldOut, or Refused as `quote.replace_by` does.
    """
    old = quote.of(tx, state.quote_id)
    made = quote.replace_by(tx, old, offer)
    hold_id = _held(tx, state, made, list(kept), sorted(wants))
    step(tx, booking_id, state, action, quote_id=made.quote_id, hold_id=hold_id, **told)
    sale.unsell(tx, booking_id)
    book.sell(tx, booking_id, made)
    book.share_again(tx, booking_id, made)
    return made


def _held(tx: Tx, state: State, made: Quote, kept: list[Line], wants: list[Want]) -> str:
    if state.hold_id:
        return holds.replace(tx, state.hold_id, kept, wants, made.seller_id)
    if not wants:
        return ""
    hold_id = holds.place(tx, made.offer.customer_id, made.seller_id, wants, tx.now_ms + tx.policy.hold_ms)
    holds.post(tx, hold_id)
    return hold_id


def told_of(tx: Tx, booking_id: str, *, riding: bool = False) -> list[Event]:
    """Events of a booking's shipment, and of what it is `riding` on if asked; none before it has one."""
    shipment_id = tx.run(sa.select(shipment.c.shipment_id).filter_by(booking_id=booking_id)).scalar()
    if shipment_id is None:
        return []
    return shipments.events_of(tx, shipment_id) if riding else events.stream_of(tx, shipments.stream(shipment_id))


def run_and_rest(tx: Tx, booking_id: str, made: Quote) -> tuple[list[PriceLine], list[PriceLine]]:
    """Price lines of the way that a booking has run by its events, to where it can get off next, and of the rest."""
    calls = progress.calls_of(tx, made.offer.legs)
    here = progress.position(calls, told_of(tx, booking_id))
    if here.done:
        return list(made.offer.lines), []
    at, _, _ = progress.switch(calls, here, tx.now_ms)
    if at.done:
        return list(made.offer.lines), []
    return split_lines(made.offer.lines, calls, at)


def run_hops(legs: Sequence[Leg], calls: Sequence[Sequence[Call]], at: Position) -> set[tuple[str, int]]:
    """Departure and number of the hops that lie behind a position."""
    behind = [(leg, of) for leg, of in zip(legs[: at.leg], calls, strict=False)]
    if at.call:
        behind.append((legs[at.leg], calls[at.leg][: at.call + 1]))
    return {(leg.departure_id, call.seq) for leg, of in behind for call in of[:-1] if call.seq is not None}


def split_lines(
    lines: Iterable[PriceLine], calls: Sequence[Sequence[Call]], at: Position
) -> tuple[list[PriceLine], list[PriceLine]]:
    """Lines of the way that was run, and of the rest; together they are the lines, to the last cent.

    A leg that is left midway is shared by its hours, or by its calls where it has none.
    """
    run: list[PriceLine] = []
    rest: list[PriceLine] = []
    for line in lines:
        if line.leg < at.leg or (line.leg == at.leg and not at.call):
            (run if line.leg < at.leg else rest).append(line)
        elif line.leg > at.leg:
            rest.append(line)
        else:
            one, two = shared(line, _weights(calls[at.leg], at.call))
            run.append(one)
            rest.append(two)
    return run, rest


def shared(line: PriceLine, weights: Mapping[str, int], *, whole_way: bool = False) -> tuple[PriceLine, PriceLine]:
    """A line in two parts by whole weights, `RUN` and `REST`; with `whole_way` both go all of its kilometres."""
    amounts, costs, kms = (allocate(value, weights) for value in (line.amount_minor, line.cost_minor, line.km))
    one, two = (
        replace(
            line,
            amount_minor=amounts[name],
            cost_minor=costs[name],
            km=line.km if whole_way else kms[name],
            trace=_trace(line.trace, Fraction(weights[name], sum(weights.values()))),
        )
        for name in (RUN, REST)
    )
    return one, two


def _trace(trace: str, share: Fraction) -> str:
    return trace if not trace or share == 1 else f"({trace}) × {share}"


def _weights(calls: Sequence[Call], at: int) -> dict[str, int]:
    first, here, last = (call.at_ms for call in (calls[0], calls[at], calls[-1]))
    if first is None or here is None or last is None or not first < last:
        return {RUN: at, REST: len(calls) - 1 - at} if len(calls) > 1 else {RUN: 1, REST: 0}
    return {RUN: here - first, REST: last - here}
