"""Splits that two partners agree on, and how a booking is shared by them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from koridor.operator.api.bodies.splits import BookingSplitAnswer, SplitAnswer, SplitsAnswer, SplitWord
from koridor.operator.api.bodies.words import Text
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.booking import shared
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.money import agreed

routes = Routes()


@routes.on("GET", "/v1/splits", "split.read", SplitsAnswer)
def splits(call: Reads, after: Annotated[Text, Query()] = FIRST_PAGE) -> Response:
    """Splits with other partners, the latest first; `next` continues."""
    return call.read(lambda tx: agreed.listed(tx, after))


@routes.on("GET", "/v1/splits/{split_id}", "split.read", SplitAnswer)
def read_split(call: Reads, split_id: Id) -> Response:
    """A split, for the two partners whose it is."""
    return call.read(lambda tx: agreed.view(tx, split_id))


@routes.on("POST", "/v1/splits/{split_id}/decisions", "split.decide", SplitAnswer)
async def decide(call: Writes, split_id: Id, body: SplitWord) -> Response:
    """Agrees to a split of the other partner or refuses it, or withdraws one's own before that."""

    def work(tx: Tx) -> dict[str, Any]:
        agreed.decide(tx, split_id, body.action, body.reason)
        return agreed.view(tx, split_id)

    return await call.once(body, work, strict=True)


@routes.on("GET", "/v1/bookings/{booking_id}/split", "split.read", BookingSplitAnswer)
def read_shares(call: Reads, booking_id: Id) -> Response:
    """How the price of a booking is shared, line by line; once it is sold, as it was booked."""
    return call.read(lambda tx: shared.view(tx, booking_id))
