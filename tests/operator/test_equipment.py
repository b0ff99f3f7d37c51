"""Containers and wagons as pools: states by their events, orders that never take a unit twice, what a partner sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desks import DAY_MS, MONDAY_MS, Clock, at_once, staffed, who
from koridor.operator import check
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import equipment_order_line, unit
from koridor.operator.equipment import orders, pools, units
from koridor.operator.equipment.fold import fold
from koridor.operator.equipment.units import NewUnit
from koridor.operator.identifiers.digits import iso6346, luhn
from koridor.operator.people import accounts
from rounds import rounds

CID, EVE, DEPOT = who("cid"), who("eve"), Actor("dee", "D1", frozenset({"terminal"}))


def box(serial: int, **changes: Any) -> NewUnit:
    """A container of 40 feet at A."""
    body = f"CSQU{serial:06d}"
    return replace(NewUnit("container", body + iso6346(body), "42G1", "P1", False, "A"), **changes)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk with people, a terminal and one more partner."""

    def work(tx: Tx) -> None:
        staffed(tx)
        accounts.add_party(tx, "D1", "terminal", "D1")
        accounts.add_party(tx, "P3", "partner", "P3")

    desk.do(who("ann"), work)
    return desk


def pooled(desk: Desk, *new: NewUnit) -> tuple[str, list[str]]:
    """A pool of P1 and ids of its units."""
    pool_id = desk.do(CID, lambda tx: pools.make(tx, "boxes"))
    return pool_id, [desk.do(CID, lambda tx, one=one: units.take_in(tx, pool_id, one)) for one in new]


def ordered(desk: Desk, pool_id: str, kind: str = "release", many: int = 1, **terms: Any) -> str:
    """An order at A for some containers of 40 feet, valid for ten days."""
    whole = {"place_id": "A", "reference": f"REF-{desk.new_id('x')}", "valid_to_ms": MONDAY_MS + 10 * DAY_MS, **terms}
    return desk.do(CID, lambda tx: orders.make(tx, pool_id, kind, {"42G1": many}, whole))


def told(desk: Desk, unit_id: str, kind: str, event_id: str, **body: Any) -> bool:
    """Something that happened to a unit now."""
    at_ms = body.pop("at_ms", desk.clock())
    return desk.do(CID, lambda tx: units.tell(tx, unit_id, kind, body, event_id=event_id, happened_ms=at_ms))


def row(desk: Desk, unit_id: str) -> Mapping[str, Any]:
    """The row of a unit."""
    return desk.look(CID, lambda tx: tx.run(sa.select(unit).filter_by(unit_id=unit_id)).mappings().one())


def code(desk: Desk, actor: Actor, work: Any) -> str:
    """Code of the refusal of a work."""
    with pytest.raises(Refused) as refused:
        desk.do(actor, work)
    return refused.value.code


def test_a_box_goes_out_and_comes_back(desk: Desk, clock: Clock) -> None:
    """Released at the depot, out by the gate, discharged laden, back against a return order: the row follows."""
    pool_id, (one,) = pooled(desk, box(1))
    release = ordered(desk, pool_id, depot_id="D1")
    assert row(desk, one)["state"] == "available"
    desk.do(CID, lambda tx: orders.assign(tx, release, one))
    assert (row(desk, one)["state"], row(desk, one)["order_id"]) == ("released", release)
    clock.now_ms += DAY_MS
    gate = {"event_id": "g1", "happened_ms": clock.now_ms}
    assert desk.do(DEPOT, lambda tx: orders.gate(tx, release, one, **gate))
    assert not desk.do(DEPOT, lambda tx: orders.gate(tx, release, one, **gate))
    assert (row(desk, one)["state"], row(desk, one)["order_id"]) == ("on_hire", None)
    clock.now_ms += DAY_MS
    told(desk, one, "DISC", "d1", place_id="D")
    assert (row(desk, one)["state"], row(desk, one)["place_id"]) == ("on_hire", "D")
    back = ordered(desk, pool_id, "return", place_id="C")
    desk.do(CID, lambda tx: orders.assign(tx, back, one))
    clock.now_ms += DAY_MS
    desk.do(CID, lambda tx: orders.gate(tx, back, one, event_id="g2", happened_ms=clock.now_ms, damaged=True))
    assert (row(desk, one)["state"], row(desk, one)["place_id"]) == ("damaged", "C")
    clock.now_ms += DAY_MS
    told(desk, one, "REPAIR", "r1")
    assert row(desk, one)["state"] == "in_repair"
    told(desk, one, "MENDED", "r2")
    assert row(desk, one)["state"] == "available"
    view = desk.look(DEPOT, lambda tx: orders.view(tx, release))
    assert [(line["quantity"], line["taken"]) for line in view["lines"]] == [(1, 1)]
    assert view["units"][0]["gated_ms"] == MONDAY_MS + DAY_MS
    assert desk.store.read(check.problems) == []


FACTS = [
    ("RECEIVED", {"place_id": "A"}, 0),
    ("ASSIGN", {"order_id": "R1", "step": 1}, 5),
    ("GTOT", {"order_id": "R1", "place_id": "A", "empty": True}, 4),  # the paper came after the box had gone
    ("GTIN", {"place_id": "B", "empty": False}, 6),
    ("DISC", {"place_id": "D"}, 7),
    ("ASSIGN", {"order_id": "X1", "step": 5}, 8),
    ("WITHDRAW", {"order_id": "X1", "step": 6}, 8),
    ("ASSIGN", {"order_id": "X2", "step": 7}, 8),
    ("GTIN", {"order_id": "X2", "place_id": "C", "empty": True}, 9),
    ("INSP", {"next_ms": 99}, 3),
    ("DAMAGE", {"place_id": "C"}, 10),
    ("RETRACT", {"retracts": "e10"}, 11),
]
EVENTS = [Event(f"e{at}", kind, at_ms, at_ms, body) for at, (kind, body, at_ms) in enumerate(FACTS)]


@given(st.permutations(EVENTS + EVENTS[2:6]))
def test_order_and_repetition_are_no_matter(events: list[Event]) -> None:
    """P6: any order of the same events, some twice, leaves one state: empty at C, damage taken back, on no order."""
    now = fold(events)
    assert (now.state, now.place_id, now.since_ms, now.inspect_ms) == ("available", "C", 9, 99)
    assert (now.engaged, now.orders) == ((), {"R1": 4, "X2": 9})


def test_what_is_taken_in_is_checked(desk: Desk) -> None:
    """A wrong check digit and a size that is none are both told; Cyrillic letters are mended; twice is a conflict."""
    pool_id, _ = pooled(desk)
    wrong = NewUnit("container", "CSQU3054384", "9XX9", "P1", False, "A")
    with pytest.raises(Refused) as refused:
        desk.do(CID, lambda tx: units.take_in(tx, pool_id, wrong))
    assert (refused.value.code, len(refused.value.facts["problems"])) == ("invalid", 4)
    mended = replace(wrong, number="\u0421SQU 305438-3", type_code="l5g1", owner_id="S1", shipper_owned=True)
    one = desk.do(CID, lambda tx: units.take_in(tx, pool_id, mended))
    shown = pools.shown(dict(row(desk, one)))
    assert (shown["number"], shown["type_code"], shown["teu"]) == ("CSQU3054383", "L5G1", "9/4")
    assert code(desk, CID, lambda tx: units.take_in(tx, pool_id, mended)) == "conflict"
    wagon = NewUnit("wagon", "9412345" + luhn("9412345"), "FLAT80", "C1", False, "B")
    two = desk.do(CID, lambda tx: units.take_in(tx, pool_id, wagon))
    assert pools.shown(dict(row(desk, two)))["teu"] == "4"
    assert code(desk, CID, lambda tx: units.take_in(tx, pool_id, replace(wagon, type_code="42G1"))) == "invalid"


@pytest.mark.parametrize("round_", range(rounds(3)))
def test_two_orders_want_one_box(desk: Desk, round_: int) -> None:
    """At once, four orders ask for the same two boxes: each box is on one of them, and counters say so."""
    pool_id, ids = pooled(desk, box(1), box(2))
    wanted = [ordered(desk, pool_id) for _ in range(4)]
    works = [lambda o=order, u=one: desk.do(CID, lambda tx: orders.assign(tx, o, u)) for order in wanted for one in ids]
    results = at_once(works)
    assert results.count(None) == 2
    assert all(result is None or result.code == "not_allowed_now" for result in results)
    assert len({row(desk, one)["order_id"] for one in ids}) == 2
    taken = desk.look(CID, lambda tx: tx.run(sa.select(sa.func.sum(equipment_order_line.c.taken))).scalar())
    assert taken == 2
    assert desk.store.read(check.problems) == []


def test_an_order_takes_no_more_than_it_says(desk: Desk) -> None:
    """Five boxes want two places at once: two are on the order."""
    pool_id, ids = pooled(desk, *map(box, range(5)))
    order = ordered(desk, pool_id, many=2)
    results = at_once([lambda u=one: desk.do(CID, lambda tx: orders.assign(tx, order, u)) for one in ids])
    assert results.count(None) == 2
    assert sorted(row(desk, one)["state"] for one in ids) == ["available"] * 3 + ["released"] * 2


def test_all_reasons_are_told(desk: Desk, clock: Clock) -> None:
    """A box elsewhere with its inspection due cannot be released: both are said; inspected at A, it can."""
    pool_id, (one,) = pooled(desk, box(1, place_id="B", inspect_ms=MONDAY_MS))
    order = ordered(desk, pool_id)
    with pytest.raises(Refused) as refused:
        desk.do(CID, lambda tx: orders.assign(tx, order, one))
    assert len(refused.value.facts["problems"]) == 2
    clock.now_ms += 1
    told(desk, one, "ARRI", "a", place_id="A")
    told(desk, one, "INSP", "i", next_ms=MONDAY_MS + 900 * DAY_MS)
    desk.do(CID, lambda tx: orders.assign(tx, order, one))


def test_an_order_that_is_over_lets_go(desk: Desk, clock: Clock) -> None:
    """What waited is free again, what is out stays out, a gate after the end is refused; the desk does it itself."""
    pool_id, (out, waits) = pooled(desk, box(1), box(2))
    order = ordered(desk, pool_id, many=2)
    for one in (out, waits):
        desk.do(CID, lambda tx, u=one: orders.assign(tx, order, u))
    desk.do(CID, lambda tx: orders.gate(tx, order, out, event_id="g", happened_ms=MONDAY_MS))
    clock.now_ms += 10 * DAY_MS
    late = {"event_id": "h", "happened_ms": clock.now_ms}
    assert code(desk, CID, lambda tx: orders.gate(tx, order, waits, **late)) == "not_allowed_now"
    assert desk.do(SYSTEM, orders.sweep) == []  # a gate of yesterday may still be told
    clock.now_ms += DAY_MS
    assert desk.do(SYSTEM, orders.sweep) == [order]
    assert [row(desk, one)["state"] for one in (out, waits)] == ["on_hire", "available"]
    assert code(desk, CID, lambda tx: orders.close(tx, order)) == "not_allowed_now"
    forged = {"order_id": order}
    again = {"event_id": "f", "happened_ms": MONDAY_MS}
    assert code(desk, CID, lambda tx: units.tell(tx, waits, "GTIN", forged, **again)) == "invalid"
    assert desk.store.read(check.problems) == []


def test_a_gate_taken_back_makes_no_second_order(desk: Desk) -> None:
    """The gate out against the first was an error, but the box is on a return order since: first that one must go."""
    pool_id, (one,) = pooled(desk, box(1))
    first = ordered(desk, pool_id)
    desk.do(CID, lambda tx: orders.assign(tx, first, one))
    desk.do(CID, lambda tx: orders.gate(tx, first, one, event_id="g", happened_ms=MONDAY_MS))
    back = ordered(desk, pool_id, "return")
    desk.do(CID, lambda tx: orders.assign(tx, back, one))
    again = {"event_id": "r", "happened_ms": MONDAY_MS}
    assert code(desk, CID, lambda tx: units.tell(tx, one, "RETRACT", {"retracts": "g"}, **again)) == "conflict"
    desk.do(CID, lambda tx: orders.withdraw(tx, back, one))
    assert told(desk, one, "RETRACT", "r", retracts="g")
    assert (row(desk, one)["state"], row(desk, one)["order_id"]) == ("released", first)


def test_a_partner_sees_what_is_agreed(desk: Desk) -> None:
    """P9: nothing; numbers alone; each unit; then orders. The depot sees its order and no pool; P3 nothing at all."""
    pool_id, (one,) = pooled(desk, box(1))
    order = ordered(desk, pool_id, depot_id="D1")
    third = Actor("x", "P3", frozenset({"dispatcher"}))
    works = {
        "stock": lambda tx: pools.stock(tx, pool_id),
        "units": lambda tx: pools.units(tx, pool_id, None),
        "unit": lambda tx: units.of(tx, one, *pools.SEE_UNITS),
        "order": lambda tx: orders.view(tx, order),
        "assign": lambda tx: orders.assign(tx, order, one),
        "agree": lambda tx: pools.agree(tx, pool_id, "P3", "orders"),
    }

    def seen(actor: Actor) -> dict[str, str]:
        found = {}
        for name, work in works.items():
            try:
                desk.do(actor, work)
                found[name] = "ok"
            except Refused as refused:
                found[name] = refused.code
        return found

    hidden = dict.fromkeys(works, "not_found")
    assert seen(EVE) == seen(third) == hidden
    assert seen(DEPOT) == {**hidden, "order": "ok"}
    assert desk.look(EVE, pools.listed) == desk.look(EVE, orders.listed) == desk.look(third, orders.listed) == []
    no = dict.fromkeys(works, "forbidden")
    for sees, ok in (("stock", ["stock"]), ("units", ["stock", "units", "unit", "order"])):
        desk.do(CID, lambda tx, s=sees: pools.agree(tx, pool_id, "P2", s))
        assert seen(EVE) == {**no, **dict.fromkeys(ok, "ok")}
    desk.do(CID, lambda tx: pools.agree(tx, pool_id, "P2", "orders"))
    assert seen(EVE) == {**dict.fromkeys(works, "ok"), "agree": "forbidden"}
    desk.do(CID, lambda tx: pools.agree(tx, pool_id, "P2", None))
    assert seen(EVE) == seen(third) == hidden
    assert code(desk, CID, lambda tx: pools.agree(tx, pool_id, "S1", "units")) == "invalid"


def test_two_partners_may_each_keep_a_box_of_one_number(desk: Desk) -> None:
    """P9: that P1 keeps a box must not be told by a conflict to P2."""
    pooled(desk, box(1))
    pool_id = desk.do(EVE, lambda tx: pools.make(tx, "theirs"))
    desk.do(EVE, lambda tx: units.take_in(tx, pool_id, box(1, owner_id="P2")))
