"""Papers after a rebooking: the legs in force count, what people gave is kept where it holds, and the rest is told."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from test_messages_in import BOX, WAGON
from test_shipment_papers import ALAT, GENCE, GIVEN, issued, shipment_id, viewed

from desks import DAY_MS, HOUR_MS, MONDAY_MS, STOPS, price_line, train, who
from koridor.operator.booking.itinerary import Leg
from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.migrate import migrate
from koridor.operator.db.store import Store
from koridor.operator.db.tables import METADATA, network, shipment
from koridor.operator.disruption.rebook import Way, rebook
from koridor.operator.network.publish import sealed
from koridor.operator.track import papers
from koridor.operator.track.draft import station
from koridor.operator.track.kept import agreeing, carried

__all__ = ["shipment_id"]
RAIL = Leg("rail", "A", "B", "", ("XX",), ("L1",))
SHIP = Leg("sea", "B", "C", "M1", ())
LORRY = Leg("road", "C", "D", "", ())
CODED = {"name": "Alpha", "esr": "1"}


def given(*legs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What people gave."""
    return {"legs": list(legs), **more}


def fields(told: Any) -> list[tuple[str, str]]:
    """Leg and field of what is told."""
    return [(one.leg_id, one.defect.field) for one in told]


def test_what_was_given_goes_with_its_leg() -> None:
    """A lorry before it makes the train the second leg: all that was given of it, and its wagon, go along."""
    row = {"leg_id": "1", "origin": CODED, "crossings": [CODED], "start": "2026-12-08"}
    wagons = [{"number": "W", "leg_id": "1"}]
    kept, told = carried(given(row, wagons=wagons), [RAIL], [replace(LORRY, to_place="A"), RAIL])
    assert kept["legs"] == [{"leg_id": "1", "destination": CODED}, {**row, "leg_id": "2"}]
    assert (kept["wagons"], told) == ([{"number": "W", "leg_id": "2"}], [])


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (replace(RAIL, links=("L2",)), {"leg_id": "1", "origin": CODED, "start": "2026-12-08", "note": "CIM"}),
        (replace(RAIL, departure_id="T2"), {"leg_id": "1", "origin": CODED, "note": "CIM"}),
    ],
    ids=["another border", "another departure"],
)
def test_another_course_between_the_same_places(now: Leg, left: dict[str, Any]) -> None:
    """The stations and the note stay; crossings and sections of the old course go, and the day where a departure tells
    it. Each is told by the field in which it was given.
    """
    row = {"leg_id": "1", "origin": CODED, "crossings": [CODED], "sections": [], "start": "2026-12-08", "note": "CIM"}
    kept, told = carried(given(row), [RAIL], [now])
    assert kept["legs"] == [left]
    assert fields(told) == [("1", f"legs[0].{name}") for name in row if name not in left]


def test_a_leg_that_is_gone_leaves_its_places() -> None:
    """By sea from B to D in place of ship and lorry: B and D keep what was given of them; C, the start and the lorry's
    number are told, and the wagon of the gone leg is on all.
    """
    rows = ({"leg_id": "1", "destination": {"name": "Beta"}}, {"leg_id": "2", "destination": {"name": "Gamma"}},
            {"leg_id": "3", "vehicle": "AB 1", "destination": {"name": "Delta"}})  # fmt: skip
    wagons = [{"number": "W", "leg_id": "3"}, {"number": "V", "leg_id": "1"}]
    kept, told = carried(given(*rows, wagons=wagons), [RAIL, SHIP, LORRY], [RAIL, replace(SHIP, to_place="D")])
    assert kept["legs"] == [rows[0], {"leg_id": "2", "origin": {"name": "Beta"}, "destination": {"name": "Delta"}}]
    assert fields(told) == [("", "legs[1].destination"), ("", "legs[2].vehicle"), ("", "wagons[0].leg_id")]
    assert kept["wagons"] == [{"number": "W", "leg_id": ""}, {"number": "V", "leg_id": "1"}]


def test_the_legs_win_where_both_tell() -> None:
    """Another code, another day than the departure's and another mode do not stand; the name beside the code does.
    Other railways are told and left, as a carrier may have two short names.
    """
    known = {"leg_id": "1", "mode": "rail", "start": "2026-12-09", "origin": {"name": "A", "country": "AA"},
             "destination": {"name": "B", "country": "BB", "locode": "AZBAK"}}  # fmt: skip
    sections = [{"carrier": "YY"}]
    row = {"leg_id": "1", "mode": "road", "start": "2026-12-08", "origin": {"name": "Alpha", "country": "AA"},
           "destination": {"name": "Beta", "country": "CC", "locode": "AZ ALA"}, "sections": sections}  # fmt: skip
    kept, told = agreeing(given(row), [known], [RAIL], {"A": {"zone": "Asia/Baku"}})
    right = {"name": "Beta", "country": "BB", "locode": "AZBAK"}
    assert kept["legs"] == [{"leg_id": "1", "origin": row["origin"], "destination": right, "sections": sections}]
    names = ("destination.country", "destination.locode", "mode", "start", "sections")
    assert fields(told) == [("1", f"legs[0].{name}") for name in names]
    assert all(code in str(told[1].defect) for code in ("AZ ALA", "AZBAK"))


@pytest.mark.parametrize("written", ["AZ BAK", "az-bak", "АZВАК"], ids=["space", "dash", "Cyrillic letters"])
def test_one_code_written_otherwise_contradicts_nothing(written: str) -> None:
    """A UN/LOCODE is compared as it is stored, AZBAK, and stays as it was written; so is a country."""
    known = {"leg_id": "1", "mode": "rail", "origin": {"name": "Bakı", "country": "AZ", "locode": "AZBAK"},
             "destination": {"name": "B", "country": "BB"}}  # fmt: skip
    row = {"leg_id": "1", "origin": {"name": "Bakı", "country": "az", "locode": written}}
    assert agreeing(given(row), [known], [RAIL], {}) == (given(row), [])


@pytest.mark.parametrize(
    ("zone", "days"),
    [("Asia/Baku", {"2026-12-09"}), (None, {"2026-12-08", "2026-12-09", "2026-12-10"})],
    ids=["a zone is known", "none is known"],
)
def test_days_on_which_a_departure_may_leave(zone: str | None, days: set[str]) -> None:
    """Where a zone is known the day is the local one. Without it the desk has the day of UTC, from which local days
    differ by one at most; a text that is no day is left for the reader.
    """
    known = {"leg_id": "1", "mode": "rail", "start": "2026-12-09", "origin": {"name": "A", "country": "AA"},
             "destination": {"name": "B", "country": "BB"}}  # fmt: skip
    places = {"A": {"zone": zone}} if zone else {}
    asked = [f"2026-12-{day:02d}" for day in range(6, 13)]
    rows = {day: agreeing(given({"leg_id": "1", "start": day}), [known], [RAIL], places) for day in asked}
    assert {day for day, (_, told) in rows.items() if not told} == days
    assert agreeing(given({"leg_id": "1", "start": "soon"}), [known], [RAIL], places)[1] == []


def test_an_id_that_is_no_code_contradicts_nobody() -> None:
    """Places of a dataset of one's own may be called as one likes; a real UN/LOCODE of people stands beside."""
    rows = {one: {"name": one, "country_id": "AZ"} for one in ("D", "AZALA")}
    assert [station(one, rows).get("locode") for one in rows] == [None, "AZALA"]


def rebooked(desk: Desk, shipment_id: str, *legs: Leg, starts_ms: int = MONDAY_MS + 3 * DAY_MS) -> None:
    """The shipment by another way, from its beginning."""

    def work(tx: Tx) -> None:
        train(tx, "T2", starts_ms=starts_ms)
        booking_id = tx.run(shipment.select().filter_by(shipment_id=shipment_id)).one().booking_id
        lines = (price_line(100_000),)
        rebook(tx, booking_id, Way(legs, lines), bears="seller", reason="")

    desk.do(who("ann"), work)


def zoned(desk: Desk, **zones: str) -> None:
    """Puts zones of places into the network in force."""
    files = {"place": ["place_id,name,country_id", *(f"{name},{name},AZ" for name in STOPS)],
             "place_zone": ["place_id,zone", *(f"{name},{zone}" for name, zone in zones.items())]}  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as pack:
        for name, lines in files.items():
            pack.writestr(f"{name}.csv", "\n".join(lines))
    desk.do(who("ann"), lambda tx: tx.run(network.update().values(content=sealed(stream.getvalue()))))


def test_a_train_at_night_leaves_on_its_local_day(desk: Desk, shipment_id: str) -> None:
    """At 21:30 UTC on the 10th it is 01:30 of the 11th in Baku, four hours ahead: that day stands in the papers,
    and who gives it contradicts nothing; who gives the day of UTC is told.
    """
    zoned(desk, A="Asia/Baku")
    at_night_ms = MONDAY_MS + 3 * DAY_MS + 21 * HOUR_MS + HOUR_MS // 2
    rebooked(desk, shipment_id, Leg("rail", "A", "D", "T2", ("ADY",)), starts_ms=at_night_ms)
    assert viewed(desk, shipment_id)["data"]["legs"][0]["start"] == "2026-12-11"
    (leg,) = GIVEN["legs"]
    told = {
        day: issued(desk, shipment_id, {**GIVEN, "legs": [{**leg, "start": f"2026-12-{day}"}]})["contradictions"]
        for day in (11, 10)
    }
    assert told[11] == []
    assert "legs[0].start" in told[10][0]
    assert "2026-12-11" in told[10][0]


def test_papers_follow_a_later_train(desk: Desk, shipment_id: str) -> None:
    """The note names the new train's day and its stations as they were given; the sections of the old course are told
    in it. The instruction waits until the data are given anew, and then nothing is told any more.
    """
    issued(desk, shipment_id)
    rebooked(desk, shipment_id, Leg("rail", "A", "D", "T2", ("ADY",)))
    found = viewed(desk, shipment_id)
    (leg,) = found["data"]["legs"]
    assert (leg["start"], leg["vehicle"]) == ("2026-12-10", "T2")
    assert (leg["origin"], leg["destination"]) == (GENCE, ALAT)
    assert ["legs[0].sections" in one for one in found["contradictions"]] == [True]
    note = next(one for one in found["papers"] if one["name"] == "smgs-1")
    assert "legs[0].sections" in [one["field"] for one in note["warnings"]]
    with pytest.raises(Refused, match="give the data anew"):
        desk.look(who("ann"), lambda tx: papers.instructions(tx, shipment_id))
    assert issued(desk, shipment_id)["version"] == 2
    assert viewed(desk, shipment_id)["contradictions"] == []
    assert desk.look(who("ann"), lambda tx: papers.instructions(tx, shipment_id))["version"] == 2


def test_papers_of_fewer_and_other_legs(desk: Desk, shipment_id: str) -> None:
    """By lorry: no note of the railway, no plan and no payer of a railway that is not on the way, and what was given of
    goods and boxes stays.
    """
    issued(desk, shipment_id)
    rebooked(desk, shipment_id, Leg("road", "A", "D", "", ()))
    found = viewed(desk, shipment_id)
    assert {one["name"] for one in found["papers"]} >= {"cmr-1"}
    assert not {one["name"] for one in found["papers"]} & {"smgs-1", "wagon-list-1"}
    assert (found["data"]["payments"], [one["kind"] for one in found["data"]["attached"]]) == ([], ["invoice"])
    assert [one["number"] for one in found["data"]["containers"]] == [BOX]
    assert found["data"]["wagons"][0]["number"] == WAGON
    assert found["data"]["goods"] == GIVEN["goods"]


def older(connection: sa.Connection) -> None:
    """A desk of schema version 7, in which no issue says for which legs it was given: two bookings, one rebooked."""
    migrate(connection, MONDAY_MS, to=7)

    def put(name: str, columns: str, *rows: tuple[Any, ...]) -> None:
        made = [dict(zip(columns.split(), row, strict=True)) for row in rows]
        connection.execute(METADATA.tables[name].insert(), made)

    ends = "seller_id customer_id"
    put("party", "party_id kind name", ("P1", "partner", "P1"), ("S1", "shipper", "S1"))
    put("network", "network_id name published_ms content", ("N", "n", 0, b""))
    put("person", "person_id party_id login name password_hash active", ("ann", "P1", "ann", "Ann", "", 1))
    put("tariff", "tariff_id party_id valid_from_ms valid_to_ms content", ("T", "P1", 0, 99, "{}"))
    more = ("P1", "S1", "N", "T", 1, 99, "{}")
    quotes = ((name, *more) for name in ("Q1", "Q2", "Q3"))
    put("quote", f"quote_id {ends} network_id tariff_id created_ms valid_to_ms content", *quotes)
    bookings = (("B1", "Q2", "P1", "S1", "COMPLETED", 3, 1), ("B2", "Q3", "P1", "S1", "CONFIRMED", 1, 1))
    put("booking", f"booking_id quote_id {ends} status updates created_ms", *bookings)
    put("shipment", "shipment_id booking_id created_ms", ("S1", "B1", 1), ("S2", "B2", 1))
    told = (
        ("booking/B1", 1, "receive", 5, {"quote_id": "Q1"}),
        ("booking/B1", 2, "rebook", 20, {"hold_id": "", "quote_id": "Q2"}),
        ("booking/B1", 3, "complete", 40, {"reason": 'as he said, "quote_id":"Q1"'}),
        ("booking/B2", 1, "receive", 8, {"quote_id": "Q3"}),
    )
    events = ((stream, f"E{seq}", seq, kind, "ann", at, at, canonical(body)) for stream, seq, kind, at, body in told)
    put("event", "stream event_id seq kind actor happened_ms recorded_ms body", *events)
    issues = (("S1", 1, 10), ("S1", 2, 30), ("S1", 3, 50), ("S2", 1, 30))
    given = ((*issue, "ann", "{}", "{}") for issue in issues)
    put("consignment", "shipment_id version created_ms person_id given content", *given)


def test_issues_of_an_older_desk_belong_to_the_legs_of_their_day(where: str) -> None:
    """The booking's events tell which quote was in force when an issue was made: Q1 until the rebooking at 20, Q2 after
    it. A later event that names no quote changes nothing, nor do other bookings.
    """
    with Store(where) as opened:
        opened.write(older)
        opened.write(lambda connection: migrate(connection, MONDAY_MS))
        asked = sa.select(METADATA.tables["consignment"])
        kept = opened.read(lambda connection: connection.execute(asked).all())
    found = {(row.shipment_id, row.version): row.quote_id for row in kept}
    assert found == {("S1", 1): "Q1", ("S1", 2): "Q2", ("S1", 3): "Q2", ("S2", 1): "Q3"}
