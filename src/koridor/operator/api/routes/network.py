"""What is in force and what is free on it."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query, Request, Response

from koridor.operator.api.bodies.network import (
    AllotmentAnswer,
    DeparturesAnswer,
    DepartureView,
    GeneratedAnswer,
    NetworksAnswer,
    NewAllotment,
    NewDepartures,
    OffersAnswer,
    State,
)
from koridor.operator.api.bodies.words import Id as IdText
from koridor.operator.api.bodies.words import Millis, Text
from koridor.operator.api.call import Id, Prepares, Reads, Routes, Writes
from koridor.operator.booking import departures
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.common.policy import DAY_MS
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import network, party
from koridor.operator.network import allotment, offer, publish
from koridor.operator.network.publish import Horizon
from koridor.operator.network.resource import left, parts_of
from koridor.text import t

routes = Routes()


@routes.on("GET", "/v1/networks", "network.read", NetworksAnswer)
def networks(call: Reads) -> Response:
    """Versions that were put in force, the latest first."""
    rows = sa.select(network.c.network_id, network.c.name, network.c.published_ms)
    latest = rows.order_by(network.c.published_ms.desc(), network.c.network_id)

    def work(tx: Tx) -> dict[str, Any]:
        return {"networks": [dict(row) for row in tx.run(latest.limit(tx.policy.page_rows_max)).mappings()]}

    return call.read(work)


@routes.on("GET", "/v1/offers", "network.read", OffersAnswer)
def offers(
    call: Reads,
    from_place: Annotated[IdText, Query()],
    to_place: Annotated[IdText, Query()],
    from_ms: Annotated[Millis, Query()],
    to_ms: Annotated[Millis, Query()],
) -> Response:
    """Departures between two places and the most that one booking could take of each resource."""

    def work(tx: Tx) -> dict[str, Any]:
        found = offer.offers(tx, call.actor.party_id, from_place, to_place, from_ms, to_ms)
        return {"offers": [shown(one) for one in found]}

    return call.read(work)


@routes.on("GET", "/v1/departures", "network.read", DeparturesAnswer)
def list_departures(
    call: Reads,
    from_ms: Annotated[Millis, Query()],
    to_ms: Annotated[Millis, Query()],
    service_id: Annotated[IdText | None, Query()] = None,
    place_id: Annotated[IdText | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
    after: Annotated[Text, Query()] = FIRST_PAGE,
) -> Response:
    """Departures by when they leave; of a service, or that call at a place, where one is named."""
    wanted = departures.Wanted(from_ms, to_ms, service_id, place_id, state)
    return call.read(lambda tx: departures.page(tx, wanted, after))


@routes.on("GET", "/v1/departures/{departure_id}", "network.read", DepartureView)
def read_departure(call: Reads, departure_id: Id) -> Response:
    """A departure with its calls, cut-offs, and what is free."""
    return call.read(lambda tx: departures.view(tx, departure_id))


@routes.on("POST", "/v1/departures", "network.publish", GeneratedAnswer)
def generate(call: Prepares, request: Request, body: NewDepartures) -> Response:
    """Departures of the network in force for some days from now; those that are there stay as they were sold.

    They have the capacities that its dataset and `capacity` say, here or when departures of it were made before.
    """
    plan = {(one.service_id, one.resource): one.quantity for one in body.capacity}
    if len(plan) < len(body.capacity):
        raise Refused("invalid", t("A service has a resource once in capacity."))

    def ready() -> tuple[dict[tuple[str, str], str], Horizon]:
        now_ms = call.desk.clock()
        network_id, before = call.desk.look(call.actor, _in_force)
        dataset = request.app.state.networks.dataset(call.desk, network_id)
        return before, Horizon.of(dataset, now_ms, now_ms + body.days * DAY_MS, {**before, **plan})

    def work(tx: Tx, found: tuple[dict[tuple[str, str], str], Horizon]) -> dict[str, Any]:
        before, horizon = found
        publish.alone(tx, horizon.network_id)
        if _in_force(tx) != (horizon.network_id, before):
            raise Refused("unavailable", t("Another request was quicker; ask again."), retry_after_s=1)
        return {"network_id": horizon.network_id, "added": publish.add(tx, horizon), "to_ms": horizon.to_ms}

    return call.once_ready(body, ready, work)


def _in_force(tx: Tx) -> tuple[str, dict[tuple[str, str], str]]:
    """The version in force, and the capacities told beside its dataset."""
    network_id = publish.newest(tx)
    return network_id, publish.plan_of(tx, network_id)


@routes.on("POST", "/v1/departures/{departure_id}/allotments", "capacity.manage", AllotmentAnswer)
async def allot(call: Writes, departure_id: Id, body: NewAllotment) -> Response:
    """Makes a part of every segment one party's until a moment."""

    def work(tx: Tx) -> dict[str, Any]:
        if tx.run(sa.select(party.c.kind).filter_by(party_id=body.party_id)).scalar() != "partner":
            raise Refused("invalid", t("Party {id} is no partner; only they sell from an allotment.", id=body.party_id))
        quantity = parts_of(body.resource, body.quantity)
        allotment.allot(tx, departure_id, body.resource, body.party_id, quantity, body.release_ms)
        return {"departure_id": departure_id}

    return await call.once(body, work)


def shown(one: offer.Offer) -> dict[str, Any]:
    """An offer as it goes out."""
    free = {name: left(name, parts) for name, parts in one.free.items()}
    when = {"leaves_ms": one.leaves_ms, "arrives_ms": one.arrives_ms}
    return {"departure_id": one.ride.departure_id, **when, "free": free}
