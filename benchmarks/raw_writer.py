"""One raw writer of SQLite: what a booking leaves behind, written by sqlite3 itself and by nothing else.

A desk makes one booking on a database of its own, and the rows that it added are kept as a pattern. The raw writer then
adds such rows under new ids to the same tables, with their keys and indices, and moves the same counters by conditional
updates: one transaction and one commit a booking, WAL and synchronous=FULL. It reads nothing, checks nothing and asks
nobody; it knows every value before it begins.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.desk import Customer, booking, need_booked
from koridor.operator.common import policy
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import random_id
from koridor.operator.setup import open_desk

TABLES = ("idempotency", "hold", "hold_line", "booking", "member", "event", "audit")  # none before what it refers to
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
TAKE = (
    "UPDATE capacity SET held = held + 1 WHERE departure_id = ? AND seq = ? AND resource = ? AND pool = ? "
    "AND sold + held + 1 <= cap + overbook"
)
HEAD = "UPDATE chain SET seq = ?, hash = ? WHERE name = 'audit'"
KEY = "key-of-the-raw-writer"
HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a booking left.

    Attributes
    ----------
    rows : list of tuple
        Statements that add its rows, their values, and which of these are another booking's own: their place in the
        row, and which of the ids, or of the audit's numbers after them, each is.
    ids, numbers : list
        Its ids, and the numbers of its rows in the audit.
    counters : list of tuple
        Places of the counters that it moved.
    """

    rows: list[tuple[str, list[Any], list[tuple[int, int]]]]
    ids: list[str]
    numbers: list[int]
    counters: list[tuple[Any, ...]]


def pattern(where: str, customer: Customer) -> Pattern:
    """The pattern of one booking, which is made."""
    line = sqlite3.connect(where)

    def asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return line.execute(statement, values).fetchall()

    with open_desk(where, policy.load()) as desk:
        last = {name: asked(f"SELECT coalesce(max(rowid), 0) FROM {name}")[0][0] for name in TABLES}
        who, work = booking(customer, KEY)
        booking_id = need_booked(desk.do(desk.look(SYSTEM, who), work))
        added = [(name, row) for name in TABLES for row in asked(f"SELECT * FROM {name} WHERE rowid > ?", last[name])]
    hold_id = asked("SELECT hold_id FROM booking WHERE booking_id = ?", booking_id)[0][0]
    events = asked("SELECT event_id FROM event WHERE stream = ?", f"booking/{booking_id}")
    counters = asked("SELECT departure_id, seq, resource, pool FROM hold_line WHERE hold_id = ?", hold_id)
    line.close()
    ids = [KEY, booking_id, hold_id, *(id_ for (id_,) in events)]
    numbers = [row[0] for name, row in added if name == "audit"]
    own = [*ids, *numbers]
    return Pattern([_row(name, list(row), own) for name, row in added], ids, numbers, counters)


def _row(name: str, values: list[Any], own: list[str | int]) -> tuple[str, list[Any], list[tuple[int, int]]]:
    theirs = [
        (at, which)
        for at, value in enumerate(values)
        for which, one in enumerate(own)
        if value == one or (isinstance(value, str) and value.endswith(str(one)) and isinstance(one, str))
    ]
    return f"INSERT INTO {name} VALUES ({', '.join('?' * len(values))})", values, theirs


def per_s(where: str, made: Pattern, seconds: float) -> float:
    """Transactions a second, on the database of the pattern."""
    line = sqlite3.connect(where, isolation_level=None)
    for pragma in PRAGMAS:
        line.execute(f"PRAGMA {pragma}")
    seq = line.execute("SELECT seq FROM chain WHERE name = 'audit'").fetchone()[0]
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        ids = [random_id("") for _ in made.ids]
        own = [*ids, *range(seq + 1, seq + 1 + len(made.numbers))]
        seq += len(made.numbers)
        line.execute("BEGIN IMMEDIATE")
        for place in made.counters:
            line.execute(TAKE, place)
        for statement, values, theirs in made.rows:
            for at, which in theirs:
                values[at] = own[which]
            line.execute(statement, values)
        line.execute(HEAD, (seq, HASH))
        line.execute("COMMIT")
        count += 1
    line.close()
    return count / (time.monotonic() - began)
