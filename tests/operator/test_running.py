"""Departures as they run, partial loads, and what a review found: smallest cases, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from test_api import Api
from test_disruption import (
    ANN,
    CID,
    D1,
    D2,
    D3,
    EVE,
    GUS,
    IAN,
    TUE,
    books,
    confirmed,
    desk,
    met,
    offer,
    told,
    train,
)  # fmt: skip

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, counters, price_line
from koridor.operator import check, four_eyes
from koridor.operator.api.app import create_app
from koridor.operator.booking import book, change, changed, dangerous, load, quote, shipments, states, step
from koridor.operator.booking.load import Loaded
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk
from koridor.operator.common.events import Event
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit, departure, event, shipment
from koridor.operator.disruption import others
from koridor.operator.network import allotment, cut, running
from koridor.operator.people import access

__all__ = ["desk"]
M_THU = "M.F.20261210T0000"


def sold(desk: Desk, departure_id: str) -> list[int]:
    """Parts sold on each hop, in all pools together."""
    rows = desk.look(SYSTEM, lambda tx: counters(tx, departure_id))
    return [sum(row[1] for key, row in rows.items() if key[0] == seq) for seq in sorted({key[0] for key in rows})]


# ---- departures


def test_a_closed_departure_takes_nobody_new(desk: Desk) -> None:
    """What is held on it may still be confirmed; nobody is quoted or held; opened again, it takes cargo."""
    made = desk.do(ANN, lambda tx: quote.make(tx, offer(by_sea())))
    held = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(CID, lambda tx: running.close(tx, M_THU, "full deck"))
    desk.do(ANN, lambda tx: book.confirm(tx, held))
    for work in (
        lambda tx: quote.make(tx, offer(by_sea(), teu=8)),
        lambda tx: book.receive(tx, made.quote_id),
        lambda tx: running.close(tx, M_THU, "again"),
    ):
        with pytest.raises(Refused) as refused:
            desk.do(ANN, work)
        assert refused.value.code in ("not_offered", "not_allowed_now")
    desk.do(CID, lambda tx: running.reopen(tx, M_THU, "room again"))
    desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))


def by_sea() -> Any:
    """The ship of Thursday, from B to D."""
    return replace(train(M_THU, "B"), mode="sea", railways=())


def test_what_is_held_on_a_cancelled_departure_is_not_confirmed(desk: Desk) -> None:
    """Nothing is sold, so one person cancels it; the hold that lives is not turned into a sale."""
    made = desk.do(ANN, lambda tx: quote.make(tx, offer(by_sea())))
    held = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(CID, lambda tx: running.cancel(tx, M_THU, "engine"))
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: book.confirm(tx, held))
    assert refused.value.code == "not_offered"
    assert met(desk) == {held: [("departure_cancelled", M_THU)]}
    assert books(desk) == {}


def test_two_cancel_what_is_sold(desk: Desk) -> None:
    """P18: a proposal names the bookings; one more was sold since, so it is refused; proposed anew it is done."""
    ids = [confirmed(desk)]
    content = {"departure_id": D1, "note": "no locomotive"}
    first = desk.do(ANN, lambda tx: four_eyes.propose(tx, "departure_cancel", content))
    ids.append(confirmed(desk))
    with pytest.raises(Refused) as refused:
        desk.do(CID, lambda tx: four_eyes.decide(tx, first, granted=True), strict=True)
    assert (refused.value.code, refused.value.facts["bookings"]) == ("below_sold", sorted(ids))
    second = desk.do(ANN, lambda tx: four_eyes.propose(tx, "departure_cancel", content))
    with pytest.raises(Refused) as refused:
        desk.do(ANN, lambda tx: four_eyes.decide(tx, second, granted=True), strict=True)
    assert refused.value.code == "four_eyes"
    desk.do(CID, lambda tx: four_eyes.decide(tx, second, granted=True), strict=True)
    assert (
        desk.look(ANN, lambda tx: tx.run(sa.select(departure.c.status).filter_by(departure_id=D1)).scalar())
        == "cancelled"
    )
    assert sorted(met(desk)) == sorted(ids)


# ---- partial loads


def loaded(desk: Desk, booking_id: str, teu: int, rolled_to: str | None = None) -> Loaded:
    """What came of telling that so many quarters of a TEU were loaded."""
    return desk.do(CID, lambda tx: load.short(tx, booking_id, {"teu": teu}, rolled_to=rolled_to, reason="x"))


def test_a_second_partial_load_undoes_nothing_of_the_first(desk: Desk, clock: Clock) -> None:
    """Of 10 boxes of a TEU 8 are loaded at A and 2 rolled to a later train; at B one more is taken off damaged.

    The price is 1,500.01: 8 of 10 are 800.00 and 400.01 (of 500.01, the cent to the larger remainder), 2 are 200.00 and
    100.00. At B, a third of the way is run and stays; of the rest, 7 of 8 stay. The rolled two are not touched.
    """
    booking_id = confirmed(desk, teu=40)
    told(desk, booking_id, "LOAD", "A", TUE)
    first = loaded(desk, booking_id, 32, D3)
    rolled = first.rolled_id
    assert rolled is not None
    assert (sold(desk, D1), desk.look(SYSTEM, lambda tx: counters(tx, D3))[1, "teu", ""]) == ([32, 32, 32], (40, 0, 8))
    shares = [[line.amount_minor for line in one.offer.lines] for one in (first.made, quote_of(desk, rolled))]
    assert shares == [[80_000, 40_001], [20_000, 10_000]]
    told(desk, booking_id, "ARRI", "B", TUE + DAY_MS)
    clock.now_ms = TUE + DAY_MS + HOUR_MS
    second = loaded(desk, booking_id, 28)
    assert sold(desk, D1) == [32, 28, 28]
    assert desk.look(SYSTEM, lambda tx: counters(tx, D3))[1, "teu", ""] == (40, 0, 8)
    assert second.made.totals == {"USD": 26_667 + 13_334 + 46_666 + 23_334}
    assert quote_of(desk, rolled).totals == {"USD": 30_000}
    assert books(desk)["P1", "unbilled"] == second.made.totals
    assert desk.store.read(check.problems) == []


def test_parts_of_a_load_go_all_the_way() -> None:
    """3 of 4 boxes of 640.00 are 480.00: over all of the 876 km, by the sum that is told. A way of which a third is run
    has a third of the kilometres.
    """
    line = replace(price_line(64_000, cost=32_000, km=876), trace="320 USD × 2 units = 640.00 USD")
    one, two = changed.shared(line, {"run": 12, "rest": 4}, whole_way=True)
    assert [(part.amount_minor, part.cost_minor, part.km) for part in (one, two)] == [
        (48_000, 24_000, 876),
        (16_000, 8_000, 876),
    ]
    assert [part.trace for part in (one, two)] == [f"({line.trace}) × {share}" for share in ("3/4", "1/4")]
    run, rest = changed.shared(line, {"run": 1, "rest": 2})
    assert (run.km, rest.km) == (292, 584)


def test_emissions_go_with_the_load(desk: Desk) -> None:
    """Of 239 kg for 40 parts 32 have 191 (191.2) and 8 have 48 (47.8); what tells of elements of all is left out."""
    facts = {"co2e_kg": 239, "co2e": [{"g": 239_000}], "p50_h": 180}
    made = desk.do(ANN, lambda tx: quote.make(tx, replace(offer(by_sea(), teu=40), facts=facts)))
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, made.quote_id))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    assert dict(loaded(desk, booking_id, 32).made.offer.facts) == {"co2e_kg": 191, "p50_h": 180}


def test_the_parts_of_a_load_have_all_of_its_emissions(desk: Desk) -> None:
    """Of 237 kg a half is 118.5, which rounded twice would be one too many."""
    booking_id = confirmed(desk, teu=40, co2e_kg=237)
    half = loaded(desk, booking_id, 20, D3)
    assert half.rolled_id is not None
    found = [half.made.offer.facts["co2e_kg"], quote_of(desk, half.rolled_id).offer.facts["co2e_kg"]]
    assert sorted(found) == [118, 119]


def test_what_was_emitted_before_a_part_was_left_stays_whole(desk: Desk, clock: Clock) -> None:
    """At B a third of 900 kg and of the 1,200 km is run with all 10 boxes; of the other 600 kg a half is left: 300."""
    booking_id = confirmed(desk, teu=40, co2e_kg=900)
    told(desk, booking_id, "LOAD", "A", TUE)
    told(desk, booking_id, "ARRI", "B", TUE + DAY_MS)
    clock.now_ms = TUE + DAY_MS + HOUR_MS
    half = loaded(desk, booking_id, 20).made.offer
    assert half.facts["co2e_kg"] == 600
    assert [line.km for line in half.lines] == [300, 100, 600, 200]


def test_a_line_of_one_part_keeps_its_sum_as_it_was() -> None:
    """All of it is no share: a sum told `× 1` would only grow with each change."""
    line = replace(price_line(64_000), trace="320 USD × 2 units = 640.00 USD")
    assert changed.shared(line, {"run": 4, "rest": 0}, whole_way=True)[0] == line


def quote_of(desk: Desk, booking_id: str) -> quote.Quote:
    """The quote in force of a booking."""
    return desk.look(ANN, lambda tx: quote.of(tx, step.state_of(tx, booking_id).quote_id))


@pytest.mark.parametrize("teu", [0, 41, 40])
def test_a_load_is_a_part_of_what_was_booked(desk: Desk, teu: int) -> None:
    """Nothing, more, and all of it are no partial loads; nothing changes."""
    booking_id = confirmed(desk, teu=40)
    with pytest.raises(Refused) as refused:
        loaded(desk, booking_id, teu)
    assert refused.value.code == "invalid"
    assert sold(desk, D1) == [40, 40, 40]


def test_a_rest_that_has_no_room_changes_nothing(desk: Desk) -> None:
    """All or nothing: the next train is full, so the load is not told either, and may be told without rolling."""
    booking_id = confirmed(desk, teu=40)
    confirmed(desk, train(D2), teu=36)
    with pytest.raises(Refused) as refused:
        loaded(desk, booking_id, 32, D2)
    assert refused.value.code == "sold_out"
    assert (sold(desk, D1), quote_of(desk, booking_id).totals) == ([40, 40, 40], {"USD": 150_001})
    assert loaded(desk, booking_id, 32).rolled_id is None
    assert sold(desk, D1) == [32, 32, 32]


def test_cancelling_midway_pays_what_was_run(desk: Desk, clock: Clock) -> None:
    """At B, a third of 1,500.01 is run and stays sold with its costs; of the rest, 1,000.01, the band below 12 hours
    takes a half: 500.01 with the odd half cent to the fee.
    """
    booking_id = confirmed(desk)
    told(desk, booking_id, "LOAD", "A", TUE)
    told(desk, booking_id, "DISC", "B", TUE + DAY_MS)
    clock.now_ms = TUE + DAY_MS + HOUR_MS
    desk.do(GUS, lambda tx: change.cancel(tx, booking_id, "no"))
    desk.do(ANN, lambda tx: change.decide_cancellation(tx, booking_id, granted=True))
    found = books(desk)
    assert found["P1", "unbilled"] == {"USD": 33_333 + 16_667 + 50_001}
    assert (found["P1", "accrued"], found["P2", "accrued"]) == ({"USD": -23_333}, {"USD": -13_333})
    assert sold(desk, D1) == [0, 0, 0]
    assert desk.store.read(check.problems) == []


# ---- what a review found


@pytest.mark.parametrize("wrong", [None, 7, ["Q"], {"x": 1}, ""])
def test_the_fold_takes_no_event_that_cannot_be_meant(wrong: Any) -> None:
    """`None` became the text "None" and was looked up as a quote."""
    with pytest.raises(Refused, match="cannot be read"):
        states.fold([Event("e", "receive", 0, 0, {"quote_id": wrong})])


def test_a_broken_event_is_told_by_the_check(desk: Desk) -> None:
    """And does not stop it from looking at the rest."""
    booking_id = confirmed(desk)
    row = {"stream": step.stream(booking_id), "event_id": "x", "seq": 99, "kind": "confirm", "actor": "x"}
    row |= {"happened_ms": 0, "recorded_ms": 0, "body": '{"hold_id": 5}'}
    desk.do(ANN, lambda tx: tx.add(event, row))
    assert desk.store.read(check.problems) == [f"Booking {booking_id} is not what its events say."]


def theirs(desk: Desk) -> str:
    """Id of a booking of P2 alone on the ship of Thursday."""
    lines = (price_line(50_000, "P2"),)
    made = desk.do(EVE, lambda tx: quote.make(tx, replace(offer(by_sea()), customer_id="S2", lines=lines)))
    from desks import who

    return desk.do(who("hal"), lambda tx: book.receive(tx, made.quote_id))


def test_a_cut_names_nobody_elses_bookings_in_the_audit(desk: Desk) -> None:
    """P9: P1's auditor reads P1's rows: its own booking by name, P2's as a number."""
    own = confirmed(desk, by_sea())
    other = theirs(desk)
    desk.do(CID, lambda tx: cut.cut(tx, M_THU, "teu", 0, sorted([own, other])))
    rows = desk.look(
        ANN, lambda tx: tx.run(sa.select(audit.c.change).filter_by(party_id="P1", action="cut")).scalars().all()
    )
    assert [(json.loads(row)["bookings"], json.loads(row)["others"]) for row in rows] == [([None, [own]], [None, 1])]


def test_what_is_given_back_after_the_release_is_anybodys(desk: Desk, clock: Clock) -> None:
    """P1's allotment of 2 TEU is released while sold; cancelled then, the 2 go to the free pool, not to P1's."""
    desk.do(CID, lambda tx: allotment.allot(tx, D3, "teu", "P1", 8, MONDAY_MS + HOUR_MS))
    booking_id = confirmed(desk, train(D3), teu=8)
    clock.now_ms = MONDAY_MS + 2 * HOUR_MS
    desk.do(ANN, allotment.release_due)
    assert desk.look(SYSTEM, lambda tx: counters(tx, D3))[1, "teu", "P1"] == (8, 8, 0)
    desk.do(ANN, lambda tx: change.decline(tx, booking_id, "x"))
    after = desk.look(SYSTEM, lambda tx: counters(tx, D3))
    assert [(after[seq, "teu", "P1"], after[seq, "teu", ""]) for seq in (1, 2, 3)] == [((0, 0, 0), (40, 0, 0))] * 3
    assert desk.store.read(check.problems) == []


def test_who_is_left_out_by_an_amendment_sees_nothing_new(desk: Desk) -> None:
    """P2 and the carrier lose booking and shipment; the quote that named P2 stays P2's to read."""
    booking_id = confirmed(desk)
    shipment_id = desk.look(ANN, lambda tx: tx.run(sa.select(shipment.c.shipment_id)).scalar_one())
    before = quote_of(desk, booking_id)
    lines = (price_line(90_000, "P1"),)
    alone = desk.do(ANN, lambda tx: quote.make(tx, replace(offer(train(D2)), lines=lines)))
    desk.do(GUS, lambda tx: change.amend(tx, booking_id, alone.quote_id))
    assert desk.look(EVE, lambda tx: access.part(tx, "booking", booking_id)) == "partner"
    desk.do(ANN, lambda tx: change.decide_amendment(tx, booking_id, granted=True))
    for actor, kind, one in (
        (EVE, "booking", booking_id),
        (EVE, "shipment", shipment_id),
        (IAN, "shipment", shipment_id),
    ):
        with pytest.raises(Refused) as refused:
            desk.look(actor, lambda tx, kind=kind, one=one: access.part(tx, kind, one))
        assert refused.value.code == "not_found"
    with pytest.raises(Refused):
        desk.do(IAN, lambda tx: shipments.tell(tx, shipment_id, "LOAD", {}, event_id="e", happened_ms=1))
    assert desk.look(EVE, lambda tx: access.part(tx, "quote", before.quote_id)) == "partner"
    assert desk.look(GUS, lambda tx: access.part(tx, "shipment", shipment_id)) == "customer"


def rows(*said: tuple[str, str, str, str], room: str = "") -> dangerous.Rows:
    """Tables of a network that say this of dangerous goods."""
    capacity = [{"service_id": "S", "resource": "dangerous_teu", "amount": room}] if room else []
    names = ("of", "row", "goods", "accepted")
    return {"acceptance": [dict(zip(names, one, strict=True)) for one in said], "service_capacity": capacity}


def test_dangerous_goods_are_taken_where_it_is_said() -> None:
    """A class wins over all of them, nothing known is nothing taken, and no room is a no; the activity does not answer
    for a service.
    """
    own, of_all = ("service", "S", "dg3", "yes"), ("service", "S", "dg", "no")
    assert dangerous.accepts(rows(own, of_all), "service", "S", "3") is True
    assert dangerous.accepts(rows(own, of_all), "service", "S", "8") is False
    assert dangerous.accepts(rows(("activity", "rail", "dg", "yes")), "service", "S", "3") is None
    assert dangerous.accepts(rows(room="0"), "service", "S", "3") is False
    assert dangerous.accepts(rows(room="4"), "service", "S", "3") is None


def test_a_quote_of_dangerous_goods_asks_the_service(desk: Desk) -> None:
    """Nothing is known of the service, so it is refused; classes and quota go together."""
    facts = {"dangerous": ["3"]}
    for parts, told_facts, match in (
        ({"teu": 4, "dg_quota": 1}, facts, "class 3 is not known"),
        ({"teu": 4}, facts, "with their classes and with"),
        ({"teu": 4, "dg_quota": 1}, {}, "with their classes and with"),
    ):
        one = replace(offer(train()), parts=parts, facts=told_facts)
        with pytest.raises(Refused, match=match):
            desk.do(ANN, lambda tx, one=one: quote.make(tx, one))


# ---- over HTTP


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service on the desk of the tests of disruption."""
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


def test_a_border_is_closed_on_the_way(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a dispatcher does it: tell, look who is affected, look at alternatives, rebook; told twice it is done once."""
    one, two = confirmed(api.desk), confirmed(api.desk)
    words = {"title": "Border shut", "kind": "border", "source": "railway", "from_ms": TUE, "to_ms": TUE + 60 * HOUR_MS}
    told_once = api.made("cid", "/v1/incidents", {**words, "closures": [{"of": "border", "row": "BX"}]})
    path = f"/v1/incidents/{told_once['incident_id']}"
    assert (told_once["links"], api.got("eve", path)["state"]) == (["LBC"], "in_force")
    hit = api.got("cid", f"{path}/affected")["affected"]
    assert [(each["booking_id"], each["place_id"], each["why"][0]["kind"]) for each in hit] == [
        (each, "A", "link_shut") for each in sorted([one, two])
    ]
    asked = api.got("cid", f"/v1/bookings/{one}/alternatives")["alternatives"]
    assert [(each["kind"], each["delay_h"], each["free"]) for each in asked] == [
        ("wait", 36, {}),
        ("later", 48, {"teu": "10"}),
    ]
    body = {"alternative_id": asked[1]["alternative_id"], "reason": "border shut"}
    made = api.ask("cid", "POST", f"/v1/bookings/{one}/rebookings", body, key="k")
    with monkeypatch.context() as patched:
        patched.setattr(others, "found", None)  # what is answered is not searched again
        again = api.ask("cid", "POST", f"/v1/bookings/{one}/rebookings", body, key="k")
    assert (made.status_code, made.content) == (201, again.content)
    assert made.json()["totals"] == {"USD": 150_001}
    outcomes = api.made("cid", "/v1/rebookings", {"booking_ids": [one, two]})["outcomes"]
    assert [each["outcome"] for each in outcomes] == ["free", "waits"]
    api.made("cid", f"{path}/amendments", {**words, "to_ms": None, "closures": [{"of": "border", "row": "BX"}]})
    assert api.got("cid", f"/v1/bookings/{two}/alternatives")["alternatives"] == []
    assert api.made("cid", f"{path}/ends", {"note": "open"})["state"] == "ended"
    assert api.got("cid", "/v1/affected")["affected"] == []


def test_an_incident_kept_to_itself_is_not_there_for_others(api: Api) -> None:
    """P9: the other partner's sales get 404 with the bytes that nothing at all would get, and no list shows it."""
    words = {"title": "x", "kind": "strike", "source": "x", "from_ms": TUE, "closures": [{"of": "link", "row": "LBC"}]}
    one = api.made("cid", "/v1/incidents", {**words, "shared": False})["incident_id"]
    for path in ("/v1/incidents/{}", "/v1/incidents/{}/affected"):
        there, nothing = (api.ask("eve", "GET", path.format(each)) for each in (one, "nothing"))
        assert (there.status_code, there.content) == (404, nothing.content)
    assert [api.got(name, "/v1/incidents")["incidents"] == [] for name in ("cid", "eve")] == [False, True]


def test_a_departure_is_run_over_http(api: Api) -> None:
    """Closed, opened, moved; not cancelled by one where something is sold; a load told in boxes."""
    booking_id = confirmed(api.desk, teu=40)
    path = f"/v1/departures/{D1}"
    assert api.made("cid", f"{path}/states", {"state": "closed", "note": "x"})["state"] == "closed"
    assert api.made("cid", f"{path}/states", {"state": "open", "note": "x"})["state"] == "open"
    refused = api.ask("cid", "POST", f"{path}/states", {"state": "cancelled", "note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "four_eyes")
    calls = [{"seq": 4, "at_ms": TUE + 5 * DAY_MS}]
    assert api.made("cid", f"{path}/times", {"calls": calls, "note": "late"})["calls"][3]["at_ms"] == TUE + 5 * DAY_MS
    told_load = api.made("cid", f"/v1/bookings/{booking_id}/loads", {"quantities": {"teu": "8"}, "rolled_to": D2})
    assert told_load["rolled_booking_id"] is not None
    content = {"departure_id": D1, "note": "x"}
    proposal = api.made("ann", "/v1/proposals", {"kind": "departure_cancel", "content": content})
    assert proposal["content"]["bookings"] == [booking_id]
    api.made("cid", f"/v1/proposals/{proposal['proposal_id']}/decisions", {"granted": True})
    assert [one["booking_id"] for one in api.got("cid", "/v1/affected")["affected"]] == [booking_id]


def test_what_a_dispatcher_cannot_mean_is_refused(api: Api) -> None:
    """Unknown rows, tables, fields, an end before the beginning, an alternative that is not offered: 4xx, no fault."""
    booking_id = confirmed(api.desk)
    words = {"title": "x", "kind": "border", "source": "x", "from_ms": 10, "closures": [{"of": "link", "row": "LBC"}]}
    edit = {"table": "link", "key": "LBC", "field": "status", "op": "set", "value": "closed"}
    for more in (
        {"closures": [{"of": "link", "row": "L9"}]},
        {"to_ms": 9},
        {"closures": [], "edits": []},
        {"edits": [{**edit, "table": "nothing"}]},
        {"edits": [{**edit, "field": "nothing"}]},
        {"edits": [{**edit, "op": "add", "value": "[1"}]},
        {"edits": [{**edit, "op": "scale", "value": "nan"}]},
        {"edits": [{**edit, "value": "broken"}]},
        {"kind": "war"},
    ):
        response = api.ask("cid", "POST", "/v1/incidents", {**words, **more})
        assert response.status_code == 422, (more, response.text)
    assert api.ask("cid", "POST", f"/v1/bookings/{booking_id}/rebookings", {}).status_code == 422
    gone = api.ask("cid", "POST", f"/v1/bookings/{booking_id}/rebookings", {"alternative_id": "0" * 16})
    assert (gone.status_code, gone.json()["code"]) == (409, "not_offered")
    assert api.ask("cid", "POST", "/v1/departures/nothing/states", {"state": "closed", "note": "x"}).status_code == 404
    assert api.ask("hal", "GET", "/v1/affected").status_code == 403
