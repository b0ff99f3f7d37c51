"""Where empties will be short, and the cheapest moves that mend it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from test_equipment import CID, EVE, box, desk, ordered, pooled
from test_settlement import carried

from desks import DAY_MS, MONDAY_MS, train, who
from koridor.operator.common.desk import Desk
from koridor.operator.equipment import imbalance, orders
from koridor.operator.equipment.reposition import needs, propose

__all__ = ["desk"]


def account(desk: Desk, weeks: int = 2) -> dict[tuple[str, str], tuple[Fraction, Fraction, Fraction]]:
    """What comes, goes and is left by place and Monday."""
    found = desk.look(CID, lambda tx: imbalance.imbalance(tx, weeks))
    return {(one.place_id, one.monday.isoformat()): (one.comes, one.goes, one.left) for one in found}


def test_the_account_by_hand(desk: Desk) -> None:
    """Two 40' at A are 4 TEU. A booking of one TEU on T1 leaves A on Tuesday and comes to D on Friday; a release order
    for three 40' at A ends in ten days, of which one has gone: in the second week 4 of 6 TEU are still to go.
    """
    desk.do(who("ann"), train)
    carried(desk)
    pool_id, (one, _, _) = pooled(desk, box(1), box(2), box(3))
    order = ordered(desk, pool_id, many=3)
    desk.do(CID, lambda tx: orders.assign(tx, order, one))
    desk.do(CID, lambda tx: orders.gate(tx, order, one, event_id="g", happened_ms=MONDAY_MS))
    assert account(desk) == {
        ("A", "2026-12-07"): (0, 1, 3),
        ("A", "2026-12-14"): (0, 4, -1),
        ("D", "2026-12-07"): (1, 0, 1),
        ("D", "2026-12-14"): (0, 0, 1),
    }
    known = needs(*desk.look(CID, lambda tx: imbalance.bounds(tx, 2)))
    assert known == ({"D": 1}, {"A": 1})
    found = propose(*known, {("D", "A"): 12.5})
    assert [(move.from_place, move.to_place, move.teu, move.cost) for move in found.moves] == [("D", "A", 1, 12.5)]
    assert desk.look(EVE, lambda tx: imbalance.imbalance(tx, 2)) == []


def test_a_booking_with_an_order_counts_once(desk: Desk) -> None:
    """The release order of the booking stands for its departure; the return at the other end is still expected."""
    desk.do(who("ann"), train)
    booking_id = carried(desk)
    pool_id, _ = pooled(desk, box(1))
    ordered(desk, pool_id, valid_to_ms=MONDAY_MS + DAY_MS, booking_id=booking_id)
    assert account(desk, 1) == {("A", "2026-12-07"): (0, 2, 0), ("D", "2026-12-07"): (1, 0, 1)}


def test_what_cannot_be_reached_is_told() -> None:
    """No cost is no way: 3 TEU at X are served from A, and 2 at Y, to which nothing leads, are not."""
    found = propose({"A": 5}, {"X": 3, "Y": 2}, {("A", "X"): 7.0, ("A", "Y"): float("nan")})
    assert ([(one.to_place, one.teu) for one in found.moves], found.unserved) == ([("X", 3)], {"Y": 2})
    assert propose({}, {"X": 1}, {}).unserved == {"X": 1}


SMALL = st.integers(0, 3)


@given(st.tuples(SMALL, SMALL), st.tuples(SMALL, SMALL), st.tuples(*[st.integers(0, 9)] * 4))
def test_no_cheaper_way_is_found_by_trying_all(
    have: tuple[int, int], want: tuple[int, int], cost: tuple[int, ...]
) -> None:
    """Against its slow twin: of all whole moves between two places each, as many TEU as can be, at least cost."""
    costs = {pair: float(one) for pair, one in zip(product("AB", "XY"), cost, strict=True)}
    best = min(
        (-sum(x), sum(one * c for one, c in zip(x, cost, strict=True)))
        for x in product(range(4), repeat=4)
        if x[0] + x[1] <= have[0] and x[2] + x[3] <= have[1] and x[0] + x[2] <= want[0] and x[1] + x[3] <= want[1]
    )
    surplus = {place: n for place, n in zip("AB", have, strict=True) if n}
    lack = {place: n for place, n in zip("XY", want, strict=True) if n}
    found = propose(surplus, lack, costs)
    assert (-sum(one.teu for one in found.moves), sum(one.teu * one.cost for one in found.moves)) == best
    served = sum(one.teu for one in found.moves)
    assert served + sum(found.unserved.values()) == sum(want)
