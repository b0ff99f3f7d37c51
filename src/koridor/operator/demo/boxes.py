"""The demonstration's containers: a pool, a release and a return order, detention."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from koridor.operator import four_eyes
from koridor.operator.common.actor import Actor
from koridor.operator.common.policy import DAY_MS
from koridor.operator.demo.people import PARTNERS
from koridor.operator.demo.trade import Trade
from koridor.operator.equipment import clocks, orders, pools, units
from koridor.operator.equipment.units import NewUnit
from koridor.operator.identifiers.digits import iso6346

KEEPER = PARTNERS[0]
FROM, TO = 0, 1  # depots


@dataclass(slots=True)
class Boxes:
    """The containers of a partner as the month goes on."""

    trade: Trade
    start_ms: int
    end_ms: int
    pool_id: str = ""

    def plan(self) -> None:
        """Writes down what will happen."""
        told = self.trade.plan["boxes"]
        self.trade.diary.at(self.start_ms, self.begin)
        self.trade.diary.at(self.start_ms + told["out_day"] * DAY_MS, self.release)
        self.trade.diary.at(self.start_ms + self.trade.plan["days"] * DAY_MS - DAY_MS, self.settle)

    def actor(self, role: str, partner: str = KEEPER) -> Actor:
        """A person of a partner."""
        return self.trade.clerk(role, partner)

    def depot(self, which: int) -> str:
        """A place from which containers go out, or to which they come back."""
        return str(self.trade.plan["boxes"]["depots"][which])

    def begin(self) -> None:
        """The pool, its containers, what the other partner sees of it, and the contract of its detention."""
        told, desk, cid = self.trade.plan["boxes"], self.trade.desk, self.actor("desk")
        self.pool_id = desk.do(cid, lambda tx: pools.make(tx, f"{KEEPER}: {told['type_code']}"))
        desk.do(cid, lambda tx: pools.agree(tx, self.pool_id, PARTNERS[1], pools.UNITS))
        due_ms = self.start_ms + told["inspect_days"] * DAY_MS
        for serial in range(told["count"]):
            body = f"{told['prefix']}{serial:06d}"
            number = body + iso6346(body)
            new = NewUnit("container", number, told["type_code"], KEEPER, False, self.depot(FROM), due_ms)
            desk.do(cid, lambda tx, new=new: units.take_in(tx, self.pool_id, new))  # type: ignore[misc]
            self.trade.count("containers")
        content: dict[str, Any] = {
            "pool_id": self.pool_id,
            "party_id": told["owed_to"],
            "kind": "detention",
        }
        content |= {"side": clocks.OWED, "valid_from_ms": self.start_ms, "valid_to_ms": self.end_ms}
        content |= {"contract": told["detention"]}
        one = desk.do(cid, lambda tx: four_eyes.propose(tx, "clock_contract", content))
        desk.do(self.actor("finance"), lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)

    def release(self) -> None:
        """Some containers go out, are discharged elsewhere, and part of them comes back."""
        told = self.trade.plan["boxes"]
        rows = self.trade.desk.look(self.actor("desk"), lambda tx: pools.units(tx, self.pool_id, None))
        out = [row["unit_id"] for row in rows[: told["out"]]]
        order_id = self.ordered(orders.RELEASE, FROM, len(out))
        for one in out:
            self.on(order_id, one)
            self.pass_gate(order_id, one)
            land_ms = self.start_ms + told["land_day"] * DAY_MS
            self.trade.diary.at(land_ms, partial(self.land, one))
        first_ms = self.start_ms + told["back_day"] * DAY_MS
        self.trade.diary.at(first_ms, partial(self.take_back, out[: told["back"]]))

    def ordered(self, kind: str, which: int, many: int) -> str:
        """An order that holds until the month ends."""
        terms = {"place_id": self.depot(which), "reference": f"demo {kind}", "valid_to_ms": self.end_ms}
        quantities = {self.trade.plan["boxes"]["type_code"]: many}
        self.trade.count("equipment orders")
        return self.trade.desk.do(self.actor("desk"), lambda tx: orders.make(tx, self.pool_id, kind, quantities, terms))

    def on(self, order_id: str, unit_id: str) -> None:
        """A container goes on an order."""
        self.trade.desk.do(self.actor("desk"), lambda tx: orders.assign(tx, order_id, unit_id))

    def pass_gate(self, order_id: str, unit_id: str) -> None:
        """A container passes the gate now."""
        told: dict[str, Any] = {"event_id": f"{order_id}.{unit_id}", "happened_ms": self.trade.diary.now_ms}
        self.trade.desk.do(self.actor("desk"), lambda tx: orders.gate(tx, order_id, unit_id, **told))
        self.trade.count("gates")

    def land(self, unit_id: str) -> None:
        """A container is discharged at the other end."""
        body, now_ms = {"place_id": self.depot(TO)}, self.trade.diary.now_ms
        told: dict[str, Any] = {"event_id": f"DISC.{unit_id}", "happened_ms": now_ms}
        self.trade.desk.do(self.actor("desk"), lambda tx: units.tell(tx, unit_id, "DISC", body, **told))

    def take_back(self, unit_ids: list[str]) -> None:
        """Containers come back to the other depot, one a day."""
        order_id = self.ordered(orders.RETURN, TO, len(unit_ids))
        for day, one in enumerate(unit_ids):
            self.on(order_id, one)
            self.trade.diary.at(self.trade.diary.now_ms + day * DAY_MS, partial(self.pass_gate, order_id, one))

    def settle(self) -> None:
        """Detention is charged."""
        finance = self.actor("finance")
        for row in self.trade.desk.look(self.actor("desk"), lambda tx: pools.units(tx, self.pool_id, None)):
            self.trade.desk.do(finance, lambda tx, one=row["unit_id"]: clocks.settle(tx, one), strict=True)  # type: ignore[misc]
