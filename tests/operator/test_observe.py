"""What the desk observed comes back to the planners as tables and a patch that their studies take."""

from __future__ import annotations

import csv
import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from test_disruption import world
from test_operator_commands import typed

import koridor
from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, price_line, staffed, who
from koridor.cli.main import main
from koridor.model.scenario import Scenario, read_patch_file
from koridor.operator.booking import book, quote, shipments
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.db.tables import departure, shipment, stop
from koridor.operator.disruption import incidents
from koridor.operator.network.publish import publish
from koridor.operator.track import learned
from koridor.operator.track.course import HOP, STAY, Observed
from koridor.operator.track.observe import EDIT_FIELDS, FLOW_FIELDS, TIME_FIELDS, Observations, observe

H = HOUR_MS


def time(kind: str, start: str, end: str, from_h: float, to_h: float, **more: Any) -> Observed:
    """A time that was observed, by rail unless it says otherwise."""
    return Observed(kind, start, end, more.pop("mode", "rail"), round(from_h * H), round(to_h * H), **more)


BORDER = {"from_place": "A", "to_place": "B", "mode": "rail", "two_way": "yes", "status": "open"}
TABLES: dict[str, dict[str, dict[str, str]]] = {
    "service": {"S": {"transit_h": "100"}},
    "border": {"B1": {**BORDER, "time_h": "6"}, "B2": {**BORDER, "time_h": "2"}},
    "transfer": {
        "T1": {"place_id": "C", "from_carriage": "rail1520", "to_carriage": "road", "status": "open"},
        "T2": {"place_id": "D", "from_carriage": "rail1520", "to_carriage": "road", "status": "open"},
        "T3": {"place_id": "D", "from_carriage": "rail1435", "to_carriage": "road", "status": "open"},
    },
    "link": {
        "L1": {"from_place": "B", "to_place": "A", "mode": "rail", "length_km": "40", "speed_kmh": "20"},
        "L2": {"from_place": "C", "to_place": "E", "mode": "road", "length_km": "100", "speed_kmh": "50"},
    },
}


def edits(*journeys: list[Observed]) -> dict[tuple[str, str, str], float]:
    """What a patch sets, by table, key and field."""
    return {(one.table, one.key, one.field): float(one.value) for one in learned.patch(journeys, TABLES).edits}


def test_a_service_by_hand() -> None:
    """Planned 50 of its 100 hours; it took 50, 60 and 70: 120 h on the mean, and 104 and 136 at the tenths."""
    found = edits(*([time(HOP, "X", "Y", 0, took, service_id="S", planned_h=50.0)] for took in (50, 60, 70)))
    assert found == {
        ("service", "S", "transit_h"): 120.0,
        ("service", "S", "transit_low_h"): 104.0,
        ("service", "S", "transit_high_h"): 136.0,
    }


def test_a_border_by_hand() -> None:
    """Stay 10 and passage 4, of which 40 km at 20 km/h are running: 12 h at the border, of which B1 keeps 6 of 8 parts.
    The way back counts for rows of both ways. The link beneath a border is not edited too.
    """
    there = [time(STAY, "A", "A", 0, 10, mode_before="rail"), time(HOP, "A", "B", 10, 14)]
    back = [time(STAY, "B", "B", 0, 10, mode_before="rail"), time(HOP, "B", "A", 10, 14)]
    found = edits(there, back, there)
    assert {key[1]: value for key, value in found.items() if key[2] == "time_h"} == {"B1": 9.0, "B2": 3.0}
    assert {key[0] for key in found} == {"border"}


def test_a_transfer_and_a_link_by_hand() -> None:
    """8 h from rail to road in C, 3 h on L2. In D two transfers could be meant, and neither is edited; nor is anything
    that two journeys alone have seen.
    """
    one = [time(STAY, place, place, 0, 8, mode="road", mode_before="rail") for place in ("C", "D")]
    one.append(time(HOP, "C", "E", 8, 11, mode="road"))
    found = edits(one, one, one)
    assert (found["transfer", "T1", "time_h"], found["link", "L2", "time_h"]) == (8.0, 3.0)
    assert {key[:2] for key in found} == {("transfer", "T1"), ("link", "L2")}
    assert edits(one, one) == {}


SERVICE, OVER = "S016", ("KZAAU", "AZALA")
BORDER_ID, CROSSING = "B030", ("RU-TKZ", "AZ-SRV")


def shipped(tx: Tx, leg: Leg, times: list[tuple[str, str, int]], at: int) -> str:
    """A shipment over a leg of which events were told: kind, place, moment."""
    made = quote.make(tx, Offer("S1", (leg,), {"teu": 8}, (price_line(100_000 + at),), {"p50_h": 60, "p90_h": 90}))
    booking_id = book.receive(tx, made.quote_id)
    book.confirm(tx, booking_id)
    shipment_id = str(tx.run(shipment.select().filter_by(booking_id=booking_id)).one().shipment_id)
    for kind, place, moment in times:
        body = {"place_id": place}
        shipments.tell(tx, shipment_id, kind, body, event_id=f"{kind}{place}", happened_ms=moment)
    return shipment_id


def busy(desk: Desk) -> None:
    """The atlas in force; three boxes that took 1.5 times as long over the Caspian, three that stood at the border."""
    desk.do(SYSTEM, lambda tx: (staffed(tx), publish(tx, koridor.load_atlas(), MONDAY_MS, MONDAY_MS + 30 * DAY_MS)))

    def work(tx: Tx) -> None:
        sails = sa.select(departure.c.departure_id).where(
            departure.c.service_id == SERVICE, departure.c.direction == "forward",
            departure.c.starts_ms > MONDAY_MS + 2 * DAY_MS,
        )  # fmt: skip
        for at, name in enumerate(tx.run(sails.order_by(departure.c.starts_ms).limit(3)).scalars().all()):
            rows = tx.run(sa.select(stop).filter_by(departure_id=name)).all()
            calls = {row.place_id: row.at_ms for row in rows}
            left, there = (calls[place] for place in OVER)
            sea = [("DEPA", OVER[0], left), ("ARRI", OVER[1], left + (there - left) * 3 // 2)]
            shipped(tx, Leg("sea", *OVER, name, ()), sea, at)
            start = MONDAY_MS + at * DAY_MS
            lorry = [("DEPA", CROSSING[0], start), ("ARRI", CROSSING[1], start + (30 + at) * H)]
            shipped(tx, Leg("road", *CROSSING, "", ()), lorry, at)

    desk.do(who("ann"), work)


def test_the_desk_tells_its_own(desk: Desk) -> None:
    """Times, flows and a patch of the atlas: the ship took 1.5 times the transit that was planned. S1's carrier and P2,
    who takes no part, observe nothing (P9).
    """
    busy(desk)
    found: Observations = desk.look(who("ann"), lambda tx: observe(tx, party_id="P1"))
    assert desk.look(SYSTEM, observe) == found
    for party_id in ("P2", "S1", "C1"):
        assert desk.look(SYSTEM, lambda tx, p=party_id: observe(tx, party_id=p)).times == []
    atlas = koridor.load_atlas()
    transit = atlas.table("service").set_index("service_id").loc[SERVICE, "transit_h"]
    rows = {(one["from_place"], one["to_place"]): one for one in found.times}
    assert (rows[OVER]["n"], rows[OVER]["p50_h"]) == (3, pytest.approx(1.5 * transit, abs=0.01))
    (sea,) = [one for one in found.flows if one["service_id"] == SERVICE]
    assert (sea["month"], sea["shipments"], sea["teu"], sea["source"]) == ("2026-12", 3, "6", "desk until 2026-12-07")
    scenario = Scenario(atlas, (found.patch,))
    assert scenario.table("service").set_index("service_id").loc[SERVICE, "transit_h"] == pytest.approx(1.5 * transit)
    border = scenario.table("border").set_index("border_id").loc[BORDER_ID]
    low, mean, high = (border[name] for name in ("time_low_h", "time_h", "time_high_h"))
    assert 0 < low < mean < high <= 32
    assert scenario.hash != atlas.hash


def routed(*words: str) -> dict[str, Any]:
    """What `koridor route` says of the way over the border."""
    out = StringIO()
    with redirect_stdout(out):
        assert main(["route", *CROSSING, "--modes", "road", "--least", "time", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_planning_side_takes_it(desk: Desk, where: str, tmp_path: Path) -> None:
    """By two commands: `observe` writes a patch, and with it `route` takes longer over the border.

    Ten hours were in the atlas, about thirty were seen: the quickest way is at least five longer, whichever it is.
    """
    busy(desk)
    said = typed("observe", "--db", where, "--out", str(tmp_path / "out"))
    assert "edits" in said
    for name, fields in (("times.csv", TIME_FIELDS), ("flows.csv", FLOW_FIELDS), ("observed.csv", EDIT_FIELDS)):
        head, *rows = (tmp_path / "out" / name).read_text(encoding="utf-8").splitlines()
        assert head == ",".join(fields)
        assert rows
    file = tmp_path / "out" / "observed.csv"
    (patch,) = read_patch_file(file)
    assert patch.patch_id == learned.PATCH_ID
    before, after = routed(), routed("--patch", str(file))
    assert hours(after) > hours(before) + 5


def ridden(desk: Desk, hours: tuple[int, ...]) -> None:
    """The small world in force, and boxes that took so many hours by its ship from B to D."""
    desk.do(SYSTEM, lambda tx: (staffed(tx), publish(tx, world(), MONDAY_MS, MONDAY_MS + 7 * DAY_MS)))

    def work(tx: Tx) -> None:
        asked = sa.select(departure).where(departure.c.service_id == "M", departure.c.direction == "forward")
        for at, row in enumerate(tx.run(asked.order_by(departure.c.starts_ms).offset(1).limit(len(hours))).all()):
            events = [("DEPA", "B", row.starts_ms), ("ARRI", "D", row.starts_ms + hours[at] * H)]
            shipped(tx, Leg("sea", "B", "D", row.departure_id, ()), events, at)

    desk.do(who("ann"), work)


def drops(*rows: tuple[str, str]) -> list[dict[str, str]]:
    """Edits that drop rows, by table and key."""
    return [{"table": table, "key": key, "field": "", "op": "drop", "value": ""} for table, key in rows]


@pytest.mark.parametrize(
    ("closures", "edited", "transit_h"),
    [
        ([{"of": "service", "row": "M", "longer_h": 12}], [], {"S": 72.0, "M": 60.0}),
        (
            [],
            [{"table": "service", "key": "*", "field": "transit_h", "op": "scale", "value": "2"}],
            {"S": 144, "M": 96},
        ),
        ([], drops(("service", "M"), ("service_stop", "M")), {"S": 72.0}),
        ([{"of": "service", "row": "S", "longer_h": 12}], [], {"S": 84.0, "M": 240.0}),
    ],
    ids=["longer", "all twice as long", "dropped", "another"],
)
def test_what_was_learned_contradicts_no_incident(
    desk: Desk, closures: list[dict[str, Any]], edited: list[dict[str, str]], transit_h: dict[str, float]
) -> None:
    """Three ships took 236, 240 and 244 of the 48 hours that were planned: 243.2 h at the ninth tenth, less than 240
    and 12. An incident at the ship is by the 48 hours of the dataset; one at the train leaves 240 learned.
    """
    ridden(desk, (236, 240, 244))
    head = {"title": "Low water", "kind": "service", "source": "line", "from_ms": MONDAY_MS - H, "to_ms": None}
    told = incidents.read(world(), {**head, "closures": closures, "edits": edited})
    desk.do(who("cid"), lambda tx: incidents.tell(tx, told))
    found: Observations = desk.look(SYSTEM, observe)
    services = Scenario(world(), found.patches).table("service").set_index("service_id")
    assert services["transit_h"].to_dict() == pytest.approx(transit_h)


def slowed(desk: Desk, from_ms: int, to_ms: int | None = None, *, longer_h: int = 0) -> str:
    """Id of an incident at the link under the border of the small world: shut, or so many hours longer."""
    closures = [{"of": "link", "row": "LBC", "longer_h": longer_h}]
    words = {"title": "Shut", "kind": "border", "source": "radio", "from_ms": from_ms, "to_ms": to_ms}
    told = incidents.read(world(), {**words, "closures": closures, "edits": []})
    return desk.do(who("cid"), lambda tx: incidents.tell(tx, told))


def test_the_planning_side_sees_a_border_that_is_shut_now(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    """100 km at 50 km/h are 2 h; of 5 h and then 10 h more, those told to begin last hold: 12 h. Shut until Wednesday
    besides, it is closed until then and no longer; what begins tomorrow is no part of it.
    """
    desk.do(SYSTEM, lambda tx: (staffed(tx), publish(tx, world(), MONDAY_MS, MONDAY_MS + DAY_MS)))
    slower = [slowed(desk, MONDAY_MS - 2 * H, longer_h=5), slowed(desk, MONDAY_MS - H, longer_h=10)]
    closed = slowed(desk, MONDAY_MS - H, MONDAY_MS + 2 * DAY_MS)
    slowed(desk, MONDAY_MS + DAY_MS, longer_h=50)
    found: Observations = desk.look(SYSTEM, observe)
    assert {one["patch_id"]: one["to_ms"] for one in found.incidents} == {
        **dict.fromkeys(slower, None),
        closed: MONDAY_MS + 2 * DAY_MS,
    }
    file = tmp_path / "observed.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, EDIT_FIELDS)
        writer.writeheader()
        writer.writerows(found.edits)
    link = Scenario(world(), tuple(read_patch_file(file))).table("link").set_index("link_id").loc["LBC"]
    assert (link["status"], link["time_h"]) == ("closed", 12.0)
    clock.now_ms = MONDAY_MS + 2 * DAY_MS
    assert closed not in {one["patch_id"] for one in desk.look(SYSTEM, observe).incidents}


def hours(found: dict[str, Any]) -> float:
    """Hours of the way that was told."""
    return sum(float(row["time_h"]) for row in found["tables"]["stretches"])
