"""Proposals of moves that are kept: accepted once, they are orders; on what has changed they are not."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from starlette.testclient import TestClient
from test_api import Api
from test_equipment import CID, EVE, box, desk, ordered, pooled
from test_quoting import world

from desks import DAY_MS, MONDAY_MS, at_once
from koridor.operator import check
from koridor.operator.api.app import create_app
from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit
from koridor.operator.equipment import imbalance, orders, repositioning
from koridor.operator.equipment.reposition import boxes, needs, propose
from koridor.operator.network.publish import publish

__all__ = ["desk"]
END_MS = MONDAY_MS + 10 * DAY_MS
COSTS = {("A", "B"): 3.0, ("A", "C"): 5.0}


def proposed(desk: Desk, actor: Actor = CID) -> str:
    """A proposal by the account of today, kept."""
    account = desk.look(actor, lambda tx: imbalance.imbalance(tx, 4))
    return desk.do(actor, lambda tx: repositioning.keep(tx, 4, propose(*needs(account), COSTS)))


def accepted(desk: Desk, repositioning_id: str, *moves: int) -> list[list[str]]:
    """Orders of each move after it was accepted."""
    desk.do(CID, lambda tx: repositioning.accept(tx, repositioning_id, END_MS, moves or None))
    return [one["orders"] for one in desk.look(CID, lambda tx: repositioning.view(tx, repositioning_id))["moves"]]


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
    assert needs(desk.look(CID, lambda tx: imbalance.imbalance(tx, 4)))[1] == {}
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


def test_a_proposal_is_its_partys(desk: Desk, pool_id: str) -> None:
    """The other partner sees nothing of it and cannot accept it; its own are empty as it has no pool."""
    made = proposed(desk)
    assert code(desk, made, actor=EVE) == "not_found"
    assert desk.look(EVE, repositioning.listed) == []
    assert code(desk, proposed(desk, EVE), actor=EVE) == "invalid"


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
