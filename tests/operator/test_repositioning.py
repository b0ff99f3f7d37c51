"""Proposals of moves that are kept: accepted once, they are orders; on what has changed they are not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_api import Api
from test_equipment import CID, EVE, box, desk, ordered, pooled
from test_quoting import world

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, at_once
from koridor.cli.main import main
from koridor.operator import check
from koridor.operator.api.app import create_app
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit
from koridor.operator.disruption import incidents
from koridor.operator.equipment import imbalance, orders, repositioning
from koridor.operator.equipment.imbalance import WEEK_MS
from koridor.operator.equipment.reposition import Needs, boxes, needs, propose
from koridor.operator.network.publish import publish

__all__ = ["desk"]
END_MS = MONDAY_MS + 10 * DAY_MS
COSTS = {("A", "B"): 3.0, ("A", "C"): 5.0}


def proposed(desk: Desk, actor: Actor = CID) -> str:
    """A proposal by the account of today, kept."""
    found = propose(*known(desk, actor), COSTS)
    return desk.do(actor, lambda tx: repositioning.keep(tx, 4, found))


def known(desk: Desk, actor: Actor = CID) -> Needs:
    """Surplus and lack by the account of today."""
    return needs(*desk.look(actor, lambda tx: imbalance.bounds(tx, 4)))


def moved(desk: Desk, repositioning_id: str, *moves: int, end_ms: int = END_MS) -> list[dict[str, Any]]:
    """The moves after some of them were accepted."""
    desk.do(CID, lambda tx: repositioning.accept(tx, repositioning_id, end_ms, moves or None))
    return desk.look(CID, lambda tx: repositioning.view(tx, repositioning_id))["moves"]


def accepted(desk: Desk, repositioning_id: str, *moves: int, end_ms: int = END_MS) -> list[list[str]]:
    """Orders of each move after it was accepted."""
    return [one["orders"] for one in moved(desk, repositioning_id, *moves, end_ms=end_ms)]


def code(desk: Desk, repositioning_id: str, *moves: int, actor: Actor = CID, end_ms: int = END_MS) -> str:
    """Why it is not accepted."""
    with pytest.raises(Refused) as refused:
        desk.do(actor, lambda tx: repositioning.accept(tx, repositioning_id, end_ms, moves or None))
    return refused.value.code


@pytest.fixture
def pool_id(desk: Desk) -> str:
    """Six boxes of 40' at A, 12 TEU; B lacks two of them and C one, by release orders."""
    made, _ = pooled(desk, *map(box, range(1, 7)))
    ordered(desk, made, many=2, place_id="B")
    ordered(desk, made, many=1, place_id="C")
    return made


def test_accepted_moves_are_orders(desk: Desk, pool_id: str) -> None:
    """4 TEU to B are two boxes, 2 to C one: each move a release at A and a return there, under the proposal's number;
    and by the account nothing lacks any more. Accepted again, it makes no second orders.
    """
    made = proposed(desk)
    (b_out, b_in), (c_out, c_in) = accepted(desk, made)
    views = {one: desk.look(CID, lambda tx, n=one: orders.view(tx, n)) for one in (b_out, b_in, c_out, c_in)}
    told = [
        (one["kind"], one["place_id"], one["reference"], one["pool_id"], one["lines"][0]["quantity"])
        for one in views.values()
    ]
    assert told == [
        ("release", "A", f"{made}/1", pool_id, 2),
        ("return", "B", f"{made}/1", pool_id, 2),
        ("release", "A", f"{made}/2", pool_id, 1),
        ("return", "C", f"{made}/2", pool_id, 1),
    ]
    assert known(desk)[1] == {}
    assert code(desk, made) == "not_allowed_now"
    assert len(desk.look(CID, orders.listed)) == 6
    (row,) = desk.do(CID, lambda tx: tx.run(audit.select().filter_by(action="accept"))).all()
    assert (row.object, b_out in row.change) == (f"repositioning/{made}", True)
    assert desk.store.read(check.problems) == []


def test_some_moves_of_a_proposal(desk: Desk, pool_id: str) -> None:
    """The second alone; a number that is not there changes nothing, and neither does an end that is past."""
    made = proposed(desk)
    assert code(desk, made, 3) == "invalid"
    assert code(desk, made, end_ms=MONDAY_MS) == "invalid"
    first, second = accepted(desk, made, 2)
    assert (first, len(second)) == ([], 2)


def test_what_has_changed_is_not_moved(desk: Desk, pool_id: str) -> None:
    """Boxes that somebody else has ordered at A meanwhile, or a newer proposal: the old one is not accepted."""
    old = proposed(desk)
    made = proposed(desk)
    assert code(desk, old) == "not_allowed_now"
    ordered(desk, pool_id, many=4)
    assert code(desk, made) == "not_allowed_now"
    assert [one["state"] for one in desk.look(CID, repositioning.listed)] == ["proposed", "superseded"]


@pytest.mark.parametrize("weeks_later", [1, 3, 9])
def test_no_box_is_moved_twice(desk: Desk, pool_id: str, weeks_later: int) -> None:
    """Six boxes are at A. Three are moved by orders that end within the four weeks that are looked at, or long after:
    either way they are no longer A's to spare, 12 - 6 TEU, and B and C, to which they come, lack nothing more, so that
    nothing is proposed. C then lacks four more boxes, 8 TEU: 6 are proposed, and the last three boxes ordered, no more.
    """
    end_ms = MONDAY_MS + weeks_later * WEEK_MS + DAY_MS
    assert known(desk) == ({"A": 12}, {"B": 4, "C": 2})
    accepted(desk, proposed(desk), end_ms=end_ms)
    assert known(desk) == ({"A": 6}, {})
    with pytest.raises(Refused, match="No empties are to be moved"):
        proposed(desk)
    ordered(desk, pool_id, many=4, place_id="C")
    (move,) = moved(desk, proposed(desk), end_ms=end_ms)
    assert (move["teu"], move["ordered_units"]) == (6, 3)
    assert known(desk) == ({}, {"C": 2})
    outs = [one for one in desk.look(CID, orders.listed) if (one["kind"], one["place_id"]) == ("release", "A")]
    assert sum(lines(desk, one["order_id"]) for one in outs) == 6


def gated(desk: Desk, order_id: str, unit_id: str, event_id: str) -> None:
    """A unit goes on an order and passes its gate now."""
    desk.do(CID, lambda tx: orders.assign(tx, order_id, unit_id))
    gate = {"event_id": event_id, "happened_ms": desk.clock()}
    desk.do(CID, lambda tx: orders.gate(tx, order_id, unit_id, **gate))


def test_what_rolls_when_the_order_ends_still_comes(desk: Desk, clock: Clock) -> None:
    """B lacks two boxes, 4 TEU, moved from A by Wednesday; both left on Tuesday. A day and an hour after the end the
    release is closed, the return is not: the 4 TEU are coming, so that B lacks nothing. A box that did not leave by
    that release does not go on the return, the two that did do, as late as they are; with the second it is closed.
    """
    pool_id, (one, two, other) = pooled(desk, box(1), box(2), box(3))
    ordered(desk, pool_id, many=2, place_id="B")
    ((out, back),) = accepted(desk, proposed(desk), end_ms=MONDAY_MS + 2 * DAY_MS)
    elsewhere = ordered(desk, pool_id)
    clock.now_ms += DAY_MS
    for name, order_id in ((one, out), (two, out), (other, elsewhere)):
        gated(desk, order_id, name, f"out {name}")
    clock.now_ms = MONDAY_MS + 3 * DAY_MS + HOUR_MS
    assert desk.do(SYSTEM, orders.sweep) == [out]
    assert known(desk)[1] == {}
    with pytest.raises(Refused) as refused:
        gated(desk, back, other, "in other")
    assert refused.value.facts["problems"] == ["The order is over."]
    gated(desk, back, one, "in one")
    assert desk.do(SYSTEM, orders.sweep) == []
    assert known(desk)[1] == {}
    clock.now_ms += HOUR_MS
    gated(desk, back, two, "in two")
    assert desk.do(SYSTEM, orders.sweep) == [back]
    assert known(desk)[1] == {}
    assert desk.store.read(check.problems) == []


def test_what_never_left_or_went_elsewhere_does_not_come(desk: Desk, clock: Clock) -> None:
    """Of two boxes to be moved to B one leaves: once the release is closed, 2 TEU are coming and B lacks 2. That one is
    returned at C then: B lacks all of its 4, and nothing keeps its return order open when that has ended.
    """
    pool_id, (one, _) = pooled(desk, box(1), box(2))
    ordered(desk, pool_id, many=2, place_id="B")
    ((out, back),) = accepted(desk, proposed(desk), end_ms=MONDAY_MS + 2 * DAY_MS)
    gated(desk, out, one, "out")
    assert known(desk)[1] == {}
    desk.do(CID, lambda tx: orders.close(tx, out))
    assert known(desk)[1] == {"B": 2}
    clock.now_ms += DAY_MS
    gated(desk, ordered(desk, pool_id, "return", place_id="C"), one, "in at C")
    assert known(desk)[1] == {"B": 4}
    clock.now_ms = MONDAY_MS + 3 * DAY_MS + HOUR_MS
    assert desk.do(SYSTEM, orders.sweep) == [back]


def lines(desk: Desk, order_id: str) -> int:
    """Units that an order is for."""
    return sum(one["quantity"] for one in desk.look(CID, lambda tx: orders.view(tx, order_id))["lines"])


def test_a_release_of_somebody_else_is_not_moved(desk: Desk, pool_id: str) -> None:
    """Four of the six boxes at A are released by an order that ends after the weeks looked at: two are left to go."""
    ordered(desk, pool_id, many=4, valid_to_ms=MONDAY_MS + 9 * WEEK_MS)
    assert known(desk)[0] == {"A": 4}


def test_less_is_ordered_than_proposed(desk: Desk, clock: Clock) -> None:
    """A has five 40' boxes, 10 TEU. Before they are accepted, two fall due for inspection: of 8 TEU for B the other
    three boxes go, 6 TEU, and why is told. The move to C is left out. Before it is accepted nothing is said.
    """
    pool_id, _ = pooled(
        desk, box(1), box(2), box(3), box(4, inspect_ms=MONDAY_MS + 1), box(5, inspect_ms=MONDAY_MS + 1)
    )
    ordered(desk, pool_id, many=4, place_id="B")
    ordered(desk, pool_id, many=1, place_id="C")
    made = proposed(desk)
    assert told(desk.look(CID, lambda tx: repositioning.view(tx, made))["moves"][0]) == (8, None, None, None)
    clock.now_ms += 1
    first, second = moved(desk, made, 1)
    assert told(first) == (8, 3, "6", "no more free")
    assert (told(second), second["orders"]) == ((2, 0, "0", "left out"), [])


def test_a_box_that_is_more_than_may_go_stays(desk: Desk) -> None:
    """A has a 40' box and an order to release one of 20', which it has not: 1 TEU is to spare, and no box is so small.
    B lacks 1 TEU, having one of 20' and an order for one of 40'. Nothing can be ordered, and it is told why.
    """
    pool_id, _ = pooled(desk, box(1), box(2, place_id="B", type_code="22G1"))
    ordered(desk, pool_id, many=1, place_id="B", valid_to_ms=MONDAY_MS + DAY_MS)
    order = {"22G1": 1}
    terms = {"place_id": "A", "reference": "out", "valid_to_ms": MONDAY_MS + DAY_MS}
    desk.do(CID, lambda tx: orders.make(tx, pool_id, "release", order, terms))
    assert known(desk) == ({"A": 1}, {"B": 1})
    made = proposed(desk)
    with pytest.raises(Refused) as refused:
        moved(desk, made)
    assert refused.value.facts["problems"] == ["Move 1: rest too large"]


def told(move: Mapping[str, Any]) -> tuple[Any, ...]:
    """TEU proposed, boxes and TEU ordered, and why it is less."""
    return move["teu"], move["ordered_units"], move["ordered_teu"], move["why"]


def test_a_proposal_is_its_partys(desk: Desk, pool_id: str) -> None:
    """The other partner sees nothing of it and cannot accept it; its own are empty as it has no pool."""
    made = proposed(desk)
    assert code(desk, made, actor=EVE) == "not_found"
    assert desk.look(EVE, repositioning.listed) == []


def test_nothing_to_move_is_told_and_not_kept(desk: Desk, pool_id: str) -> None:
    """What nothing serves is named; the proposal before stays in force."""
    made = proposed(desk)
    with pytest.raises(Refused) as refused:
        desk.do(CID, lambda tx: repositioning.keep(tx, 4, propose({}, {"B": 4}, {})))
    assert refused.value.code == "not_allowed_now"
    assert refused.value.facts["problems"] == ["B lacks 4 TEU that no surplus reaches."]
    assert [(one["repositioning_id"], one["state"]) for one in desk.look(CID, repositioning.listed)] == [
        (made, "proposed")
    ]


def test_one_proposal_is_in_force(desk: Desk, pool_id: str) -> None:
    """Four people work one out at once: all are kept, the last in force, the others superseded, which the audit says of
    each.
    """
    found = propose(*known(desk), COSTS)
    works = [lambda: desk.do(CID, lambda tx: repositioning.keep(tx, 4, found)) for _ in range(4)]
    made = at_once(works)
    states = {one["repositioning_id"]: one["state"] for one in desk.look(CID, repositioning.listed)}
    assert set(states) == set(made)
    assert sorted(states.values()) == ["proposed", *["superseded"] * 3]
    rows = desk.do(CID, lambda tx: tx.run(audit.select().filter_by(action="supersede"))).all()
    assert sorted(row.object for row in rows) == sorted(
        f"repositioning/{name}" for name, state in states.items() if state == "superseded"
    )


def test_two_accept_at_once(desk: Desk, pool_id: str) -> None:
    """One makes the orders, the other is told that it is done."""
    made = proposed(desk)
    work = lambda: desk.do(CID, lambda tx: repositioning.accept(tx, made, END_MS))  # noqa: E731
    told = at_once([work, work])
    assert [one for one in told if one is None] == [None]
    assert len(desk.look(CID, orders.listed)) == 6


@pytest.mark.parametrize(
    ("there", "teu", "most", "chosen"),
    [
        ({"42G1": 2, "22G1": 9}, 5, 9, {"42G1": 2, "22G1": 1}),
        ({"42G1": 2}, 3, 4, {"42G1": 2}),
        ({"42G1": 2}, 3, 3, {"42G1": 1}),
        ({"L5G1": 3, "22G1": 1}, 5, 9, {"L5G1": 2, "22G1": 1}),
        ({"42G1": 1}, 1, 1, {}),
        ({}, 4, 9, {}),
    ],
    ids=str,
)
def test_boxes_for_teu(there: dict[str, int], teu: int, most: int, chosen: dict[str, int]) -> None:
    """The largest first; what is left over takes one box more where so much may go. 45' are 9/4 TEU."""
    found = boxes({("O", name): many for name, many in there.items()}, teu, Fraction(most))
    assert found == {("O", name): many for name, many in chosen.items()}


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service on a network whose places are P, Q, R, S."""
    desk.do(CID, lambda tx: publish(tx, world(), MONDAY_MS, MONDAY_MS + DAY_MS))
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


def test_repositioning_over_http(api: Api) -> None:
    """Worked out on the network in force, listed, accepted once under a key, and shown with its orders."""
    made, _ = pooled(api.desk, *(box(one, place_id="P") for one in (1, 2, 3)))
    ordered(api.desk, made, many=2, place_id="S")
    found = api.made("cid", "/v1/repositionings", {"weeks": 3})
    (move,) = found["moves"]
    assert (move["from_place"], move["to_place"], move["teu"], move["orders"]) == ("P", "S", 4, [])
    assert move["cost_usd_per_t"] > 0
    path = f"/v1/repositionings/{found['repositioning_id']}"
    body = {"valid_to_ms": END_MS}
    first, again = (api.made("cid", f"{path}/acceptances", body, key="once") for _ in range(2))
    assert first == again == api.got("cid", path)
    assert (first["state"], len(first["moves"][0]["orders"])) == ("accepted", 2)
    assert api.got("cid", "/v1/repositionings")["repositionings"] == [first]
    assert api.ask("eve", "GET", path).status_code == 404
    assert api.ask("bob", "POST", f"{path}/acceptances", body).status_code == 403


@pytest.mark.parametrize(("begins_in_weeks", "status"), [(0, 409), (4, 201)])
def test_no_move_by_a_way_that_is_shut(api: Api, begins_in_weeks: int, status: int) -> None:
    """The only rails from P to S are shut: nothing can be moved, and the 4 TEU that S lacks are named. Shut after the
    three weeks that are looked at, they do not hinder.
    """
    made, _ = pooled(api.desk, *(box(one, place_id="P") for one in (1, 2, 3)))
    ordered(api.desk, made, many=2, place_id="S")
    begins_ms = MONDAY_MS + begins_in_weeks * WEEK_MS
    closure = {"of": "link", "row": "PQ"}
    words = {"title": "flood", "kind": "weather", "source": "radio", "from_ms": begins_ms, "closures": [closure]}
    api.made("cid", "/v1/incidents", words)
    told = api.ask("cid", "POST", "/v1/repositionings", {"weeks": 3})
    assert told.status_code == status, told.text
    assert told.json().get("problems") == (["S lacks 4 TEU that no surplus reaches."] if status == 409 else None)


def test_the_command_moves_as_the_desk_does(
    desk: Desk, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two 40' boxes lack at S, four are at P, of which two are released by an order that ends after all weeks: two may
    go, 4 TEU. While the rails are shut none may, and what lacks is named.
    """
    world().write(tmp_path / "world")
    made, _ = pooled(desk, *(box(one, place_id="P") for one in (1, 2, 3, 4)))
    ordered(desk, made, many=2, place_id="S")
    ordered(desk, made, many=2, place_id="P", valid_to_ms=MONDAY_MS + 9 * WEEK_MS)
    command = ["operator", "equipment", "--db", where, "--data", str(tmp_path / "world"), "--json", "P1"]

    def asked() -> tuple[list[tuple[str, str, int]], dict[str, int]]:
        assert main(command) == 0
        told = json.loads(capsys.readouterr().out)
        return [(one["from_place"], one["to_place"], one["teu"]) for one in told["moves"]], told["unserved_teu"]

    monkeypatch.setattr(time, "time_ns", lambda: MONDAY_MS * 1_000_000)  # the clock of the command is the machine's
    assert asked() == ([("P", "S", 4)], {})
    closure = {"of": "link", "row": "PQ", "longer_h": None}
    words = {"title": "flood", "kind": "weather", "source": "radio", "from_ms": 0, "to_ms": None}
    read = incidents.read(world(), {**words, "closures": [closure], "edits": []})
    desk.do(CID, lambda tx: incidents.tell(tx, read))
    assert asked() == ([], {"S": 4})
