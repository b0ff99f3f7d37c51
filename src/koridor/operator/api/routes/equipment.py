"""Pools of containers and wagons, their units, release and return orders."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query, Request, Response

from koridor.operator.api.bodies import equipment as bodies
from koridor.operator.api.bodies.words import Id as IdText
from koridor.operator.api.call import Id, Prepares, Reads, Routes, Writes
from koridor.operator.common.desk import Tx
from koridor.operator.equipment import clocks, imbalance, orders, pools, repositioning, units
from koridor.operator.equipment.reposition import Proposal

routes = Routes()


@routes.on("GET", "/v1/pools", "equipment.read", answer=bodies.PoolsAnswer)
def read_pools(call: Reads) -> Response:
    """Pools that one keeps or has an agreement on."""
    return call.read(lambda tx: {"pools": pools.listed(tx)})


@routes.on("POST", "/v1/pools", "equipment.manage", answer=bodies.PoolAnswer)
async def make_pool(call: Writes, body: bodies.NewPool) -> Response:
    """A new pool."""

    def work(tx: Tx) -> dict[str, Any]:
        pool_id = pools.make(tx, body.name)
        return {"pool_id": pool_id, "keeper_id": tx.actor.party_id, "name": body.name, "part": pools.OWNER}

    return await call.once(body, work)


@routes.on("POST", "/v1/pools/{pool_id}/agreements", "equipment.manage", answer=bodies.PoolsAnswer)
async def agree(call: Writes, pool_id: Id, body: bodies.NewAgreement) -> Response:
    """Lets another partner see a pool, as far as is agreed."""

    def work(tx: Tx) -> dict[str, Any]:
        pools.agree(tx, pool_id, body.party_id, body.sees)
        return {"pools": [one for one in pools.listed(tx) if one["pool_id"] == pool_id]}

    return await call.once(body, work)


@routes.on("GET", "/v1/pools/{pool_id}/stock", "equipment.read", answer=bodies.StockAnswer)
def read_stock(call: Reads, pool_id: Id) -> Response:
    """Numbers of units by place, type and state."""
    return call.read(lambda tx: {"stock": pools.stock(tx, pool_id)})


@routes.on("GET", "/v1/pools/{pool_id}/units", "equipment.read", answer=bodies.UnitsAnswer)
def read_units(call: Reads, pool_id: Id, after: Annotated[IdText | None, Query()] = None) -> Response:
    """Units of a pool, by number."""

    def work(tx: Tx) -> dict[str, Any]:
        found = pools.units(tx, pool_id, after)
        return {"units": found, "next": found[-1]["number"] if len(found) == tx.policy.page_rows_max else None}

    return call.read(work)


@routes.on("POST", "/v1/pools/{pool_id}/units", "equipment.manage", answer=bodies.UnitAnswer)
async def take_in(call: Writes, pool_id: Id, body: bodies.NewUnitBody) -> Response:
    """Takes a unit into a pool."""

    def work(tx: Tx) -> dict[str, Any]:
        return shown(tx, units.take_in(tx, pool_id, units.NewUnit(**body.model_dump())))

    return await call.once(body, work)


@routes.on("GET", "/v1/units/{unit_id}", "equipment.read", answer=bodies.UnitAnswer)
def read_unit(call: Reads, unit_id: Id) -> Response:
    """A unit."""
    return call.read(lambda tx: shown(tx, unit_id))


@routes.on("POST", "/v1/units/{unit_id}/events", "equipment.manage", answer=bodies.ToldAnswer)
async def tell(call: Writes, unit_id: Id, body: bodies.NewFact) -> Response:
    """What happened to a unit; told again under its id it does nothing."""

    def work(tx: Tx) -> dict[str, Any]:
        content = bodies.facts(body)
        new = units.tell(tx, unit_id, body.kind, content, event_id=body.event_id, happened_ms=body.happened_ms)
        return {"new": new, **shown(tx, unit_id)}

    return await call.once(body, work)


@routes.on("GET", "/v1/pools/{pool_id}/contracts", "equipment.read", answer=bodies.ContractsAnswer)
def read_contracts(call: Reads, pool_id: Id) -> Response:
    """Contracts of the clocks on the units of a pool that one keeps."""
    return call.read(lambda tx: {"contracts": clocks.listed(tx, pool_id)})


@routes.on("GET", "/v1/units/{unit_id}/clocks", "equipment.read", answer=bodies.ClocksAnswer)
def read_clocks(call: Reads, unit_id: Id) -> Response:
    """Clocks of a unit, day by day, for its keeper."""
    return call.read(lambda tx: {"clocks": clocks.of_unit(tx, unit_id)})


@routes.on("POST", "/v1/units/{unit_id}/charges", "money.post", answer=bodies.ChargesAnswer)
async def settle(call: Writes, unit_id: Id) -> Response:
    """Posts what the clocks of a unit have come to by now; what is asked of others is billed."""
    return await call.once(None, lambda tx: {"charges": clocks.settle(tx, unit_id)}, strict=True)


@routes.on("GET", "/v1/equipment-orders", "equipment.gate", answer=bodies.OrdersAnswer)
def read_orders(call: Reads) -> Response:
    """Orders of one's pools, and of one's depot."""
    return call.read(lambda tx: {"orders": orders.listed(tx)})


@routes.on("GET", "/v1/equipment-orders/{order_id}", "equipment.gate", answer=bodies.OrderAnswer)
def read_order(call: Reads, order_id: Id) -> Response:
    """An order with its units."""
    return call.read(lambda tx: orders.view(tx, order_id))


@routes.on("POST", "/v1/pools/{pool_id}/orders", "equipment.manage", answer=bodies.OrderAnswer)
async def order(call: Writes, pool_id: Id, body: bodies.NewEquipmentOrder) -> Response:
    """A release or return order."""

    def work(tx: Tx) -> dict[str, Any]:
        terms = body.model_dump(exclude={"kind", "quantities"}, exclude_none=True)
        return orders.view(tx, orders.make(tx, pool_id, body.kind, body.quantities, terms))

    return await call.once(body, work)


@routes.on("POST", "/v1/equipment-orders/{order_id}/units", "equipment.manage", answer=bodies.OrderAnswer)
async def put_on(call: Writes, order_id: Id, body: bodies.OnOrder) -> Response:
    """Puts a unit on an order, or takes it off."""

    def work(tx: Tx) -> dict[str, Any]:
        act = orders.assign if body.action == "assign" else orders.withdraw
        act(tx, order_id, body.unit_id)
        return orders.view(tx, order_id)

    return await call.once(body, work)


@routes.on("POST", "/v1/equipment-orders/{order_id}/gates", "equipment.gate", answer=bodies.GateAnswer)
async def gate(call: Writes, order_id: Id, body: bodies.NewGate) -> Response:
    """An empty unit passed the gate against an order; told again under its id it does nothing."""

    def work(tx: Tx) -> dict[str, Any]:
        told = body.model_dump(include={"event_id", "happened_ms", "damaged"})
        new = orders.gate(tx, order_id, body.unit_id, **told)
        return {"new": new, "order": orders.view(tx, order_id)}

    return await call.once(body, work)


@routes.on("POST", "/v1/equipment-orders/{order_id}/closings", "equipment.manage", answer=bodies.OrderAnswer)
async def close(call: Writes, order_id: Id) -> Response:
    """Ends an order; units that wait on it are free again."""

    def work(tx: Tx) -> dict[str, Any]:
        orders.close(tx, order_id)
        return orders.view(tx, order_id)

    return await call.once(None, work)


@routes.on("GET", "/v1/imbalance", "equipment.read", answer=bodies.ImbalanceAnswer)
def read_imbalance(call: Reads, weeks: Annotated[int, Query(ge=1, le=26)] = 4) -> Response:
    """Where empties of one's own pools will be short and where too many, by place and week."""

    def work(tx: Tx) -> dict[str, Any]:
        found = imbalance.imbalance(tx, weeks)
        return {"weeks": [{name: str(value) for name, value in asdict(one).items()} for one in found]}

    return call.read(work)


@routes.on("POST", "/v1/repositionings", "equipment.manage", answer=bodies.RepositioningAnswer)
def work_out(call: Prepares, request: Request, body: bodies.NewRepositioning) -> Response:
    """Works out the cheapest moves of empties, and keeps them as a proposal in place of the one before."""

    def ready() -> Proposal:
        return repositioning.work_out(call.desk, call.actor, request.app.state.networks, body.weeks)

    return call.once_ready(
        body, ready, lambda tx, found: repositioning.view(tx, repositioning.keep(tx, body.weeks, found))
    )


@routes.on("GET", "/v1/repositionings", "equipment.read", answer=bodies.RepositioningsAnswer)
def read_repositionings(call: Reads) -> Response:
    """Proposals of one's own party."""
    return call.read(lambda tx: {"repositionings": repositioning.listed(tx)})


@routes.on("GET", "/v1/repositionings/{repositioning_id}", "equipment.read", answer=bodies.RepositioningAnswer)
def read_repositioning(call: Reads, repositioning_id: Id) -> Response:
    """A proposal with its moves and their orders."""
    return call.read(lambda tx: repositioning.view(tx, repositioning_id))


@routes.on(
    "POST",
    "/v1/repositionings/{repositioning_id}/acceptances",
    "equipment.manage",
    answer=bodies.RepositioningAnswer,
)
async def accept(call: Writes, repositioning_id: Id, body: bodies.Acceptance) -> Response:
    """Makes a release and a return order of each move; once."""

    def work(tx: Tx) -> dict[str, Any]:
        repositioning.accept(tx, repositioning_id, body.valid_to_ms, body.moves)
        return repositioning.view(tx, repositioning_id)

    return await call.once(body, work)


def shown(tx: Tx, unit_id: str) -> dict[str, Any]:
    """A unit as it goes out."""
    return pools.shown(units.of(tx, unit_id, *pools.SEE_UNITS))
