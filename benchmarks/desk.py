"""A desk to be measured: a train with as much room as is asked for, who sells it, who books it, and a server on it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from koridor.atlas import load
from koridor.operator import four_eyes
from koridor.operator.api.problem import told
from koridor.operator.booking import book, quote, views
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Offer
from koridor.operator.common import policy
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Tx
from koridor.operator.common.idempotency import Answer, once
from koridor.operator.money.price import PriceLine
from koridor.operator.network import offer
from koridor.operator.network.offer import Ride
from koridor.operator.network.publish import publish
from koridor.operator.people import accounts, tokens
from koridor.operator.setup import open_desk

DAY_MS = 86_400_000
TERMS = {"cutoff_h": 0, "free_days": 0, "bands": []}
RESOURCE = "wagon_slot"  # the atlas knows no wagons, so their number can be chosen
WORD = "measured, not guarded"
HOPS = 3  # of a ride
BOOKED, ROUTE = 201, "POST /v1/bookings"


@dataclass(frozen=True, slots=True)
class Customer:
    """What a shipper needs to book: a token, and a quote of one wagon."""

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

    def line(self) -> http.client.HTTPConnection:
        """A connection to it."""
        return http.client.HTTPConnection(self.host, self.port, timeout=120)


def prepare(where: str, room: int, shippers: int) -> list[Customer]:
    """So many shippers, each with a quote on one departure that has so much room on every hop."""
    with open_desk(where, policy.load()) as desk:
        now_ms = desk.clock()
        atlas = load()
        stops = atlas.table("service_stop").query("calls")
        service_id = stops["service_id"].value_counts().idxmax()
        calls = stops[stops["service_id"] == service_id].sort_values("seq")["place_id"].tolist()
        people = desk.do(SYSTEM, _people)
        ids = desk.do(SYSTEM, lambda tx: _shippers(tx, shippers))
        plan = {(str(service_id), RESOURCE): str(room)}
        desk.do(SYSTEM, lambda tx: publish(tx, atlas, now_ms, now_ms + 40 * DAY_MS, plan))
        content = {"terms": TERMS, "from_ms": now_ms - DAY_MS, "to_ms": now_ms + DAY_MS}
        one = desk.do(people["sales"], lambda tx: four_eyes.propose(tx, "tariff", content))
        desk.do(people["finance"], lambda tx: four_eyes.decide(tx, one, granted=True), strict=True)
        span = (now_ms + DAY_MS, now_ms + 39 * DAY_MS)
        first = desk.look(SYSTEM, lambda tx: next(offer.offers(tx, "seller", calls[0], calls[HOPS], *span)))
        quotes = desk.do(
            people["sales"], lambda tx: [quote.make(tx, _offered(id_, first.ride)).quote_id for id_ in ids]
        )
        tokened = desk.do(
            SYSTEM, lambda tx: [tokens.issue(tx, person_id, "session").word for person_id in ids.values()]
        )
        return list(map(Customer, tokened, quotes))


def _offered(customer_id: str, ride: Ride) -> Offer:
    leg = Leg("rail", ride.from_place, ride.to_place, ride.departure_id, ("R1",))
    line = PriceLine("rail", 0, "USD", 100_000, 0, "seller", "", 0, "estimate")
    return Offer(customer_id, (leg,), {RESOURCE: 1}, (line,), {})


def _people(tx: Tx) -> dict[str, Actor]:
    accounts.add_party(tx, "seller", "partner", "seller")
    return {
        role: Actor(accounts.add_person(tx, "seller", role, role, WORD, [role]), "seller", frozenset({role}))
        for role in ("sales", "finance")
    }


def _shippers(tx: Tx, count: int) -> dict[str, str]:
    """Ids of parties, each with that of its person; they have one password, as a hash takes long."""
    password_hash, ids = accounts.hashed(tx, WORD), [f"shipper-{number}" for number in range(count)]
    for id_ in ids:
        accounts.add_party(tx, id_, "shipper", id_)
    return {id_: accounts.add_hashed(tx, id_, id_, id_, password_hash, ["shipper"]) for id_ in ids}


@contextmanager
def served(where: str) -> Iterator[Server]:
    """A server on a database."""
    command = [sys.executable, "-m", "koridor", "operator", "serve", "--port", "0", "--db", where]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "KORIDOR_LANG": "en"})
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().split()[2].rstrip(";"))
        yield Server(address.hostname or "", address.port or 0, process.pid)
    finally:
        process.terminate()
        process.communicate()


def booking(customer: Customer, key: str) -> tuple[Callable[[Tx], Actor], Callable[[Tx], Answer]]:
    """Who books, and the work that books the customer's quote, as the API's route has them."""
    asked = {"quote_id": customer.quote_id, "wait": False}

    def work(tx: Tx) -> Answer:
        return Answer(BOOKED, kept(views.booking(tx, book.receive(tx, customer.quote_id))))

    return (
        lambda tx: tokens.actor_of(tx, customer.token)[1],
        lambda tx: once(tx, ROUTE, key, asked, lambda: work(tx), told),
    )


def ask(line: http.client.HTTPConnection, customer: Customer, key: str) -> None:
    """Asks a server to book the customer's quote. Raises AssertionError unless it is booked."""
    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": "application/json", "Idempotency-Key": key}
    line.request(*ROUTE.split(), json.dumps({"quote_id": customer.quote_id}), headers)
    response = line.getresponse()
    need_booked(Answer(response.status, response.read().decode()))


def need_booked(answer: Answer) -> str:
    """Id of what was booked. Raises AssertionError where nothing was."""
    assert answer.status == BOOKED, answer.body
    content = json.loads(answer.body)
    assert content["status"] == "HELD", answer.body
    return str(content["booking_id"])
