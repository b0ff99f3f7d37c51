"""What tests of the operator share: a clock that stands, people, and a train from A over B and C to D."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common.actor import Actor
from koridor.operator.common.canonical import canonical, hash_of
from koridor.operator.common.desk import Tx
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import (
    capacity,
    departure,
    hold,
    hold_line,
    network,
    party,
    person,
    person_role,
    split,
    stop,
    tariff,
)
from koridor.operator.money.price import PriceLine
from koridor.operator.network.publish import FREE, sealed
from koridor.operator.people import access

MONDAY_MS = 1_796_601_600_000  # 2026-12-07 00:00 UTC
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
STOPS = "ABCD"
NO_FILES = sealed(b"PK\5\6" + bytes(18))  # a zip that holds nothing
LINES = Fixed(sa.select(hold.c.state, hold_line).join(hold_line, hold_line.c.hold_id == hold.c.hold_id))
DESK = Actor("desk", "P1", frozenset({"sales"}))


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_ms = MONDAY_MS

    def __call__(self) -> int:
        return self.now_ms


def parties(tx: Tx) -> None:
    """Two partners, a carrier and two shippers."""
    kinds = {"P1": "partner", "P2": "partner", "C1": "carrier", "S1": "shipper", "S2": "shipper"}
    tx.add(party, *({"party_id": name, "kind": kind, "name": name} for name, kind in kinds.items()))


def train(tx: Tx, name: str = "T1", caps: Mapping[str, int] | None = None, starts_ms: int = MONDAY_MS + DAY_MS) -> None:
    """A departure that calls at A, B, C and D, a day apart, with the same capacity (in parts) on every hop."""
    if not tx.run(sa.select(network.c.network_id)).first():
        tx.add(network, {"network_id": "N", "name": "n", "published_ms": 0, "content": NO_FILES})
    head = {"departure_id": name, "network_id": "N", "service_id": "S", "direction": "forward"}
    tx.add(departure, dict(**head, starts_ms=starts_ms, status="open"))
    for seq, place in enumerate(STOPS, start=1):
        tx.add(stop, {"departure_id": name, "seq": seq, "place_id": place, "at_ms": starts_ms + (seq - 1) * DAY_MS})
    for resource, cap in (caps or {"teu": 40}).items():
        for seq in range(1, len(STOPS)):
            row = {"departure_id": name, "seq": seq, "resource": resource, "pool": FREE, "cap": cap}
            tx.add(capacity, dict(**row, overbook=0, sold=0, held=0))


def counters(tx: Tx, departure_id: str = "T1") -> dict[tuple[int, str, str], tuple[int, int, int]]:
    """Capacity, sold and held of every hop, resource and pool."""
    rows = tx.run(sa.select(capacity).where(capacity.c.departure_id == departure_id))
    return {(row.seq, row.resource, row.pool): (row.cap, row.sold, row.held) for row in rows}


def counted(tx: Tx) -> dict[tuple[str, int, str, str, str], int]:
    """The same from the holds themselves: what their lines add up to, by key and state."""
    found: dict[tuple[str, int, str, str, str], int] = {}
    for row in tx.run(LINES):
        key = (row.departure_id, row.seq, row.resource, row.pool, row.state)
        found[key] = found.get(key, 0) + row.quantity
    return found


def at_once(works: Iterable[Callable[[], Any]]) -> list[Any]:
    """What works that begin at the same moment returned or raised."""
    listed = list(works)
    gate = threading.Barrier(len(listed))
    told: list[Any] = [None] * len(listed)

    def one(at: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            told[at] = work()
        except Exception as error:
            told[at] = error

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(listed)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


TERMS: dict[str, Any] = {
    "cutoff_h": 6,
    "free_days": 5,
    "bands": [{"below_h": 12, "per_cent": 50}, {"below_h": 48, "per_cent": 10}],
}
PEOPLE = {
    "ann": ("P1", "sales"),
    "bob": ("P1", "finance"),
    "cid": ("P1", "dispatcher"),
    "dan": ("P1", "plan_clerk"),
    "eve": ("P2", "sales"),
    "fay": ("P2", "finance"),
    "gus": ("S1", "shipper"),
    "hal": ("S2", "shipper"),
    "ian": ("C1", "carrier"),
    "kim": ("P1", "auditor"),
    "leo": ("P1", "admin"),
}


def who(name: str) -> Actor:
    """One of the people of the tests."""
    party_id, role = PEOPLE[name]
    return Actor(name, party_id, frozenset({role}))


def staffed(tx: Tx, *, agreed: bool = True) -> None:
    """Parties with people, who have no passwords, terms of each partner in force since yesterday, and their split
    where they have `agreed` on one.
    """
    parties(tx)
    for name, (party_id, role) in PEOPLE.items():
        row = {"person_id": name, "party_id": party_id, "login": name, "name": name, "password_hash": "", "active": 1}
        tx.add(person, row)
        tx.add(person_role, {"person_id": name, "role": role})
    for party_id in ("P1", "P2"):
        span = {"valid_from_ms": MONDAY_MS - DAY_MS, "valid_to_ms": MONDAY_MS + 90 * DAY_MS}
        tx.add(tariff, dict(tariff_id=f"T{party_id}", party_id=party_id, content=canonical(TERMS), **span))
    if agreed:
        split_between(tx, "leg")


def split_between(tx: Tx, kind: str, weights: Mapping[str, int] | None = None, split_id: str = "G0") -> None:
    """A split that P1 proposed and P2 has agreed on long ago."""
    terms = {"first_id": "P1", "second_id": "P2", "kind": kind, "weights": dict(weights or {}), "valid_from_ms": 0}
    row = {"split_id": split_id, "party_id": "P1", "state": "agreed", "hash": hash_of(terms), "reason": ""}
    row |= {name: terms[name] for name in ("first_id", "second_id", "kind", "valid_from_ms")}
    people = {"proposed_by": "ann", "approved_by": "bob", "decided_by": "fay"}
    when = {"created_ms": 0, "decided_ms": 0, "in_force_ms": 0, "version": 1}
    tx.add(split, {**row, **people, **when, "content": canonical(terms)})
    access.share(tx, "split", split_id, {"P1": "owner", "P2": "partner"})


def price_line(
    amount: int, earner: str = "P1", currency: str = "USD", cost: int = 0, km: int = 0, leg: int = 0
) -> PriceLine:
    """A line of a price, with a carrier where it costs something."""
    return PriceLine("rail", leg, currency, amount, cost, earner, "C1" if cost else "", km, "estimate")


def offered(customer_id: str = "S1", *, railways: Iterable[str] = (), teu: int = 4, **ends: str) -> Offer:
    """An offer on T1 from A to D: 1,000.00 USD earned by P1 and 500.01 by P2, at costs of 700 and 400.

    By rail where railways are named; else T1 sails, and no plan is asked for.
    """
    named = tuple(railways)
    mode = "rail" if named else "sea"
    leg = Leg(mode, ends.get("origin", "A"), ends.get("to", "D"), ends.get("departure_id", "T1"), named)
    lines = (price_line(100_000, "P1", cost=70_000, km=900), price_line(50_001, "P2", cost=40_000, km=300))
    return Offer(customer_id, (leg,), {"teu": teu}, lines, {"p50_h": 180, "p90_h": 240})
