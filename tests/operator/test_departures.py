"""Departures over HTTP: found by when they leave, seen with cut-offs and room, and made for more days ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from test_api import Api
from test_quoting import wider_world, world

from desks import DAY_MS, HOUR_MS, MONDAY_MS, TERMS, at_once, staffed, train, who
from koridor.cli.main import main
from koridor.data.dataset import Dataset
from koridor.operator.api.app import create_app
from koridor.operator.common import policy
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.db.store import Store
from koridor.operator.db.tables import capacity, network
from koridor.operator.network import allotment
from koridor.operator.network import hold as holds
from koridor.operator.network import publish as publishing
from koridor.operator.network.capacity import Want
from koridor.operator.network.publish import publish
from koridor.operator.quoting.networks import Networks

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


def test_each_partner_sees_its_own_allotment(served: Api) -> None:
    """Of 10 TEU, 3 are allotted to P1 and 4 to P2 and 3 are free: each sees the most that one of its bookings could
    take, its own or the free ones; a shipper sees the free ones alone. Listed and offered are the same to all.
    """

    def work(tx: Tx) -> None:
        for party_id, parts in (("P1", 12), ("P2", 16)):
            allotment.allot(tx, "T1", "teu", party_id, parts, MONDAY_MS + DAY_MS)

    served.desk.do(who("ann"), work)
    ride = {"from_place": "A", "to_place": "D", **WEEK}
    for name, teu in (("cid", "3"), ("eve", "4"), ("gus", "3")):
        calls = served.got(name, "/v1/departures/T1")["calls"]
        assert [call["free"] for call in calls] == [{"teu": teu}] * 3 + [{}]
        (offered,) = served.got(name, "/v1/offers", **ride)["offers"]
        assert (offered["departure_id"], offered["free"]) == ("T1", {"teu": teu})
    listed = {name: served.got(name, "/v1/departures", **WEEK)["departures"] for name in ("cid", "eve")}
    assert [one["departure_id"] for one in listed["eve"]] == [one["departure_id"] for one in listed["cid"]]


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_a_departure_that_takes_nothing_has_nothing_free(served: Api, state: str) -> None:
    """Its state is shown and 0 on every hop of its 10 TEU, also where a hold of 2 has expired; it is not offered."""
    wants = [Want("T1", 1, "teu", 8)]
    served.desk.do(who("ann"), lambda tx: holds.place(tx, "S1", "P1", wants, MONDAY_MS + 1))
    served.desk.clock.now_ms += 2
    served.made("cid", "/v1/departures/T1/states", {"state": state, "note": "flood"})
    seen = served.got("eve", "/v1/departures/T1")
    assert seen["state"] == state
    assert [call["free"] for call in seen["calls"]] == [{"teu": "0"}] * 3 + [{}]
    (listed,) = served.got("eve", "/v1/departures", **WEEK, service_id="S")["departures"]
    assert listed["state"] == state
    assert served.got("eve", "/v1/offers", from_place="A", to_place="D", **WEEK)["offers"] == []


def test_departures_at_the_end_of_a_span(served: Api) -> None:
    """A departure that leaves at exactly the end of the days for which departures are made is not among them, and comes
    with the next days, once: TR leaves once a week, on Monday at midnight. It is listed by a span that ends with it and
    by one that begins with it.
    """
    end_ms = MONDAY_MS + 7 * DAY_MS

    def leaving(from_ms: int, to_ms: int) -> list[str]:
        span = {"from_ms": from_ms, "to_ms": to_ms, "service_id": "TR"}
        return [one["departure_id"] for one in served.got("cid", "/v1/departures", **span)["departures"]]

    served.made("leo", "/v1/departures", {"days": 7})
    assert leaving(end_ms, end_ms) == []
    for days in (8, 14):
        served.made("leo", "/v1/departures", {"days": days})
        assert leaving(end_ms, end_ms) == ["TR.B.20261214T0000", "TR.F.20261214T0000"]
    assert leaving(end_ms - DAY_MS, end_ms) == leaving(end_ms, end_ms + DAY_MS) == leaving(end_ms, end_ms)


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


CAPACITY = [
    {"service_id": "SH", "resource": name, "amount": amount}
    for name, amount in (("reefer_plug", 3), ("wagon", 5), ("dangerous_teu", 7), ("t", 12.5), ("teu", 1.5))
]


def first_room(served: Api, service_id: str, days: int) -> dict[str, str]:
    """What is free on the first hop of the last departure of a service within so many days."""
    span = {"from_ms": MONDAY_MS, "to_ms": MONDAY_MS + days * DAY_MS, "service_id": service_id}
    last = served.got("leo", "/v1/departures", **span)["departures"][-1]
    return served.got("leo", f"/v1/departures/{last['departure_id']}")["calls"][0]["free"]


def test_departures_have_what_the_dataset_says(served: Api) -> None:
    """`service_capacity` counts without any file: three sockets, five wagons, 12.5 t; 1.5 TEU, less than the 2 of the
    service; and 7 TEU of dangerous goods are three units, as each may be a 45' box of 2.25 TEU.
    """
    served.desk.clock.now_ms += 1
    served.desk.do(
        who("ann"), lambda tx: publish(tx, wider_world(service_capacity=CAPACITY), MONDAY_MS, MONDAY_MS + DAY_MS)
    )
    served.made("leo", "/v1/departures", {"days": 14})
    assert first_room(served, "SH", 14) == {
        "teu": "1.5", "reefer_plug": "3", "wagon_slot": "5", "dg_quota": "3", "tonnes": "12.5"
    }  # fmt: skip
    assert first_room(served, "TR", 14) == {"teu": "2"}


def test_capacities_told_once_hold_on(served: Api) -> None:
    """Sockets told for two weeks are there in the third, for which none are told; told anew, the new number counts and
    the wagons told before stay.
    """
    told = [{"service_id": "SH", "resource": name, "quantity": "4"} for name in ("reefer_plug", "wagon_slot")]
    served.made("leo", "/v1/departures", {"days": 14, "capacity": told})
    served.made("leo", "/v1/departures", {"days": 21})
    assert first_room(served, "SH", 21) == {"teu": "2", "reefer_plug": "4", "wagon_slot": "4"}
    served.made("leo", "/v1/departures", {"days": 28, "capacity": [{**told[0], "quantity": "6"}]})
    assert first_room(served, "SH", 28) == {"teu": "2", "reefer_plug": "6", "wagon_slot": "4"}


def remembers(served: Api, networks: Networks) -> None:
    """Gives a service other networks in memory than it has."""
    served.client.app.app.state.networks = networks


class Overtaken(Networks):
    """Networks during whose reading another version is put in force, once."""

    def dataset(self, desk: Desk, network_id: str, *, wait_s: float = 60.0) -> Dataset:
        """As the others."""
        found = super().dataset(desk, network_id, wait_s=wait_s)
        desk.clock.now_ms += 1
        desk.do(who("ann"), lambda tx: publish(tx, world(7.0), MONDAY_MS, MONDAY_MS + DAY_MS))
        return found


def test_who_is_overtaken_asks_again_under_the_key(served: Api) -> None:
    """Another version comes in force while departures are made: 503 with a moment to wait, and nothing is kept under
    the key, so that it then gives departures of the new version, of 7 TEU.
    """
    remembers(served, Overtaken())
    told = served.ask("leo", "POST", "/v1/departures", {"days": 14}, key="again")
    assert (told.status_code, told.headers["Retry-After"]) == (503, "1")
    remembers(served, Networks())
    made = served.made("leo", "/v1/departures", {"days": 14}, key="again")
    assert (made["network_id"], made["added"] > 0) == (world(7.0).hash, True)
    assert first_room(served, "SH", 14) == {"teu": "7"}


class Together(Networks):
    """Networks that are read by two at the same moment: each has looked at what was told before the other tells."""

    def __init__(self) -> None:
        super().__init__()
        self.both = threading.Barrier(2, timeout=30)

    def dataset(self, desk: Desk, network_id: str, *, wait_s: float = 60.0) -> Dataset:
        """As the others."""
        found = super().dataset(desk, network_id, wait_s=wait_s)
        with suppress(threading.BrokenBarrierError):  # who asks again is alone
            self.both.wait()
        return found


@pytest.mark.parametrize("days", [7, 14], ids=["none new", "new ones"])
def test_of_two_at_once_one_asks_again(served: Api, days: int) -> None:
    """One tells of sockets, one of wagons, each having seen that nothing was told: the quicker one is done, the other
    has 503, also where both add the same departures, and is done when it asks again under its key. Then both hold on.
    """
    together = Together()
    remembers(served, together)
    bodies = [
        {"days": days, "capacity": [{"service_id": "SH", "resource": name, "quantity": "4"}]}
        for name in ("reefer_plug", "wagon_slot")
    ]
    asked = [partial(served.ask, "leo", "POST", "/v1/departures", one, key=f"k{at}") for at, one in enumerate(bodies)]
    told = at_once(asked)
    assert sorted(one.status_code for one in told) == [201, 503], [one.text for one in told]
    together.both.abort()
    slower = next(ask for ask, one in zip(asked, told, strict=True) if one.status_code == 503)
    assert slower().status_code == 201
    served.made("leo", "/v1/departures", {"days": 21})
    assert first_room(served, "SH", 21) == {"teu": "2", "reefer_plug": "4", "wagon_slot": "4"}


def test_the_command_adds_to_what_is_told_meanwhile(
    store: Store, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While `koridor operator publish` packs the dataset, sockets are told: its wagons count beside them, and the
    departures that it makes have both.
    """
    desk = Desk(store, policy.load())
    data, plan = tmp_path / "data", tmp_path / "plan.csv"
    world().write(data)
    plan.write_text("service_id,resource,quantity\nSH,wagon_slot,5\n", encoding="utf-8")

    packed = publishing.packed

    def overtaken(dataset: Dataset) -> bytes:
        monkeypatch.setattr(publishing, "packed", packed)
        desk.do(SYSTEM, lambda tx: publish(tx, world(), 0, 1, {("SH", "reefer_plug"): "4"}))
        return packed(dataset)

    monkeypatch.setattr(publishing, "packed", overtaken)
    assert (
        main(["operator", "publish", "--db", where, "--data", str(data), "--days", "7", "--capacity", str(plan)]) == 0
    )
    told = desk.look(SYSTEM, lambda tx: publishing.plan_of(tx, world().hash))
    assert told == {("SH", "reefer_plug"): "4", ("SH", "wagon_slot"): "5"}
    asked = sa.select(capacity.c.resource).where(capacity.c.departure_id.startswith("SH."))
    assert set(desk.look(SYSTEM, lambda tx: tx.run(asked).scalars().all())) == {"teu", "reefer_plug", "wagon_slot"}


@pytest.mark.parametrize(
    ("name", "path", "body", "other"),
    [
        ("leo", "/v1/departures", {"days": 14}, {"days": 15}),
        ("cid", "/v1/incidents", {"title": "flood", "kind": "weather", "source": "radio", "from_ms": MONDAY_MS,
                                  "closures": [{"of": "link", "row": "PQ"}]}, {"title": "ice"}),
        ("ann", "/v1/enquiries", {"from_place": "P", "to_place": "S", "cargo": "20DC", "ready_ms": MONDAY_MS,
                                  "customer_id": "S1"}, {"to_place": "R"}),
    ],
    ids=["departures", "incidents", "enquiries"],
)  # fmt: skip
def test_what_is_answered_is_not_worked_out_again(
    served: Api, name: str, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    """A request told again reads no network: it gets the same answer, though the network is damaged meanwhile, which a
    new request to a service that has nothing in memory is told. Another body under the key is refused as before.
    """
    made = served.made(name, path, body, key="first")
    served.desk.do(who("ann"), lambda tx: tx.run(network.update().values(content=b"")))
    remembers(served, Networks())
    assert served.made(name, path, body, key="first") == made
    assert served.ask(name, "POST", path, body).json()["code"] == "network_damaged"
    assert served.ask(name, "POST", path, {**body, **other}, key="first").json()["code"] == "key_reused"


def test_incidents_and_departures_read_the_network_once(served: Api) -> None:
    """What a service has in memory it does not read again: the network is damaged where it is kept, and still both are
    told and made.
    """
    body = {"title": "flood", "kind": "weather", "source": "radio", "from_ms": MONDAY_MS}
    body["closures"] = [{"of": "link", "row": "PQ"}]
    served.made("cid", "/v1/incidents", body)
    served.desk.do(who("ann"), lambda tx: tx.run(network.update().values(content=b"")))
    served.made("cid", "/v1/incidents", body)
    assert served.made("leo", "/v1/departures", {"days": 14})["added"] > 0
