"""Messages of partners at the desk: each event once, on whatever shipment of its sender it is about (P6, P9)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desks import DAY_MS, HOUR_MS, MONDAY_MS, offered, staffed, train, who
from koridor.operator.booking import aboard, book, quote, shipments
from koridor.operator.booking.tracking import fold
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import message, party, shipment, told
from koridor.operator.track import inbox, outgoing, receive, units

BOX, OTHER_BOX, WAGON = "CSQU3054383", "KDRU4100232", "94680121"
LATEST = MONDAY_MS + 400 * DAY_MS
STRANGER = Actor("sue", "C2", frozenset({"carrier"}))


def at(hour: int) -> str:
    """An hour after the Monday of the tests, as messages write it."""
    return datetime.fromtimestamp((MONDAY_MS + hour * HOUR_MS) / 1000, UTC).isoformat()


def event(name: str, kind: str, hour: int, **more: Any) -> dict[str, Any]:
    """An event as DCSA 2.x has it, of a box unless it says otherwise."""
    box = more.pop("box", BOX)
    type_ = "TRANSPORT" if kind in ("ARRI", "DEPA") else "EQUIPMENT"
    empty = {} if type_ == "TRANSPORT" else {"emptyIndicatorCode": "LADEN"}
    return {
        "eventID": name, "eventType": type_, f"{type_.lower()}EventTypeCode": kind, "eventClassifierCode": "ACT",
        "eventDateTime": at(hour), "eventCreatedDateTime": at(hour + 1), **({"equipmentReference": box} if box else {}),
        **empty, **more,
    }  # fmt: skip


def on(vehicle: str) -> dict[str, Any]:
    """The call of a vehicle by its name."""
    return {"transportCall": {"vessel": {"vesselName": vehicle}}}


def of(place: str) -> dict[str, Any]:
    """The place of an event."""
    return {"eventLocation": {"UNLocationCode": place}}


def retraction(name: str, of_event: str, hour: int) -> dict[str, Any]:
    """A retraction, as 3.0 has it."""
    head = {"eventID": name, "eventCreatedDateTime": at(hour), "retractedEventID": of_event}
    return {"metadata": head, "payload": {}}


def sends(desk: Desk, *events: dict[str, Any], actor: Actor | None = None, **more: Any) -> dict[str, Any]:
    """What the carrier is told when it sends events to P1."""
    sent = receive.Sent("P1", json.dumps(list(events)), **more)
    return desk.do(actor or who("ian"), lambda tx: receive.receive(tx, sent, LATEST))


def carried(tx: Tx, customer: str = "S1") -> str:
    """A shipment of S1 from A to D that P1 sells and C1 carries."""
    made = quote.make(tx, offered(customer))
    booking_id = book.receive(tx, made.quote_id)
    book.confirm(tx, booking_id)
    return str(tx.run(shipment.select().filter_by(booking_id=booking_id)).one().shipment_id)


@pytest.fixture
def shipment_id(desk: Desk) -> str:
    """A shipment with one box."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx)))
    desk.do(who("ann"), lambda tx: tx.add(party, {"party_id": "C2", "kind": "carrier", "name": "C2"}))
    made: str = desk.do(who("ann"), carried)
    equip(desk, made, container=[BOX])
    return made


def equip(desk: Desk, shipment_id: str, *, tellers: tuple[str, ...] = (), **add: list[str]) -> int:
    """How many events that waited a shipment got with its boxes."""
    return desk.do(who("ann"), lambda tx: units.change(tx, shipment_id, add, (), tellers))


def phase(desk: Desk, shipment_id: str) -> tuple[str, str]:
    """Where the shipment's customer sees it."""
    found = desk.look(who("gus"), lambda tx: shipments.state_of(tx, shipment_id))
    return found.phase, found.place_id


def test_a_message_moves_its_box(desk: Desk, shipment_id: str) -> None:
    """Found by the number of the container; told again, or with another event, each is taken once."""
    load = event("e1", "LOAD", 1, **of("A"))
    assert sends(desk, load)["matched"] == 1
    assert phase(desk, shipment_id) == ("on_board", "A")
    again = sends(desk, load, event("e2", "DISC", 30, **of("B")))
    assert (again["events"], again["new"], again["matched"]) == (2, 1, 1)
    assert phase(desk, shipment_id) == ("discharged", "B")
    assert sends(desk, load)["new"] == 0
    raw = [row.raw for row in desk.look(SYSTEM, lambda tx: tx.run(message.select()).all())]
    assert json.dumps([load]) in raw


def test_the_text_of_a_message_is_kept_for_good(desk: Desk, shipment_id: str) -> None:
    """The database itself refuses to change or drop what came in."""
    sends(desk, event("e1", "LOAD", 1))
    for statement in (message.update().values(raw="x"), message.delete()):
        with pytest.raises(Exception, match="kept"):
            desk.do(who("ann"), lambda tx, s=statement: tx.run(s))


IFTSTA = (
    "UNB+UNOA:2+CARRIER+DESK+261207:1200+7'UNH+1+IFTSTA:D:01B:UN'BGM+23+1+9'DTM+137:202612071200:203'CNI+1+{ref}'"
    "STS+1+24'DTM+334:202612080900:203'LOC+175+A:139:6:Place A'UNT+8+1'UNZ+1+7'"
)


def test_a_consignment_is_found_by_its_reference(desk: Desk, shipment_id: str) -> None:
    """IFTSTA names the note, not the box; times without an offset are the sender's: 09:00 at +04:00 is 05:00 UTC."""
    equip(desk, shipment_id, reference=["note 17"])
    sent = receive.Sent("P1", IFTSTA.format(ref="NOTE17"), offset_min=240)
    assert desk.do(who("ian"), lambda tx: receive.receive(tx, sent, LATEST))["matched"] == 1
    found = desk.look(who("gus"), lambda tx: shipments.state_of(tx, shipment_id))
    assert (found.phase, found.place_id, found.since_ms) == ("under_way", "A", MONDAY_MS + DAY_MS + 5 * HOUR_MS)
    assert desk.do(who("ian"), lambda tx: receive.receive(tx, sent, LATEST))["new"] == 0


# ---- whose it is


def test_anothers_box_and_no_box_look_the_same(desk: Desk, shipment_id: str) -> None:
    """P9: C2 takes no part; the box that P1 carries and one that nobody has give it the same answer but for the id."""
    told_of = [sends(desk, event(f"e{box}", "LOAD", 1, box=box), actor=STRANGER) for box in (BOX, OTHER_BOX)]
    assert [{**one, "message_id": ""} for one in told_of] == [
        {"message_id": "", "format": "dcsa", "events": 1, "new": 1, "matched": 0}
    ] * 2
    assert phase(desk, shipment_id) == ("expected", "")


def test_what_matched_nothing_waits_for_the_dispatcher(desk: Desk, shipment_id: str) -> None:
    """P1, to whom it was addressed, sees it with its own candidate, P2 does not; matched by hand, it moves the box."""
    sends(desk, event("e1", "LOAD", 1, **of("A")), event("e2", "LOAD", 2, box=OTHER_BOX), actor=STRANGER)
    assert desk.look(who("eve"), lambda tx: inbox.listed(tx, "-"))["events"] == []
    first, second = sorted(
        desk.look(who("cid"), lambda tx: inbox.listed(tx, "-"))["events"], key=lambda one: one["happened_ms"]
    )
    assert (first["candidates"], second["candidates"]) == ([shipment_id], [])
    with pytest.raises(Refused) as refused:
        desk.do(who("eve"), lambda tx: inbox.match(tx, first["event_id"], shipment_id))
    assert refused.value.code == "not_found"
    desk.do(who("cid"), lambda tx: inbox.match(tx, first["event_id"], shipment_id))
    desk.do(who("cid"), lambda tx: inbox.dismiss(tx, second["event_id"]))
    assert phase(desk, shipment_id) == ("on_board", "A")
    assert desk.look(who("cid"), lambda tx: inbox.listed(tx, "-"))["events"] == []
    with pytest.raises(Refused) as late:
        desk.do(who("cid"), lambda tx: inbox.dismiss(tx, first["event_id"]))
    assert late.value.code == "not_allowed_now"


def test_what_waited_is_matched_when_its_box_appears(desk: Desk, shipment_id: str) -> None:
    """Told before the dispatcher knew the number, or before its teller took part; a stranger's word goes on waiting."""
    sends(desk, event("e1", "LOAD", 1, box=OTHER_BOX, **of("A")))
    sends(desk, event("e1", "DISC", 9, box=OTHER_BOX, **of("B")), actor=STRANGER)
    assert phase(desk, shipment_id) == ("expected", "")
    assert equip(desk, shipment_id, container=[OTHER_BOX]) == 1
    assert phase(desk, shipment_id) == ("on_board", "A")
    assert equip(desk, shipment_id, tellers=("C2",)) == 1
    assert phase(desk, shipment_id) == ("discharged", "B")


def test_ids_are_their_senders(desk: Desk, shipment_id: str) -> None:
    """Two senders give the same id to two events; neither hides nor takes back the other's."""
    equip(desk, shipment_id, tellers=("C2",))
    sends(desk, event("1", "LOAD", 1, **of("A")))
    sends(desk, event("1", "DISC", 30, **of("B")), actor=STRANGER)
    assert phase(desk, shipment_id) == ("discharged", "B")
    sends(desk, retraction("2", "1", 40))
    sends(desk, retraction("2", "nothing", 40), actor=STRANGER)
    assert phase(desk, shipment_id) == ("discharged", "B")
    sends(desk, retraction("3", "1", 41), actor=STRANGER)
    assert phase(desk, shipment_id) == ("expected", "")


def test_an_id_with_another_content_is_refused_whole(desk: Desk, shipment_id: str) -> None:
    """All that differ are named, and the good event beside them is not taken: the sender mends and sends again."""
    sends(desk, event("e1", "LOAD", 1), event("e2", "LOAD", 2))
    with pytest.raises(Refused) as refused:
        sends(desk, event("e1", "LOAD", 3), event("e2", "DISC", 2), event("e3", "DISC", 4))
    assert (refused.value.code, refused.value.facts["events"]) == ("conflict", ["e1", "e2"])
    assert len(desk.look(SYSTEM, lambda tx: tx.run(told.select()).all())) == 2


def test_the_inbox_is_bounded(desk: Desk, shipment_id: str) -> None:
    """P11: at most 3 of one sender wait; what would be more is refused whole, and what reaches a box is not held up."""
    strict = replace(desk, policy=replace(desk.policy, inbox_rows_max=3))
    sends(strict, *(event(f"e{n}", "LOAD", 1, box=OTHER_BOX) for n in range(3)))
    with pytest.raises(Refused) as refused:
        sends(strict, event("more", "LOAD", 1, box=OTHER_BOX), event("e9", "LOAD", 1))
    assert refused.value.code == "too_many"
    assert phase(desk, shipment_id) == ("expected", "")
    assert sends(strict, event("e9", "LOAD", 1))["matched"] == 1


# ---- what stands on what


def test_a_trains_departure_moves_the_boxes_on_it(desk: Desk, shipment_id: str) -> None:
    """Box on wagon, wagon on train: the train's event names neither, and came first. After the discharge it passes by.

    A stranger's word of the train of the same name does not reach the box.
    """
    sends(desk, event("t1", "DEPA", 5, box="", **on("train 7"), **of("A")))
    sends(desk, event("s1", "ARRI", 7, box="", **on("TRAIN 7"), **of("X")), actor=STRANGER)
    sends(desk, event("w1", "LOAD", 3, box=WAGON, **on("TRAIN7")))
    assert phase(desk, shipment_id) == ("expected", "")
    sends(desk, event("b1", "LOAD", 2, **on(WAGON), **of("A")))
    assert phase(desk, shipment_id) == ("under_way", "A")
    sends(desk, event("b2", "DISC", 20, **of("B")), event("t2", "ARRI", 30, box="", **on("TRAIN7"), **of("C")))
    assert phase(desk, shipment_id) == ("discharged", "B")
    sends(desk, retraction("r1", "b2", 31))
    assert phase(desk, shipment_id) == ("arrived", "C")


BODIES = [
    ("b1", "LOAD", 1, {"carried_by": "W", "place_id": "A"}),
    ("b2", "DISC", 9, {"place_id": "B"}),
    ("b3", "LOAD", 9, {"carried_by": "W2"}),
]
STREAMS = {
    "W": [("w1", "LOAD", 2, {"transport": "T", "place_id": "A"}), ("w2", "DISC", 8, {})],
    "T": [("t1", "DEPA", 3, {"place_id": "A"}), ("t2", "ARRI", 8, {"place_id": "B"}), ("t3", "DEPA", 12, {})],
    "W2": [("v1", "ARRI", 20, {"place_id": "D"}), ("v2", "RETRACT", 21, {"retracts": "v0"}), ("v0", "ARRI", 19, {})],
}


def made(rows: list[tuple[str, str, int, dict[str, str]]]) -> list[Event]:
    """Events of rows."""
    return [Event(name, kind, hour, hour, body) for name, kind, hour, body in rows]


@given(st.permutations(BODIES + BODIES[:1]), st.tuples(*(st.permutations(rows) for rows in STREAMS.values())))
def test_the_order_in_which_things_are_told_is_no_matter(own: Any, streams: Any) -> None:
    """P6: the train's departure at 3 and arrival at 8 reach the box by its wagon; t3 at 12 does not, as the wagon left
    at 8; the second wagon's arrival at 20 does, the one that was taken back does not: the box has arrived at D.
    """
    given_streams = {name: made(rows) for name, rows in zip(STREAMS, streams, strict=True)}
    found = aboard.reached(made(own), given_streams)
    assert {one.event_id for one in found} == {"t1", "t2", "v1"}
    assert fold([*made(own), *found], "D").phase == "arrived"
    assert fold([*made(own), *found], "D").expected_ms == 20


class UndoneError(Exception):
    """Ends a try of which nothing is kept."""


def test_every_order_of_messages_gives_one_state(desk: Desk, shipment_id: str) -> None:
    """P6 at the desk: four messages, a retraction and the box's own number among them, in all 24 orders."""
    messages = [
        [event("t1", "DEPA", 5, box="", **on("TRAIN7"), **of("A"))],
        [event("b1", "LOAD", 2, box=OTHER_BOX, **on("TRAIN7"), **of("A"))],
        [retraction("r1", "b2", 31)],
        [event("b2", "DISC", 20, box=OTHER_BOX, **of("B"))],
    ]

    def tried(tx: Tx, order: tuple[list[dict[str, Any]], ...]) -> None:
        for at_, events in enumerate(order):
            if at_ == 2:
                units.change(tx, shipment_id, {"container": [OTHER_BOX]}, (), ())
            receive.receive(tx, receive.Sent("P1", json.dumps(events)), LATEST)
        found = shipments.state_of(tx, shipment_id)
        assert (found.phase, found.place_id) == ("under_way", "A")
        raise UndoneError

    for order in permutations(messages):
        with pytest.raises(UndoneError):
            desk.do(who("ian"), lambda tx, o=order: tried(tx, o))


# ---- out again


def test_what_came_in_goes_out(desk: Desk, shipment_id: str) -> None:
    """DCSA and EPCIS of what holds: read again they tell the same; what was retracted is not among it."""
    sends(desk, event("e1", "LOAD", 1, **of("A"), **on("TRAIN7")), event("e2", "DISC", 3, **of("B")))
    sends(desk, retraction("e3", "e2", 4))
    out = desk.look(who("gus"), lambda tx: outgoing.dcsa_of(tx, shipment_id))["events"]
    assert [(one["equipmentEventTypeCode"], one["equipmentReference"]) for one in out] == [("LOAD", BOX)]
    assert out[0]["eventDateTime"] == at(1)
    epcis = desk.look(who("gus"), lambda tx: outgoing.epcis_of(tx, shipment_id))["eventList"]
    assert [(one["type"], one["parentID"]) for one in epcis] == [("AssociationEvent", "urn:koridor/TRAIN7")]
    kept = desk.look(who("gus"), lambda tx: outgoing.events_of(tx, shipment_id))["events"]
    assert sorted(one["kind"] for one in kept) == ["DISC", "LOAD", "RETRACT"]


def test_numbers_are_checked_and_mended(desk: Desk, shipment_id: str) -> None:
    """A wrong check digit and a stranger's name are both told at once; Cyrillic letters that look Latin are mended."""
    with pytest.raises(Refused) as refused:
        equip(desk, shipment_id, container=["CSQU3054384"], wagon=["1"], tellers=("S2",))
    assert len(refused.value.facts["wrong"]) == 3
    equip(desk, shipment_id, container=["КDRU 410023-2"])
    found = desk.look(who("gus"), lambda tx: units.listed(tx, shipment_id))
    assert found["containers"] == [BOX, OTHER_BOX]
