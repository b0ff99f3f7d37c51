"""A desk to be measured: a train with as much room as is asked for, who sells it, who books it, and a server on it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from koridor.atlas import load
from koridor.operator import four_eyes
from koridor.operator.booking import quote
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common import policy
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Tx
from koridor.operator.money.price import PriceLine
from koridor.operator.network import offer
from koridor.operator.network.offer import Ride
from koridor.operator.network.publish import publish
from koridor.operator.people import accounts, tokens
from koridor.operator.setup import open_desk

DAY_MS = 86_400_000
UNLIMITED = {"requests_per_min": 10**7, "holds_max": 10**7, "hold_teu_max": 10**7}
TERMS = {"cutoff_h": 0, "free_days": 0, "bands": []}
RESOURCE = "wagon_slot"  # the atlas knows no wagons, so their number can be chosen
WORD = "measured, not guarded"
HOPS = 3  # of a ride


@dataclass(frozen=True, slots=True)
class Ready:
    """What a client needs to book: a token, and a quote of one wagon."""

    where: str
    token: str
    quote_id: str


@dataclass(frozen=True, slots=True)
class Server:
    """A server at work."""

    host: str
    port: int
    pid: int

    def cpu_s(self) -> float:
        """Seconds of CPU that it has taken so far (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(where: str, room: int) -> Ready:
    """A quote on a departure with so much room on every hop, and the token of a shipper."""
    with open_desk(where, policy.load()) as desk:
        now_ms = desk.clock()
        atlas = load()
        stops = atlas.table("service_stop").query("calls")
        service_id = stops["service_id"].value_counts().idxmax()
        calls = stops[stops["service_id"] == service_id].sort_values("seq")["place_id"].tolist()
        people = desk.do(SYSTEM, _people)
        plan = {(str(service_id), RESOURCE): str(room)}
        desk.do(SYSTEM, lambda tx: publish(tx, atlas, now_ms, now_ms + 40 * DAY_MS, plan))
        content = {"terms": TERMS, "from_ms": now_ms - DAY_MS, "to_ms": now_ms + DAY_MS}
        one = desk.do(people["sales"], lambda tx: four_eyes.propose(tx, "tariff", content))
        desk.do(people["finance"], lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
        span = (now_ms + DAY_MS, now_ms + 39 * DAY_MS)
        first = desk.look(SYSTEM, lambda tx: next(offer.offers(tx, "seller", calls[0], calls[HOPS], *span)))
        made = desk.do(people["sales"], lambda tx: quote.make(tx, _offered(first.ride)).quote_id)
        token = desk.do(SYSTEM, lambda tx: tokens.issue(tx, people["shipper"].person_id, "session"))
        return Ready(where, token.word, made)


def _offered(ride: Ride) -> Offer:
    leg = Leg("rail", ride.from_place, ride.to_place, ride.departure_id, ("R1",))
    line = PriceLine("rail", 0, "USD", 100_000, 0, "seller", "", 0, "estimate")
    return Offer("shipper", (leg,), {RESOURCE: 1}, (line,), {})


def _people(tx: Tx) -> dict[str, Actor]:
    found = {}
    for party_id, kind in (("seller", "partner"), ("shipper", "shipper")):
        accounts.add_party(tx, party_id, kind, party_id)
    for role, party_id in (("sales", "seller"), ("finance", "seller"), ("shipper", "shipper")):
        found[role] = Actor(accounts.add_person(tx, party_id, role, role, WORD, [role]), party_id, frozenset({role}))
    return found


@contextmanager
def served(where: str, folder: Path) -> Iterator[Server]:
    """A server on a database, which holds nobody to limits."""
    known = {**{name: getattr(policy.load(), name) for name in policy.Policy.__slots__}, **UNLIMITED}
    file = folder / "policy.toml"
    file.write_text("\n".join(f"{name} = {value}" for name, value in known.items()), encoding="utf-8")
    serve = ("serve", "--port", "0", "--db", where, "--policy", str(file))
    command = [sys.executable, "-m", "koridor", "operator", *serve]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "KORIDOR_LANG": "en"})
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().split()[2].rstrip(";"))
        yield Server(address.hostname or "", address.port or 0, process.pid)
    finally:
        process.terminate()
        process.communicate()


def book(line: http.client.HTTPConnection, ready: Ready, key: str) -> tuple[int, Any]:
    """Status and body of a request to book the quote."""
    headers = {"Authorization": f"Bearer {ready.token}", "Content-Type": "application/json", "Idempotency-Key": key}
    line.request("POST", "/v1/bookings", json.dumps({"quote_id": ready.quote_id}), headers)
    response = line.getresponse()
    return response.status, json.loads(response.read())
