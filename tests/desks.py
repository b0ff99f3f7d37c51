"""What tests of the operator share: a clock that stands, people, and a train from A over B and C to D."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import capacity, departure, hold, hold_line, network, party, stop
from koridor.operator.network.publish import FREE

MONDAY_MS = 1_796_601_600_000  # 2026-12-07 00:00 UTC
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
STOPS = "ABCD"
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
    tx.run_many(party.insert(), [{"party_id": name, "kind": kind, "name": name} for name, kind in kinds.items()])


def train(tx: Tx, name: str = "T1", caps: Mapping[str, int] | None = None, starts_ms: int = MONDAY_MS + DAY_MS) -> None:
    """A departure that calls at A, B, C and D, a day apart, with the same capacity (in parts) on every hop."""
    if not tx.run(sa.select(network.c.network_id)).first():
        tx.run(network.insert().values(network_id="N", name="n", published_ms=0, content=b""))
    head = {"departure_id": name, "network_id": "N", "service_id": "S", "direction": "forward"}
    tx.run(departure.insert().values(**head, starts_ms=starts_ms, status="open"))
    for seq, place in enumerate(STOPS, start=1):
        tx.run(stop.insert().values(departure_id=name, seq=seq, place_id=place, at_ms=starts_ms + (seq - 1) * DAY_MS))
    for resource, cap in (caps or {"teu": 40}).items():
        for seq in range(1, len(STOPS)):
            row = {"departure_id": name, "seq": seq, "resource": resource, "pool": FREE, "cap": cap}
            tx.run(capacity.insert().values(**row, overbook=0, sold=0, held=0))


def counters(tx: Tx, departure_id: str = "T1") -> dict[tuple[int, str, str], tuple[int, int, int]]:
    """Capacity, sold and held of every hop, resource and pool."""
    rows = tx.run(sa.select(capacity).where(capacity.c.departure_id == departure_id))
    return {(row.seq, row.resource, row.pool): (row.cap, row.sold, row.held) for row in rows}


def counted(tx: Tx) -> dict[tuple[str, int, str, str, str], int]:
    """The same from the holds themselves: what their lines add up to, by key and state."""
    rows = tx.run(sa.select(hold.c.state, hold_line).join(hold_line, hold_line.c.hold_id == hold.c.hold_id)).mappings()
    found: dict[tuple[str, int, str, str, str], int] = {}
    for row in rows:
        key = (row["departure_id"], row["seq"], row["resource"], row["pool"], row["state"])
        found[key] = found.get(key, 0) + row["quantity"]
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
