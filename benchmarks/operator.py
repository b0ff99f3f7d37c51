"""The operator's desk under load: bookings a second beside a raw writer, and waits at half load.

The raw writer is a loop around sqlite3 that does for each booking what its rows need and nothing else: one transaction
on the same disk, WAL and synchronous=FULL, three conditional updates of counters and nine rows. It and the server are
measured in turn, in short slices, and the median of the slices' ratios is told: a disk and its neighbours change by the
second.
"""

from __future__ import annotations

import gc
import http.client
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import accumulate, takewhile
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.desk import HOPS, Ready, Server, book, prepare, served

RATIO_MIN, WAIT_MS_MAX = 0.70, 50.0
CLIENTS = 8
CONNECTIONS_MAX = 256  # at half load
ROOM = 10**8
ROWS = 9
SLICES = 5
More = Callable[[float, int, int], float | None]  # of when all began, the client and its turn: since when it waits


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


@dataclass(slots=True)
class Beside:
    """Slices of the server and of the raw writer, in turn."""

    raw_per_s: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def ratio(self) -> float:
        """Median of the slices' bookings against the raw writer's transactions."""
        return median(load.per_s / raw for load, raw in zip(self.loads, self.raw_per_s, strict=True))

    @property
    def per_s(self) -> float:
        """Median of the slices' bookings a second."""
        return median(load.per_s for load in self.loads)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the server's CPU that a booking took."""
        return self.cpu_s * 1000 / sum(len(load.statuses) for load in self.loads)


def at_full_load(where: str, folder: Path, seconds: float) -> Beside:
    """Clients that ask again as soon as they are answered, and the raw writer, in turn."""
    found, slice_s = Beside(), seconds / SLICES
    with _ready(where) as (ready, server):
        for number in range(SLICES):
            found.raw_per_s.append(raw_per_s(folder / f"raw-{number}.db", slice_s))
            before_s = server.cpu_s()
            load = _loaded(server, ready, f"full.{number}", _for(slice_s))
            found.cpu_s += server.cpu_s() - before_s
            found.loads.append(load)
    return found


def at_half_load(where: str, seconds: float, per_s: float) -> Load:
    """Customers who ask whenever it occurs to them (exponential gaps, from a seed), half as often as at full load.

    They do not know of each other: each asks over a connection that nobody waits on, a new one where there is none.
    Waits are counted from the moment of asking.
    """
    random = Random(1)
    gaps_s = iter(lambda: random.expovariate(per_s / 2), None)
    with _ready(where) as (ready, server):
        _loaded(server, ready, "first", _for(1.0))  # the first answers of a server take longer
        return _asked(server, ready, list(takewhile(lambda due_s: due_s < seconds, accumulate(gaps_s))))


def _asked(server: Server, ready: Ready, dues_s: list[float]) -> Load:
    """What those are told who ask at these moments."""
    load, mine = Load(0.0, [], []), threading.local()
    began = time.monotonic()

    def ask(number: int, due_s: float) -> None:
        if not hasattr(mine, "line"):
            mine.line = http.client.HTTPConnection(server.host, server.port, timeout=120)
        status, _ = book(mine.line, ready, f"half.{number}")
        load.waits_s.append(time.monotonic() - began - due_s)
        load.statuses.append(status)

    with ThreadPoolExecutor(CONNECTIONS_MAX) as pool:  # it begins a thread where none is idle
        asked = []
        for number, due_s in enumerate(dues_s):
            time.sleep(max(0.0, began + due_s - time.monotonic()))
            asked.append(pool.submit(ask, number, due_s))
    for one in asked:
        one.result()  # raises what went wrong
    return replace(load, seconds=time.monotonic() - began)


def _for(seconds: float) -> More:
    """Asking again at once, for so long."""
    return lambda began, *_: now if (now := time.monotonic()) - began < seconds else None


def raw_per_s(file: Path, seconds: float) -> float:
    """Transactions a second of a raw writer."""
    line = sqlite3.connect(file, isolation_level=None)
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


@contextmanager
def _ready(where: str) -> Iterator[tuple[Ready, Server]]:
    ready = prepare(where, ROOM)
    gc.collect()
    gc.freeze()  # looking through what is loaded stops the clients for 80 ms, which would count as the server's
    with tempfile.TemporaryDirectory() as name, served(where, Path(name)) as server:
        yield ready, server


def _loaded(server: Server, ready: Ready, name: str, more: More) -> Load:
    load = Load(0.0, [], [])
    began = time.monotonic()

    def client(at: int) -> None:
        line = http.client.HTTPConnection(server.host, server.port, timeout=120)
        turn = 0
        while (since := more(began, at, turn)) is not None:
            status, _ = book(line, ready, f"{name}.{at}.{turn}")
            load.waits_s.append(time.monotonic() - since)
            load.statuses.append(status)
            turn += 1
        line.close()

    threads = [threading.Thread(target=client, args=(at,), daemon=True) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replace(load, seconds=time.monotonic() - began)
