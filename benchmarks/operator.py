"""The operator's desk under load: bookings a second beside a raw writer, waits at half load, and contention.

The raw writer is a loop around sqlite3 that does for each booking what its rows need and nothing else: one transaction
on the same disk in the same minute, WAL and synchronous=FULL, three conditional updates of counters and nine rows.
"""

from __future__ import annotations

import http.client
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.desk import Ready, book, prepare, problems, served

RATIO_MIN, WAIT_MS_MAX = 0.70, 50.0
CLIENTS = 8
ROOM, SCARCE = 10**8, 50
HOPS, ROWS = 3, 9
MADE = 201


@dataclass(frozen=True, slots=True)
class Load:
    """What clients were told: statuses, and how long each waited."""

    seconds: float
    statuses: list[int]
    waits_s: list[float]

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return len(self.statuses) / self.seconds

    def wait_ms(self, share: float) -> float:
        """The wait that so large a share of the requests did not exceed."""
        ordered = sorted(self.waits_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


def at_full_load(where: str, seconds: float) -> Load:
    """Clients that ask again as soon as they are answered."""
    return _loaded(where, ROOM, lambda began, turn: time.monotonic() - began < seconds)


def at_half_load(where: str, seconds: float, per_s: float) -> Load:
    """Clients that ask at their times, half as often in all as at full load."""
    gap_s = CLIENTS / (per_s / 2)

    def wait(began: float, turn: int) -> bool:
        time.sleep(max(0.0, began + turn * gap_s - time.monotonic()))
        return time.monotonic() - began < seconds

    return _loaded(where, ROOM, wait)


def contended(where: str, attempts: int) -> tuple[Load, int, list[str]]:
    """Attempts at a train with little room: what was told, units oversold, and what the check of the whole finds."""
    load = _loaded(where, SCARCE, lambda _, turn: turn < attempts // CLIENTS)
    return load, max(0, load.statuses.count(MADE) - SCARCE), problems(where)


def raw_per_s(folder: Path, seconds: float) -> float:
    """Transactions a second of a raw writer."""
    line = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        line.execute(f"PRAGMA {pragma}")
    line.execute("CREATE TABLE counter (id INTEGER PRIMARY KEY, cap INTEGER, held INTEGER, CHECK (held <= cap))")
    line.execute("CREATE TABLE part (id TEXT, at INTEGER, body TEXT, PRIMARY KEY (id, at))")
    line.executemany("INSERT INTO counter VALUES (?, ?, 0)", [(at, ROOM) for at in range(HOPS)])
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        line.execute("BEGIN IMMEDIATE")
        for at in range(HOPS):
            line.execute("UPDATE counter SET held = held + 1 WHERE id = ? AND held + 1 <= cap", (at,))
        for at in range(ROWS):
            line.execute("INSERT INTO part VALUES (?, ?, ?)", (f"booking-{count}", at, "x" * 200))
        line.execute("COMMIT")
        count += 1
    line.close()
    return count / (time.monotonic() - began)


def _loaded(where: str, room: int, more: Callable[[float, int], bool]) -> Load:
    with tempfile.TemporaryDirectory() as name:
        ready = prepare(where, room)
        with served(where, Path(name)) as address:
            statuses: list[int] = []
            waits: list[float] = []
            began = time.monotonic()
            threads = [
                threading.Thread(target=_client, args=(address, ready, str(at), began, more, statuses, waits))
                for at in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return Load(time.monotonic() - began, statuses, waits)


def _client(
    address: tuple[str, int],
    ready: Ready,
    name: str,
    began: float,
    more: Callable[[float, int], bool],
    statuses: list[int],
    waits: list[float],
) -> None:
    line = http.client.HTTPConnection(*address, timeout=120)
    turn = 0
    while more(began, turn):
        asked = time.monotonic()
        status, _ = book(line, ready, f"{name}.{turn}")
        waits.append(time.monotonic() - asked)
        statuses.append(status)
        turn += 1
    line.close()
