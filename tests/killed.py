"""Servers that are killed while clients book: what was acknowledged must be there whole, whenever the end came."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from desks import DAY_MS, offered, staffed, train, who
from koridor.operator import check
from koridor.operator.booking import quote
from koridor.operator.common import policy
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import booking, capacity, idempotency, tariff
from koridor.operator.people import tokens
from koridor.operator.setup import open_desk
from served import Forked, Server

RULES = replace(policy.load(), requests_per_min=600_000, holds_max=100_000, hold_teu_max=1_000_000)
CLIENTS = 6
LONGEST_S = 0.25  # of pressing, before the end: since the first answer, or, in EARLY of rounds, since the first request
EARLY, PATIENCE_S = 0.25, 60.0
AGAIN = 5  # requests of earlier rounds that are told again, as if their answers had been lost
Told = dict[str, bytes]  # what was acknowledged, by key


def limits(file: Path) -> str:
    """A file with a policy that holds nobody to limits of rate and hoarding, which would hide what is tried here."""
    file.write_text("\n".join(f"{name} = {value}" for name, value in asdict(RULES).items()), encoding="utf-8")
    return str(file)


def prepared(where: str, cap: int) -> tuple[dict[str, str], str]:
    """Tokens by name, and a quote of one TEU on a train of so many quarters that leaves in three days."""
    with open_desk(where, policy.load()) as desk:
        now_ms = desk.clock()

        def work(tx: Tx) -> None:
            staffed(tx)
            tx.run(tariff.update().values(valid_from_ms=now_ms - DAY_MS, valid_to_ms=now_ms + 90 * DAY_MS))
            train(tx, "T1", {"teu": cap}, now_ms + 3 * DAY_MS)
            train(tx, "T2", {"teu": cap}, now_ms + 4 * DAY_MS)

        desk.do(who("ann"), work)
        words = {}
        for name in ("ann", "gus"):
            words[name] = desk.do(who("ann"), lambda tx, n=name: tokens.issue(tx, n, "session")).word
        return words, desk.do(who("ann"), lambda tx: quote.make(tx, offered())).quote_id


def live(where: str) -> int:
    """Bookings that hold capacity; the whole of the database having been checked."""
    with open_desk(where, policy.load()) as desk:
        return desk.store.read(_live)


def _live(connection: sa.Connection) -> int:
    assert check.problems(connection) == []
    held = sa.select(sa.func.count()).select_from(booking).where(booking.c.status == "HELD")
    used = sa.select(sa.func.max(capacity.c.sold + capacity.c.held)).where(capacity.c.departure_id == "T1")
    count, parts = connection.execute(held).scalar_one(), connection.execute(used).scalar_one()
    assert parts == 4 * count
    return int(count)


def press(server: Server | Forked, word: str, quote_id: str, prefix: str, told: Told, until: threading.Event) -> None:
    """Books again and again and notes what was acknowledged, until the server is gone."""
    turn = 0
    with suppress(OSError, http.client.HTTPException), server.client(word) as ask:
        while not until.is_set():
            key = f"{prefix}.{turn}"
            heard = ask("POST", "/v1/bookings", {"quote_id": quote_id}, key=key)
            if heard.status == 201:
                told[key] = heard.content
            turn += 1


S = TypeVar("S", Server, Forked)


def rounds(where: str, start: Callable[[], S], times: int, end: Callable[[S], None], seed: int) -> Iterator[int]:
    """How many bookings were acknowledged in each round of pressing on a server and ending it at a random moment.

    Each of all rounds is found again after each end, with the bytes that were told, and the desk's check finds nothing.
    """
    words, quote_id = prepared(where, 4_000_000)
    moment, told = random.Random(seed), Told()
    for number in range(times):
        with start() as server:
            with server.client(words["gus"]) as ask:
                for key in moment.sample(sorted(told), min(AGAIN, len(told))):
                    again = ask("POST", "/v1/bookings", {"quote_id": quote_id}, key=key)
                    assert (again.status, again.content) == (201, told[key])
            before, gone = len(told), threading.Event()
            pressing = [
                threading.Thread(target=press, args=(server, words["gus"], quote_id, f"{number}.{at}", told, gone))
                for at in range(CLIENTS)
            ]
            for thread in pressing:
                thread.start()
            early, until_s = moment.random() < EARLY, time.monotonic() + PATIENCE_S
            while not early and len(told) == before and time.monotonic() < until_s:
                time.sleep(0.001)
            time.sleep(moment.uniform(0.0, LONGEST_S))
            end(server)
            gone.set()
            for thread in pressing:
                thread.join()
        with open_desk(where, policy.load()) as desk:
            desk.store.read(lambda connection: _all_there(connection, told))
        yield len(told) - before


def _all_there(connection: sa.Connection, told: Told) -> None:
    kept = {row.key: row.body.encode() for row in connection.execute(sa.select(idempotency.c.key, idempotency.c.body))}
    assert {key: kept.get(key) for key in told} == told
    ids = set(connection.execute(sa.select(booking.c.booking_id)).scalars())
    assert {json.loads(content)["booking_id"] for content in told.values()} <= ids
    _live(connection)
