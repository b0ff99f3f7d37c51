"""Alerts: raised once, by table; resolved when the cause is gone; each party sees and acknowledges its own (P9)."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from test_api import Api
from test_messages_in import carried
from test_shipment_papers import GIVEN

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, at_once, offered, staffed, train, who
from koridor.operator.api.app import create_app
from koridor.operator.booking import book, plans, quote, shipments
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.gently import gently
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import alert, delivery
from koridor.operator.db.tables import subscription as subscribed
from koridor.operator.outbox import subscription
from koridor.operator.track import alerts, causes, papers

DUE_MS = MONDAY_MS + 36 * HOUR_MS  # when T1 leaves, so that holds for it live no longer; the cut-off is 6 h before


@pytest.fixture
def staffed_desk(desk: Desk) -> Desk:
    """A desk with people and a train that leaves in 36 hours."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx, starts_ms=DUE_MS)))
    return desk


def seen(desk: Desk, name: str) -> list[tuple[str, int]]:
    """Kinds and deadlines of the alerts that somebody has."""
    found = desk.look(who(name), lambda tx: alerts.listed(tx, "-"))["alerts"]
    return sorted((one["kind"], one["due_ms"]) for one in found)


def booked(desk: Desk, **more: Any) -> str:
    """A booking that holds."""
    return desk.do(who("ann"), lambda tx: book.receive(tx, quote.make(tx, offered(**more)).quote_id))


def test_a_hold_and_a_cut_off_come_near(staffed_desk: Desk, clock: Clock) -> None:
    """By the table 24 h before the cut-off, which is 30 h from now, and 12 h before the hold ends with the departure;
    each once; seller and customer have them, others do not. Confirmed, both are gone by themselves.
    """
    booking_id = booked(staffed_desk)
    assert alerts.watch(staffed_desk) == 0
    clock.now_ms = DUE_MS - 30 * HOUR_MS
    assert (alerts.watch(staffed_desk), alerts.watch(staffed_desk)) == (1, 0)
    clock.now_ms = DUE_MS - 12 * HOUR_MS
    assert (alerts.watch(staffed_desk), alerts.watch(staffed_desk)) == (1, 0)
    expected = [("cutoff", DUE_MS - 6 * HOUR_MS), ("hold", DUE_MS)]
    assert seen(staffed_desk, "ann") == seen(staffed_desk, "gus") == expected
    assert seen(staffed_desk, "eve") == seen(staffed_desk, "hal") == []
    staffed_desk.do(who("ann"), lambda tx: book.confirm(tx, booking_id))
    assert alerts.watch(staffed_desk) == 2
    assert seen(staffed_desk, "ann") == []


def test_a_railway_does_not_answer(staffed_desk: Desk) -> None:
    """The hold for the railways ends with the departure in 36 h, within the 72 of the table: one alert a railway, for
    those who ask them and not for the customer; an answer resolves its own.
    """
    booking_id = booked(staffed_desk, railways=["BCh", "RZD"])
    staffed_desk.do(who("ann"), lambda tx: book.ask_plan(tx, booking_id))
    alerts.watch(staffed_desk)
    assert [kind for kind, _ in seen(staffed_desk, "ann")] == ["plan", "plan"]
    assert seen(staffed_desk, "eve") == [("plan", DUE_MS)] * 2
    assert seen(staffed_desk, "gus") == []
    staffed_desk.do(who("dan"), lambda tx: plans.record(tx, booking_id, "RZD", "refused", {}))
    alerts.watch(staffed_desk)
    (left,) = staffed_desk.look(who("ann"), lambda tx: alerts.listed(tx, "-"))["alerts"]
    assert (left["what"], "BCh" in left["text"]) == ("BCh", True)


def test_an_arrival_after_its_promise(staffed_desk: Desk, clock: Clock) -> None:
    """P90 of 240 h after the departure is promised. It leaves C that late: late to D, an alert for the customer too;
    there, none.
    """
    shipment_id = staffed_desk.do(who("ann"), carried)
    assert alerts.watch(staffed_desk) == 0
    promised = DUE_MS + 240 * HOUR_MS
    clock.now_ms = promised
    tell: Callable[..., Any] = lambda tx, kind, place: shipments.tell(  # noqa: E731
        tx, shipment_id, kind, {"place_id": place}, event_id=kind, happened_ms=tx.now_ms - 1
    )
    staffed_desk.do(who("cid"), lambda tx: tell(tx, "DEPA", "C"))
    alerts.watch(staffed_desk)
    assert seen(staffed_desk, "gus") == seen(staffed_desk, "eve") == [("late", promised)]
    clock.now_ms += DAY_MS
    staffed_desk.do(who("cid"), lambda tx: tell(tx, "ARRI", "D"))
    alerts.watch(staffed_desk)
    assert seen(staffed_desk, "gus") == []


def test_a_customs_term_ends(staffed_desk: Desk, clock: Clock) -> None:
    """A term until 12 December ends as that day does; two days before, who clears it is told, the customer is not."""
    shipment_id = staffed_desk.do(who("ann"), carried)
    paper = {"regime": "AZ transit", "number": "1", "limit": "2026-12-12"}
    given = {**GIVEN, "customs": [paper]}
    staffed_desk.do(who("ann"), lambda tx: papers.issue(tx, shipment_id, given))
    ends = MONDAY_MS + 6 * DAY_MS
    clock.now_ms = ends - 49 * HOUR_MS
    alerts.watch(staffed_desk)
    assert ("customs", ends) not in seen(staffed_desk, "ann")
    clock.now_ms = ends - 48 * HOUR_MS
    alerts.watch(staffed_desk)
    assert ("customs", ends) in seen(staffed_desk, "ann")
    assert ("customs", ends) not in seen(staffed_desk, "gus")


def test_acknowledged_by_one_is_not_by_the_other(staffed_desk: Desk, clock: Clock) -> None:
    """Over HTTP: the seller's acknowledgement is not the customer's; whom it does not concern gets 404 as for nothing.
    What comes back after it was gone is news again, under the same id.
    """
    booking_id = booked(staffed_desk)
    clock.now_ms = DUE_MS - HOUR_MS * 12
    alerts.watch(staffed_desk)
    with TestClient(create_app(staffed_desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        api = Api(staffed_desk, client)
        one = next(one for one in api.got("ann", "/v1/alerts")["alerts"] if one["kind"] == "hold")
        path = f"/v1/alerts/{one['alert_id']}/acknowledgements"
        assert api.made("ann", path)["acknowledged_ms"] == clock.now_ms
        clock.now_ms += 1
        assert api.made("ann", path)["acknowledged_ms"] == clock.now_ms - 1
        theirs = {each["alert_id"]: each for each in api.got("gus", "/v1/alerts")["alerts"]}
        assert theirs[one["alert_id"]]["acknowledged_ms"] is None
        there, nothing = (api.ask("hal", "POST", which) for which in (path, "/v1/alerts/nothing/acknowledgements"))
        assert (there.status_code, there.content) == (404, nothing.content)
        assert one["object_id"] == booking_id
    found = staffed_desk.look(SYSTEM, causes.causes)
    staffed_desk.do(who("ann"), lambda tx: (alerts.keep(tx, set()), alerts.keep(tx, found)))
    again = staffed_desk.look(who("ann"), lambda tx: alerts.listed(tx, "-"))["alerts"]
    assert one["alert_id"] in {each["alert_id"] for each in again}
    assert {each["acknowledged_ms"] for each in again} == {None}
    rows: Callable[[Tx], Any] = lambda tx: tx.run(alert.select()).all()  # noqa: E731
    assert len(staffed_desk.look(SYSTEM, rows)) == len(found)


def test_a_listener_hears_of_each_alert_once(staffed_desk: Desk, clock: Clock) -> None:
    """All that may listen do, to alerts alone. A hold ends: seller and customer get one message each, however often one
    looks, and whom it does not concern none. A railway's silence is told to the seller and not to the customer. What
    was gone and comes back is told anew, second in its stream. A look that breaks off tells nothing.
    """
    for name in ("cid", "gus", "hal"):
        staffed_desk.do(who(name), lambda tx: subscription.subscribe(tx, "https://receiver.example/", ["alert"]))
    booking_id = booked(staffed_desk, railways=["BCh"])
    clock.now_ms = DUE_MS - 12 * HOUR_MS
    found = staffed_desk.look(SYSTEM, causes.causes)
    hold = next(one for one in found if one.kind == "hold")

    def breaks(tx: Tx) -> None:
        alerts.keep(tx, found)
        raise KeyError

    with pytest.raises(KeyError):
        staffed_desk.do(SYSTEM, breaks)
    assert letters(staffed_desk) == []
    for _ in range(3):
        staffed_desk.do(SYSTEM, lambda tx: alerts.keep(tx, {hold}))
    assert letters(staffed_desk) == [("P1", "hold", 1), ("S1", "hold", 1)]
    staffed_desk.do(SYSTEM, lambda tx: alerts.keep(tx, set()))
    staffed_desk.do(SYSTEM, lambda tx: alerts.keep(tx, {hold}))
    assert letters(staffed_desk) == [("P1", "hold", 1), ("P1", "hold", 2), ("S1", "hold", 1), ("S1", "hold", 2)]
    plan = causes.Cause("plan", "booking", booking_id, "BCh", DUE_MS)
    staffed_desk.do(SYSTEM, lambda tx: alerts.keep(tx, {hold, plan}))
    assert [one for one in letters(staffed_desk) if one[1] == "plan"] == [("P1", "plan", 1)]


def test_two_looks_at_once_tell_once(staffed_desk: Desk, clock: Clock) -> None:
    """Eight services on one desk find the same cause at the same moment: one alert is raised, one message kept."""
    staffed_desk.do(who("gus"), lambda tx: subscription.subscribe(tx, "https://receiver.example/", ["alert"]))
    booked(staffed_desk)
    clock.now_ms = DUE_MS - 12 * HOUR_MS
    found = staffed_desk.look(SYSTEM, causes.causes)
    raised = at_once([lambda: staffed_desk.do(SYSTEM, lambda tx: alerts.keep(tx, found))] * 8)
    assert (sum(raised), len(letters(staffed_desk))) == (len(found), len(found))


def letters(desk: Desk) -> list[tuple[str, str, int]]:
    """Party, kind of alert and number in its stream of every message that was kept."""
    asked = sa.select(delivery, subscribed.c.party_id).join(
        subscribed, subscribed.c.subscription_id == delivery.c.subscription_id
    )
    rows = desk.look(SYSTEM, lambda tx: tx.run(asked).all())
    return sorted((row.party_id, json.loads(row.body)["content"]["kind"], row.seq) for row in rows)


def test_a_look_at_many_asks_no_more_than_one_at_few(staffed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight bookings of eight quotes are looked at in as many statements as one: looks are by the minute, for ever."""
    asked: list[Any] = []
    run = Tx.run
    monkeypatch.setattr(Tx, "run", lambda tx, one, **values: asked.append(one) or run(tx, one, **values))
    counts = []
    for sizes in ([1], range(2, 9)):
        for teu in sizes:
            booked(staffed_desk, teu=teu)
        asked.clear()
        staffed_desk.look(SYSTEM, causes.causes)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_looking_gently_leaves_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses among the items, none for each, by a clock that goes on by 0.4 ms whenever it is asked."""
    moments_s = (number * 0.0004 for number in itertools.count())
    told: list[Any] = []
    monkeypatch.setattr(time, "perf_counter", lambda: next(moments_s))
    monkeypatch.setattr(time, "sleep", lambda _: told.append("pause"))
    for item in gently(range(10)):
        told.append(item)
    assert [item for item in told if item != "pause"] == list(range(10))
    assert 0 < told.count("pause") < 10


def test_a_page_ends_at_a_number(staffed_desk: Desk) -> None:
    """What no page ended with is refused."""
    with pytest.raises(Refused) as refused:
        staffed_desk.look(who("ann"), lambda tx: alerts.listed(tx, "x.y"))
    assert refused.value.code == "invalid"


def test_every_kind_has_its_line() -> None:
    """The table has exactly the kinds that are raised, none with a lead below nothing."""
    assert set(causes.parts()) == set(causes.KINDS)
    assert all(causes.lead_ms(kind) >= 0 for kind in causes.KINDS)
