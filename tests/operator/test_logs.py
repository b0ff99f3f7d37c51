"""P3, P6, P13: requests told twice, events in any order, an audit that shows what was changed in it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desks import DESK, MONDAY_MS, Clock, at_once, parties
from koridor.operator.booking.tracking import HELD_AFTER, PHASE_AFTER, RETRACT, fold
from koridor.operator.common import audit, events
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.events import Event
from koridor.operator.common.idempotency import Answer, forget, once
from koridor.operator.common.refused import Refused
from koridor.operator.db import tables

# ---- P3: idempotency


def told(refused: Refused) -> Answer:
    """A refusal as the answer that goes out."""
    return Answer(refused.status, json.dumps({"code": refused.code}))


def ask(tx: Tx, key: str, body: object, *, refuse: bool = False) -> Answer:
    """A request that names a party after its own new id, or is refused after having written."""

    def work() -> Answer:
        new = tx.new_id("X")
        tx.run(tables.party.insert().values(party_id=new, kind="shipper", name=str(body)))
        tx.note("name", f"party/{new}")
        if refuse:
            raise Refused("sold_out", "no")
        return Answer(201, json.dumps({"made": new}))

    return once(tx, "POST /x", key, body, work, told)


def test_a_part_that_raises_leaves_nothing_in_its_transaction(desk: Desk) -> None:
    """Neither rows nor notes for the audit nor what was read in it: a reader after it reads the database anew."""

    def undone(tx: Tx) -> None:
        with tx.part():
            tx.memo.update(before=2, inside=3)
            ask(tx, "k", 1)
            raise Refused("sold_out", "no")

    def work(tx: Tx) -> tuple[list[str], dict[str, int]]:
        tx.memo["before"] = 1
        tx.note("before", "party/x")
        with pytest.raises(Refused):
            undone(tx)
        return [note.action for note in tx.notes], dict(tx.memo)

    before = made(desk)
    assert desk.do(DESK, work) == (["before"], {"before": 1})
    assert made(desk) == before


def made(desk: Desk) -> list[str]:
    """Ids of what the requests made."""
    return desk.look(SYSTEM, lambda tx: list(tx.run(sa.select(tables.party.c.party_id)).scalars()))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.booleans()), max_size=12))
def test_a_request_is_carried_out_once(desk: Desk, clock: Clock, asked: list[tuple[str, str, bool]]) -> None:
    """P3: whatever is repeated, and late: the first body of a key decides; the same body gets the same bytes, another
    body 422; as many things are made as keys were granted. A refusal is kept as well.
    """
    run = desk.new_id("")
    before = len(made(desk))
    first: dict[str, tuple[str, Answer]] = {}
    for key, body, refuse in asked:
        clock.now_ms += 1000
        if key in first and first[key][0] != body:
            with pytest.raises(Refused, match="another request"):
                desk.do(DESK, lambda tx, k=key, b=body: ask(tx, f"{run}{k}", b))
            continue
        answer = desk.do(DESK, lambda tx, k=key, b=body, r=refuse: ask(tx, f"{run}{k}", b, refuse=r))
        assert first.setdefault(key, (body, answer))[1] == answer
    granted = sum(answer.status == 201 for _, answer in first.values())
    assert len(made(desk)) == before + granted


def test_the_same_request_at_the_same_moment(desk: Desk) -> None:
    """P3: ten at once with one key: one is carried out, all hear its bytes."""
    numbers = count()
    apart = replace(desk, new_id=lambda prefix: f"{prefix}{next(numbers)}")
    heard = at_once([lambda: apart.do(DESK, lambda tx: ask(tx, "k", "x"))] * 10)
    assert len(set(heard)) == 1
    assert len(made(desk)) == 1


def test_keys_are_apart_by_party_and_route_and_are_forgotten(desk: Desk, clock: Clock) -> None:
    """Another party's key of the same name is another key; after the days of the policy the key is free again."""
    desk.do(DESK, lambda tx: ask(tx, "k", "x"))
    desk.do(replace(DESK, party_id="P2"), lambda tx: ask(tx, "k", "y"))
    clock.now_ms += desk.policy.keys_kept_ms
    assert desk.do(DESK, forget) == 0
    clock.now_ms += 1
    assert desk.do(DESK, forget) == 2
    assert desk.policy.keys_kept_days >= 7


# ---- P6: events

KINDS = (*PHASE_AFTER, *HELD_AFTER, "WHAT")


@st.composite
def event_sets(draw: st.DrawFn) -> list[Event]:
    """Events with ids of their own, some of which take others back."""
    size = draw(st.integers(0, 9))
    found = []
    for at in range(size):
        body = {
            "classifier": draw(st.sampled_from(["PLN", "EST", "ACT"])),
            "place_id": draw(st.sampled_from("AB")),
            "written_ms": draw(st.integers(0, 5)),
        }
        found.append(Event(f"e{at}", draw(st.sampled_from(KINDS)), draw(st.integers(0, 5)), 0, body))
    for at in range(draw(st.integers(0, 2)) if size else 0):
        found.append(Event(f"r{at}", RETRACT, 0, 0, {"retracts": f"e{draw(st.integers(0, size - 1))}"}))
    return found


@given(event_sets(), st.randoms(use_true_random=False))
def test_order_and_repetition_are_no_matter(found: list[Event], random: object) -> None:
    """P6: any permutation, with events told again, gives the same state."""
    again = [*found, *found[: len(found) // 2]]
    random.shuffle(again)
    assert fold(again, "B") == fold(found, "B")


@given(event_sets())
def test_retracted_is_never_happened(found: list[Event]) -> None:
    """P6: the state is that of the events which nobody took back."""
    gone = {event.body["retracts"] for event in found if event.kind == RETRACT}
    kept = [event for event in found if event.kind != RETRACT and event.event_id not in gone]
    assert fold(found, "B") == fold(kept, "B")


def test_a_journey_by_hand() -> None:
    """Loaded at A, held at the border, released, arrived at B; an estimate before, and an arrival told by mistake."""
    day = {"classifier": "ACT"}
    found = [
        Event("1", "LOAD", 10, 0, {**day, "place_id": "A"}),
        Event("2", "ARRI", 60, 0, {"classifier": "EST", "place_id": "B", "written_ms": 11}),
        Event("3", "CUSS", 20, 0, day),
        Event("4", "ARRI", 30, 0, {**day, "place_id": "B"}),
        Event("5", RETRACT, 31, 0, {"retracts": "4"}),
    ]
    state = fold(found, "B")
    assert (state.phase, state.place_id, state.held, state.expected_ms) == ("on_board", "A", True, 60)
    more = [Event("6", "CUSR", 25, 0, day), Event("7", "ARRI", 55, 0, {**day, "place_id": "B"})]
    state = fold([*more, *found], "B")
    assert (state.phase, state.place_id, state.held, state.expected_ms) == ("arrived", "B", False, 55)


def test_what_is_told_is_kept_whole(desk: Desk) -> None:
    """P6: fields of the future are kept; the same id with another content is refused, and nothing can be changed."""
    body = {"future": {"a": [1, "ə"]}}
    known = {"event_id": "e", "happened_ms": MONDAY_MS}
    assert desk.do(DESK, lambda tx: events.append(tx, "shipment/1", "LOAD", body, **known))
    assert not desk.do(DESK, lambda tx: events.append(tx, "shipment/1", "LOAD", body, **known))
    with pytest.raises(Refused, match="another content"):
        desk.do(DESK, lambda tx: events.append(tx, "shipment/1", "DISC", body, **known))
    assert [event.body for event in desk.look(SYSTEM, lambda tx: events.stream_of(tx, "shipment/1"))] == [body]
    with pytest.raises(sa.exc.DBAPIError):
        desk.do(DESK, lambda tx: tx.run(tables.event.update().values(kind="DISC")))
    with pytest.raises(sa.exc.DBAPIError):
        desk.do(DESK, lambda tx: tx.run(tables.event.delete()))


# ---- P13: audit


def noted(desk: Desk, times: int) -> None:
    """So many changes, each in a transaction."""
    for at in range(times):
        desk.do(DESK, lambda tx, at=at: tx.note("set", "thing/1", value=(at, at + 1)))


def test_changes_at_once_make_one_chain(desk: Desk) -> None:
    """P13: 12 writers at once, and works that fail between: every number once, every hash over the one before."""
    desk.do(DESK, parties)

    def work(at: int) -> None:
        def inside(tx: Tx) -> None:
            tx.note("set", "thing/1", value=(at, at + 1))
            tx.note("set", "thing/2", value=(at, at + 1))
            if at % 3 == 0:
                raise ValueError

        desk.do(DESK, inside)

    at_once([lambda at=at: work(at) for at in range(12)])
    assert desk.store.read(audit.head)[0] == 16
    assert desk.store.read(audit.broken_at) is None


@pytest.mark.parametrize("column", [column.name for column in tables.audit.columns])
def test_one_changed_cell_is_found(desk: Desk, column: str) -> None:
    """P13: whoever has the database in hand and changes one cell of row 3 is found there, whatever the cell."""
    noted(desk, 5)
    value = 99 if column in ("seq", "at_ms") else '{"value":[2,4]}'
    tampered(desk, sa.update(tables.audit).where(tables.audit.c.seq == 3).values({column: value}))
    assert desk.store.read(audit.broken_at) == 3


def test_a_row_cut_off_is_found(desk: Desk) -> None:
    """The last row is held by the head of the chain, which both partners can keep elsewhere."""
    noted(desk, 5)
    tampered(desk, sa.delete(tables.audit).where(tables.audit.c.seq == 5))
    assert desk.store.read(audit.broken_at) == 5


def tampered(desk: Desk, statement: sa.Executable) -> None:
    """Carries out what the desk's own database refuses: its triggers are taken away first."""
    with pytest.raises(sa.exc.DBAPIError):
        desk.store.write(lambda connection: connection.execute(statement))
    on = "" if desk.store.engine.dialect.name == "sqlite" else " ON audit"
    names = ("audit_kept", "audit_stays") if not on else ("audit_kept",)

    def inside(connection: sa.Connection) -> None:
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
        connection.execute(statement)

    desk.store.write(inside)
