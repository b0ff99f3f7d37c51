"""Bodies and answers: pools, units, release and return orders."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from koridor.operator.api.bodies.words import Body, Id, Millis, Reason, Text

Many = Annotated[int, Field(gt=0, le=10_000)]


class NewPool(Body):
    """A pool of units."""

    name: Text


class NewAgreement(Body):
    """What another partner sees of a pool and may do; null ends it."""

    party_id: Id
    sees: Literal["stock", "units", "orders"] | None


class NewUnitBody(Body):
    """A unit to be taken into a pool."""

    kind: Literal["container", "wagon"]
    number: Text
    type_code: Id
    owner_id: Id
    shipper_owned: bool
    place_id: Id
    inspect_ms: Millis | None = None


class NewFact(Body):
    """What happened to a unit; an empty one passes a gate against an order and not here."""

    event_id: Id
    kind: Id
    happened_ms: Millis
    place_id: Id | None = None
    next_ms: Millis | None = None
    retracts: Id | None = None
    note: Reason | None = None


class NewEquipmentOrder(Body):
    """A release or return order at a depot."""

    kind: Literal["release", "return"]
    place_id: Id
    reference: Text
    valid_to_ms: Millis
    quantities: Annotated[dict[Id, Many], Field(min_length=1, max_length=50)]
    booking_id: Id | None = None
    depot_id: Id | None = None


class OnOrder(Body):
    """A unit that goes on an order or comes off it."""

    unit_id: Id
    action: Literal["assign", "withdraw"]


class NewGate(Body):
    """An empty unit that passed the gate against an order."""

    event_id: Id
    unit_id: Id
    happened_ms: Millis
    damaged: bool = False


class NewRepositioning(Body):
    """So many weeks ahead are looked at."""

    weeks: Annotated[int, Field(ge=1, le=26)] = 4


class Acceptance(Body):
    """Until when the orders of a proposal are valid, and of which of its moves; of all where none is named."""

    valid_to_ms: Millis
    moves: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(min_length=1, max_length=1000)] | None = None


class PoolAnswer(BaseModel):
    """A pool and the part that one has of it."""

    pool_id: str
    keeper_id: str
    name: str
    part: str


class PoolsAnswer(BaseModel):
    """Pools."""

    pools: list[PoolAnswer]


class StockLine(BaseModel):
    """How many units of a type are in a state at a place; TEU as a fraction."""

    place_id: str
    type_code: str
    state: str
    units: int
    teu: str


class StockAnswer(BaseModel):
    """The stock of a pool."""

    stock: list[StockLine]


class UnitAnswer(BaseModel):
    """A unit as its events leave it."""

    unit_id: str
    pool_id: str
    number: str
    kind: str
    type_code: str
    teu: str
    owner_id: str
    shipper_owned: bool
    state: str
    place_id: str
    since_ms: int | None
    order_id: str | None
    inspect_ms: int | None


class UnitsAnswer(BaseModel):
    """A page of units, and the number behind which the next begins."""

    units: list[UnitAnswer]
    next: str | None


class ToldAnswer(UnitAnswer):
    """A unit, and whether what was told was new."""

    new: bool


class OrderLine(BaseModel):
    """Units of a type that an order is for, and how many are on it."""

    type_code: str
    quantity: int
    taken: int


class OrderUnit(BaseModel):
    """A unit on an order, and when it passed the gate."""

    unit_id: str
    number: str
    type_code: str
    gated_ms: int | None


class OrderHead(BaseModel):
    """A release or return order."""

    order_id: str
    pool_id: str
    kind: str
    place_id: str
    reference: str
    valid_to_ms: int
    booking_id: str | None
    repositioning_id: str | None
    status: str
    created_ms: int


class OrderAnswer(OrderHead):
    """An order with its lines and units."""

    lines: list[OrderLine]
    units: list[OrderUnit]


class OrdersAnswer(BaseModel):
    """Orders, the latest first."""

    orders: list[OrderHead]


class GateAnswer(BaseModel):
    """Whether a passing of the gate was new, and the order after it."""

    new: bool
    order: OrderAnswer


class WeekAnswer(BaseModel):
    """Empties of a place in a week, in TEU as fractions."""

    place_id: str
    monday: str
    comes: str
    goes: str
    left: str


class ImbalanceAnswer(BaseModel):
    """Weeks of every place, from the present one on."""

    weeks: list[WeekAnswer]


class MoveAnswer(BaseModel):
    """Empties to be moved, in TEU, the money of a tonne on that way, and the orders that the move became.

    Of an accepted proposal: boxes ordered, their TEU as a fraction, and why it is less than was proposed.
    """

    seq: int
    from_place: str
    to_place: str
    teu: int
    surplus: int
    lack: int
    cost_usd_per_t: float
    orders: list[str]
    ordered_units: int | None
    ordered_teu: str | None
    why: str | None


class RepositioningAnswer(BaseModel):
    """A proposal of moves; `unserved` are TEU by place that no surplus reaches."""

    repositioning_id: str
    state: Literal["proposed", "accepted", "superseded"]
    weeks: int
    created_ms: int
    decided_ms: int | None
    moves: list[MoveAnswer]
    unserved: dict[str, int]


class RepositioningsAnswer(BaseModel):
    """Proposals of one's own party, the latest first."""

    repositionings: list[RepositioningAnswer]


class ClockDay(BaseModel):
    """A local calendar day of a clock."""

    day: str
    number: int
    why: str
    amount_minor: int


class ClockAnswer(BaseModel):
    """A clock that ran or runs, day by day."""

    contract_id: str
    party_id: str
    kind: str
    side: str
    starts_ms: int
    stops_ms: int | None
    place_id: str
    free_until_ms: int
    currency: str
    amount_minor: int
    days: list[ClockDay]


class ContractRow(BaseModel):
    """A contract of a clock that nothing supersedes."""

    contract_id: str
    pool_id: str
    party_id: str
    kind: str
    side: str
    valid_from_ms: int
    valid_to_ms: int
    contract: dict[str, Any]


class ContractsAnswer(BaseModel):
    """Contracts of the clocks on a pool's units."""

    contracts: list[ContractRow]


class ClocksAnswer(BaseModel):
    """Clocks of a unit."""

    clocks: list[ClockAnswer]


class ChargeLine(BaseModel):
    """What was posted of a clock: the change from before."""

    ref: str
    side: str
    party_id: str
    currency: str
    change_minor: int


class ChargesAnswer(BaseModel):
    """What was posted of the clocks of a unit."""

    charges: list[ChargeLine]


def facts(body: NewFact) -> dict[str, Any]:
    """What was told beside its id, kind and time."""
    return body.model_dump(exclude={"event_id", "kind", "happened_ms"}, exclude_none=True)
