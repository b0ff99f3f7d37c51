"""Departures over HTTP: found by when they leave, seen with cut-offs and room, and made for more days ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from test_api import Api
from test_quoting import world

from desks import DAY_MS, HOUR_MS, MONDAY_MS, TERMS, staffed, train, who
from koridor.operator.api.app import create_app
from koridor.operator.common.desk import Desk
from koridor.operator.network import allotment
from koridor.operator.network.publish import publish

WEEK = {"from_ms": MONDAY_MS, "to_ms": MONDAY_MS + 7 * DAY_MS}
CUTOFF_MS = TERMS["cutoff_h"] * HOUR_MS


@pytest.fixture
def served(desk: Desk) -> Iterator[Api]:
    """A desk with people, terms, a week of departures of a network, and a train beside them."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx), publish(tx, world(), MONDAY_MS, MONDAY_MS + 7 * DAY_MS)))
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


def test_departures_are_found_by_when_they_leave(served: Api) -> None:
    """In the order of leaving, of a service or a place alone where one is named, by pages each once."""
    listed = served.got("cid", "/v1/departures", **WEEK)["departures"]
    moments = [one["starts_ms"] for one in listed]
    assert moments == sorted(moments)
    assert {one["service_id"] for one in listed} > {"S"}
    named = [one["departure_id"] for one in listed if one["service_id"] == "S"]
    for query in ({"service_id": "S"}, {"place_id": "A"}, {"service_id": "S", "state": "open"}):
        found = served.got("cid", "/v1/departures", **WEEK, **query)["departures"]
        assert [one["departure_id"] for one in found] == named == ["T1"]
    assert served.got("cid", "/v1/departures", **WEEK, service_id="S", state="closed")["departures"] == []
    desk = replace(served.desk, policy=replace(served.desk.policy, page_rows_max=2))
    with TestClient(create_app(desk, tend_every_s=3600)) as client:
        short, paged, after = Api(desk, client), [], "-"
        while after is not None:
            page = short.got("cid", "/v1/departures", **WEEK, after=after)
            paged += page["departures"]
            after = page["next"]
    assert paged == listed


def test_a_departure_is_seen_with_cut_offs_and_room(served: Api) -> None:
    """Booking ends six hours before each call by the terms of who asks; a shipper has none. 10 TEU, of which an
    allotment takes 3 from all but its party.
    """
    served.desk.do(who("cid"), lambda tx: allotment.allot(tx, "T1", "teu", "P2", 12, MONDAY_MS + DAY_MS))
    seen = {name: served.got(name, "/v1/departures/T1") for name in ("cid", "eve", "gus")}
    assert [call["cutoff_ms"] for call in seen["cid"]["calls"]] == [
        *(MONDAY_MS + day * DAY_MS - CUTOFF_MS for day in (1, 2, 3)),
        None,
    ]
    assert [call["cutoff_ms"] for call in seen["gus"]["calls"]] == [None] * 4
    assert seen["cid"]["cutoff_ms"] == MONDAY_MS + DAY_MS - CUTOFF_MS
    room = {name: [call["free"] for call in one["calls"]] for name, one in seen.items()}
    assert room == dict.fromkeys(seen, [{"teu": "7"}] * 3 + [{}])
    assert served.ask("cid", "GET", "/v1/departures/T9").status_code == 404


def test_departures_for_more_days(served: Api) -> None:
    """The second week is added once, however often it is asked for; a resource beyond the dataset comes by capacity;
    what is no service, or is told twice, changes nothing.
    """
    before = served.got("leo", "/v1/departures", from_ms=0, to_ms=MONDAY_MS + 99 * DAY_MS)["departures"]
    plug = {"service_id": "SH", "resource": "reefer_plug", "quantity": "4"}
    for wrong in ([plug, plug], [{**plug, "service_id": "NO"}]):
        assert served.ask("leo", "POST", "/v1/departures", {"days": 14, "capacity": wrong}).status_code == 422
    made = served.made("leo", "/v1/departures", {"days": 14, "capacity": [plug]})
    after = served.got("leo", "/v1/departures", from_ms=0, to_ms=MONDAY_MS + 99 * DAY_MS)["departures"]
    assert (made["added"], made["to_ms"]) == (len(after) - len(before), MONDAY_MS + 14 * DAY_MS)
    assert made["added"] > 0
    new = [one for one in after if one not in before and one["service_id"] == "SH"]
    assert served.got("leo", f"/v1/departures/{new[0]['departure_id']}")["calls"][0]["free"]["reefer_plug"] == "4"
    assert served.made("leo", "/v1/departures", {"days": 14})["added"] == 0
    assert served.ask("cid", "POST", "/v1/departures", {"days": 14}).status_code == 403
