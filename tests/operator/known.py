"""A desk with a little of everything, and values that mean something to it, by the names of fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient
from test_api import QUOTE, TARIFF, Api, booked, confirmed
from test_clocks import PATTERN
from test_equipment import box
from test_equipment_api import built
from test_messages_in import event as message
from test_messages_in import on
from test_quoting import OFFERED, world
from test_shipment_papers import GIVEN

from desks import DAY_MS, HOUR_MS, MONDAY_MS, staffed, train, who
from koridor.operator.api.app import create_app
from koridor.operator.booking import terms
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.db.tables import METADATA, event, party, stop
from koridor.operator.network.publish import publish
from koridor.operator.people import accounts

EXCHANGED = 0.5  # share of values for which others are taken that the desk knows
COLUMNS = {
    **dict.fromkeys(("customer_id", "seller_id", "earner_id", "payee_id", "owner_id"), party.c.party_id),
    **dict.fromkeys(("carrier_id", "depot_id", "other_id", "to_id"), party.c.party_id),
    **dict.fromkeys(("place_id", "from_place", "to_place", "rolled_to"), stop.c.place_id),
    "event_id": event.c.event_id,
}
WORDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("currency", "base", "quoted"), ("USD", "EUR")),
    **dict.fromkeys(("mode", "modes"), ("rail", "sea")),
    **dict.fromkeys(("accepted", "arrived", "noticed"), ("2026-11-01", "2026-11-24", "2026-12-07")),
    "action": ("cancel", "confirm", "file", "agree", "assign"),
    "cargo": ("20DC", "2x20DC"),
    "closures": ([{"of": "link", "row": "PQ"}], [{"of": "service", "row": "SH", "longer_h": 9}]),
    "content": (
        TARIFF["content"],
        {"to": "partner", "party_id": "P2", "currency": "USD", "amount_minor": 1},
        {"other_id": "P2", "key": {"kind": "leg", "weights": {}}, "valid_from_ms": 0},
        {"of": "tariff", "id": "TP1", "at_ms": MONDAY_MS + DAY_MS},
    ),
    "contract": (PATTERN,),
    "data": (GIVEN,),
    "edits": ([{"table": "link", "key": "PQ", "field": "speed_kmh", "op": "scale", "value": "0.5"}],),
    "kinds": (["booking"], ["shipment", "plan"]),
    "legs": (QUOTE["legs"],),
    "lines": (QUOTE["lines"], [{"ref": "B0", "note": "", "amount_minor": 5}]),
    "moves": ([1], [2]),
    "month": ("2026-11", "2026-12"),
    "number": (box(1).number, box(2).number),
    "numbers": ([box(1).number],),
    "paper": ("smgs-1", "checklist"),
    "quantities": ({"teu": "1"}, {"42G1": 1}),
    "quantity": ("1", "2"),
    "railway": ("BCh",),
    "reference": ("R 1",),
    "resource": ("teu",),
    "role": ("sales", "shipper"),
    "row": ("PQ", "RS", "TR", "SH"),
    "scope": ("booking.read",),
    "terms": (OFFERED,),
    "text": (json.dumps([message("a", "LOAD", 1)]), json.dumps([message("b", "DEPA", 2, box=None, **on("T1"))])),
    "type_code": ("42G1", "22G1"),
    "url": ("https://partner.example/",),
    "way": ("W1", "W2"),
}
ODD = (None, True, -1, 0, 1.5, 10**30, "", "x", "\x00", [], [1], [[]], {}, {"x": 1}, [{}])
SPOILED = 0.5  # share of known lists and objects in which an odd value stands somewhere
KEYS = {
    table.primary_key.columns[0].name: table.primary_key.columns[0]
    for table in METADATA.sorted_tables
    if len(table.primary_key.columns) == 1
}
MOMENTS = tuple(MONDAY_MS + hours * HOUR_MS for hours in (-1, 0, 1, 30, 24 * 9))


def prepare(desk: Desk) -> None:
    """A little of everything: people, trains, a network, an enquiry, bookings, a pool and its boxes, and money."""

    def work(tx: Tx) -> None:
        staffed(tx)
        accounts.add_party(tx, "D1", "terminal", "D1")
        train(tx)
        train(tx, "T2", starts_ms=MONDAY_MS + 4 * DAY_MS)
        publish(tx, world(), MONDAY_MS, MONDAY_MS + 14 * DAY_MS)
        terms.publish(tx, "P1", OFFERED, MONDAY_MS - HOUR_MS, MONDAY_MS + 60 * DAY_MS)

    desk.do(who("ann"), work)
    with TestClient(create_app(desk, tend_every_s=3600, deliver_every_s=3600)) as client:
        api = Api(desk, client)
        sold = confirmed(api)
        booked(api)
        api.made("ann", "/v1/quotes", {**QUOTE, "valid_h": 5})
        told = {"event_id": "e1", "kind": "LOAD", "happened_ms": MONDAY_MS, "place_id": "A", "body": {}}
        api.made("cid", f"/v1/shipments/{sold['shipment_id']}/events", told)
        api.made("bob", f"/v1/bookings/{sold['booking_id']}/bills")
        api.made("bob", "/v1/proposals", TARIFF)
        asked = {"customer_id": "S1", "from_place": "P", "to_place": "S", "cargo": "20DC", "ready_ms": MONDAY_MS}
        api.made("ann", "/v1/enquiries", asked)
        built(api)
        given = api.ask("ann", "PUT", f"/v1/shipments/{sold['shipment_id']}/consignment", {"data": GIVEN})
        assert given.status_code == 201, given.text
        api.made("cid", "/v1/webhooks", {"url": "https://partner.example/", "kinds": ["shipment"]})


@dataclass(slots=True)
class Known:
    """Values that mean something to the desk, by the name of a field."""

    desk: Desk
    read: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def exchanged(self, value: Any, random: Random, name: str = "") -> Any:
        """A value in which some parts are exchanged for known ones of the same type."""
        others = [one for one in self.of(name) if type(one) is type(value)]
        if others and random.random() < EXCHANGED:
            other = random.choice(others)
            plain = isinstance(other, str | int) or random.random() >= SPOILED
            return other if plain else spoiled(other, random)
        if isinstance(value, dict):
            return {key: self.exchanged(inner, random, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.exchanged(inner, random, name.removesuffix("s")) for inner in value]
        return value

    def of(self, name: str) -> tuple[Any, ...]:
        """Known values of a name, maybe none."""
        if name not in self.read:
            self.read[name] = tuple(self._of(name))
        return self.read[name]

    def _of(self, name: str) -> Iterator[Any]:
        if name.endswith("_ms"):
            yield from MOMENTS
        yield from WORDS.get(name, ())
        column = COLUMNS.get(name, KEYS.get(name))
        if column is not None:
            asked = sa.select(column).distinct().order_by(column)
            yield from self.desk.store.read(lambda connection: connection.execute(asked).scalars().all())


def spoiled(whole: Any, random: Random) -> Any:
    """A copy of plain data with something odd in the place of one part."""
    if not isinstance(whole, dict | list) or not whole:
        return random.choice(ODD)
    at = random.choice(list(whole) if isinstance(whole, dict) else range(len(whole)))
    copied = whole.copy()
    copied[at] = random.choice(ODD) if random.random() < SPOILED else spoiled(whole[at], random)
    return copied
