"""Contention at the locks themselves: processes, each with a desk of its own on one file, race for the same few places.

They call what the route of the API calls. A wave is a train with little room, which is booked on rides that overlap; of
what a racer gets it gives some back at once, so that there is something to race for until the wave ends. Then its holds
run out, and the next wave's first booking sweeps them away.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from inspect import unwrap
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any

import sqlalchemy as sa
from fastapi import Response
from pydantic import BaseModel

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, offered, staffed, train, who
from koridor.operator import check
from koridor.operator.api.bodies.selling import Change, NewBooking
from koridor.operator.api.call import KeyedCall, Work
from koridor.operator.api.routes import selling
from koridor.operator.booking import quote
from koridor.operator.common import policy
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.db.tables import audit, hold_line
from koridor.operator.setup import open_desk

PROCESSES, RACERS = 4, 8
TURNS = 6  # attempts of a racer in a wave
ATTEMPTS = PROCESSES * RACERS * TURNS  # of a wave
PLACES = 50  # of a train, on every hop
RIDES = (("A", "D"), ("A", "C"), ("B", "D"))
GIVEN_BACK = 1 / 3  # of what was got
PAUSE_S = 0.01  # between attempts of a racer, on average: a process that never pauses lets no other to the lock
POLICY = replace(policy.load(), hold_h=1, holds_max=10**6, hold_teu_max=10**6)
SOLD, GIVEN, SOLD_OUT, STRANGE = "sold", "given back", "sold out", "strange"


@dataclass(slots=True)
class Raced:
    """What came of waves.

    Attributes
    ----------
    told : Counter
        Answers of each kind.
    strange : list of str
        What should not have been answered or raised.
    oversold : int
        Places beyond room, at the worst moment of each train and hop, by the audit's order of holds.
    turns : int
        How often the next place went to another process than the one before.
    problems : list of str
        What the desk's own check found afterwards, and where answers and holds differ.
    """

    told: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    oversold: int = 0
    turns: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def attempts(self) -> int:
        """How many bookings were asked for."""
        return self.told[SOLD] + self.told[SOLD_OUT] + self.told[STRANGE]

    @property
    def held(self) -> bool:
        """Whether all was as it must be."""
        return not (self.strange or self.oversold or self.problems)


def race(where: str, waves: int, seed: int) -> Iterator[Raced]:
    """What came of it after each wave, on a database that is made; after the last, with what was found in it."""
    quote_ids = _prepared(where, waves)
    found = Raced()
    with _racing(where, quote_ids, seed) as lines:
        for number in range(waves):
            for _, line in lines:
                line.send(number)
            for process, line in lines:
                if line not in wait([line, process.sentinel]):
                    raise RuntimeError("a racer has died")
                told, strange = line.recv()
                found.told += told
                found.strange += strange
            if number < waves - 1:
                yield found
    _look_after(where, found)
    yield found


def _prepared(where: str, waves: int) -> list[list[str]]:
    """Quotes on the train of each wave."""

    def work(tx: Tx) -> list[list[str]]:
        staffed(tx)
        for number in range(waves):
            train(tx, f"T{number}", {"teu": 4 * PLACES}, MONDAY_MS + 9 * DAY_MS + number * HOUR_MS)
        return [
            [quote.make(tx, offered(origin=a, to=b, departure_id=f"T{number}")).quote_id for a, b in RIDES]
            for number in range(waves)
        ]

    with open_desk(where, POLICY, Clock()) as desk:
        return desk.do(who("ann"), work)


@contextmanager
def _racing(where: str, quote_ids: list[list[str]], seed: int) -> Iterator[list[tuple[BaseProcess, Connection]]]:
    """Processes, and lines on which each is told the number of a wave and tells what came of it.

    They are forked, so that they run what the caller runs, with whatever it has changed.
    """
    context = get_context("fork")
    started: list[tuple[BaseProcess, Connection]] = []
    try:
        for number in range(PROCESSES):
            here, there = context.Pipe()
            process = context.Process(target=_process, args=(where, quote_ids, there, number, seed), daemon=True)
            process.start()
            there.close()
            started.append((process, here))
        yield started
        for _, line in started:
            line.send(None)
        for process, _ in started:
            process.join()
    finally:
        for process, line in started:
            process.kill()
            process.join()
            line.close()


def _process(where: str, quote_ids: list[list[str]], line: Connection, number: int, seed: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is in front ends it
    clock, numbers = Clock(), count(1)
    desk = open_desk(where, POLICY, clock, lambda prefix: f"{prefix}{number}.{next(numbers)}")
    with ThreadPoolExecutor(RACERS) as pool:
        while (wave := line.recv()) is not None:
            clock.now_ms = MONDAY_MS + wave * HOUR_MS
            racers = [
                pool.submit(
                    _racer, desk, quote_ids[wave], f"{wave}.{number}.{at}", Random(f"{seed}.{wave}.{number}.{at}")
                )
                for at in range(RACERS)
            ]
            told, strange = Counter[str](), list[str]()
            for racer in racers:
                counts, words = racer.result()
                told += counts
                strange += words
            line.send((told, strange))
    desk.store.close()


def _racer(desk: Desk, quote_ids: list[str], name: str, random: Random) -> tuple[Counter[str], list[str]]:
    told, strange = Counter[str](), list[str]()
    for turn in range(TURNS):
        time.sleep(random.expovariate(1 / PAUSE_S))
        try:
            status, body = _asked(desk, f"{name}.{turn}", NewBooking(quote_id=random.choice(quote_ids)))
            sold_out = (status, body.get("code")) == (409, "sold_out")
            what = SOLD if status == 201 else SOLD_OUT if sold_out else STRANGE
            told[what] += 1
            if what == STRANGE:
                strange.append(str(body))
            if what == SOLD and random.random() < GIVEN_BACK:
                change = Change(action="cancel", reason="x")
                status, body = _asked(desk, f"{name}.{turn}.back", change, body["booking_id"])
                told[GIVEN] += 1
                strange += [] if status == 201 else [str(body)]
        except Exception:
            told[STRANGE] += 1
            strange.append(traceback.format_exc())
    return told, strange


@dataclass(frozen=True, slots=True)
class Proven:
    """A request of somebody who has proven who he is, which nobody else waits for."""

    call: KeyedCall

    async def once(self, body: BaseModel | None, work: Work, *, strict: bool = False) -> Response:
        """As `Asked.once`."""
        return self.call.once(body, work, strict=strict)


def _asked(desk: Desk, key: str, body: NewBooking | Change, booking_id: str = "") -> tuple[int, dict[str, Any]]:
    """Status and body of what the function of the API's route answers to who has proven who he is."""
    call = Proven(KeyedCall(desk, who("gus"), "", f"POST /v1/bookings/{booking_id}", key))
    if isinstance(body, Change):
        answer = asyncio.run(unwrap(selling.change_booking)(call, booking_id, body))
    else:
        answer = asyncio.run(unwrap(selling.make_booking)(call, body))
    return answer.status_code, json.loads(bytes(answer.body))


def _look_after(where: str, found: Raced) -> None:
    """Puts down what the database says."""
    with open_desk(where, POLICY, Clock()) as desk:
        found.problems += desk.store.read(check.problems)
        made, given, found.oversold, found.turns = desk.store.read(_replayed)
    if (made, given) != (found.told[SOLD], found.told[GIVEN]):
        found.problems.append(f"{made} holds and {given} given back, but {dict(found.told)} were told")


def _replayed(connection: sa.Connection) -> tuple[int, int, int, int]:
    """Holds made and given back, places beyond room and changes between processes, in the order of the audit."""
    lines: dict[str, list[Any]] = {}
    for row in connection.execute(sa.select(hold_line)):
        lines.setdefault(f"hold/{row.hold_id}", []).append(row)
    used, most, actions = Counter[tuple[str, int]](), Counter[tuple[str, int]](), Counter[str]()
    turns, before = 0, ""
    rows = sa.select(audit.c.action, audit.c.object).where(audit.c.object.startswith("hold/")).order_by(audit.c.seq)
    for action, name in connection.execute(rows):
        actions[action] += 1
        for line in lines[name]:
            hop = (line.departure_id, line.seq)
            used[hop] += line.quantity if action == "hold" else -line.quantity
            most[hop] = max(most[hop], used[hop])
        if action == "hold":
            process = name.split(".")[0]
            turns += process != before
            before = process
    beyond = sum(max(0, parts - 4 * PLACES) for parts in most.values())
    return actions["hold"], actions["voided"], beyond // 4, turns
