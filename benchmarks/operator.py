"""The operator's desk under load: bookings a second beside a raw writer, and waits at half load.

Bookings are made over HTTP, and without it by as many at once as share a commit: what of it is the desk's own. Each and
the raw writer are measured in turn, in short slices, and the median of the slices' ratios is told: a disk and its
neighbours change by the second. Shippers book in turn, no more each than the desk's policy lets anybody hold.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate, count, takewhile
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import raw_writer
from benchmarks.desk import Customer, Server, ask, booking, need_booked, prepare, served
from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
from koridor.operator.db.store import MOST_TOGETHER
from koridor.operator.setup import open_desk

RATIO_MIN, WAIT_MS_MAX = 0.70, 50.0
CLIENTS = 8
CONNECTIONS_MAX = 256  # at half load
ROOM = 10**8
SLICES = 5
MOST_PER_S = 2500  # bookings for which there are shippers enough


@dataclass(frozen=True, slots=True)
class Load:
    """What was booked in so many seconds: how long each booking took."""

    seconds: float
    waits_s: list[float]

    @property
    def per_s(self) -> float:
        """Bookings a second."""
        return len(self.waits_s) / self.seconds

    def wait_ms(self, share: float) -> float:
        """The wait that so large a share of the requests did not exceed."""
        ordered = sorted(self.waits_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


@dataclass(slots=True)
class Beside:
    """Slices of what books and of the raw writer, in turn."""

    raw_per_s: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median of the slices' bookings against the raw writer's transactions."""
        return median(load.per_s / raw for load, raw in zip(self.loads, self.raw_per_s, strict=True))

    @property
    def per_s(self) -> float:
        """Median of the slices' bookings a second."""
        return median(load.per_s for load in self.loads)


@dataclass(slots=True)
class Full:
    """What was booked at full load."""

    over_http: Beside = field(default_factory=Beside)
    at_the_desk: Beside = field(default_factory=Beside)
    server_s: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the server's CPU that a booking over HTTP took."""
        return self.server_s * 1000 / sum(len(load.waits_s) for load in self.over_http.loads)


@dataclass(frozen=True, slots=True)
class Queue:
    """Customers of a desk, who book in turn."""

    customers: list[Customer]
    numbers: Iterator[int] = field(default_factory=count)

    def next(self) -> tuple[Customer, str]:
        """Who is next, and the key of the booking."""
        number = next(self.numbers)
        return self.customers[number % len(self.customers)], f"key-{number}"


def at_full_load(folder: Path, seconds: float) -> Full:
    """Clients that ask again as soon as they are answered, with HTTP and without it, and the raw writer, in turn."""
    found, slice_s = Full(), seconds / SLICES
    raw, own, served_file = (str(folder / f"{name}.db") for name in ("raw", "own", "served"))
    made = raw_writer.pattern(raw, prepare(raw, ROOM, 1)[0])
    queue, at_server = _queue(own, seconds), _queue(served_file, seconds)
    with open_desk(own, policy.load()) as desk, served(served_file) as server:
        for _ in range(SLICES):
            raw_per_s = raw_writer.per_s(raw, made, slice_s)
            before_s = server.cpu_s()
            found.over_http.loads.append(_served(server, at_server, slice_s))
            found.server_s += server.cpu_s() - before_s
            found.at_the_desk.loads.append(asyncio.run(_at_the_desk(desk, queue, slice_s)))
            for beside in (found.over_http, found.at_the_desk):
                beside.raw_per_s.append(raw_per_s)
    return found


def at_half_load(folder: Path, seconds: float, per_s: float) -> Load:
    """Customers who ask whenever it occurs to them (exponential gaps, from a seed), half as often as at full load.

    They do not know of each other: each asks over a connection that nobody waits on, a new one where there is none.
    Waits are counted from the moment of asking.
    """
    random = Random(1)
    gaps_s = iter(lambda: random.expovariate(per_s / 2), None)
    where = str(folder / "half.db")
    queue = _queue(where, seconds)
    with served(where) as server:
        _served(server, queue, 1.0)  # the first answers of a server take longer
        return _asked(server, queue, list(takewhile(lambda due_s: due_s < seconds, accumulate(gaps_s))))


def _asked(server: Server, queue: Queue, dues_s: list[float]) -> Load:
    """What became of bookings that were asked for at these moments."""
    waits_s: list[float] = []
    mine = threading.local()
    began = time.monotonic()

    def one(due_s: float) -> None:
        if not hasattr(mine, "line"):
            mine.line = server.line()
        ask(mine.line, *queue.next())
        waits_s.append(time.monotonic() - began - due_s)

    with ThreadPoolExecutor(CONNECTIONS_MAX) as pool:  # it begins a thread where none is idle
        asked = []
        for due_s in dues_s:
            time.sleep(max(0.0, began + due_s - time.monotonic()))
            asked.append(pool.submit(one, due_s))
    for each in asked:
        each.result()  # raises what went wrong
    return Load(time.monotonic() - began, waits_s)


def _queue(where: str, seconds: float) -> Queue:
    """Customers enough for a load of so many seconds, of a desk that is made."""
    shippers = int(seconds * MOST_PER_S / policy.load().holds_max) + 1
    customers = prepare(where, ROOM, shippers)
    gc.collect()
    gc.freeze()  # looking through what is loaded stops the clients for 80 ms, which would count as the server's
    return Queue(customers)


def _served(server: Server, queue: Queue, seconds: float) -> Load:
    """What clients of a server book who ask again at once, for so long."""
    waits_s: list[float] = []
    began = time.monotonic()

    def client() -> None:
        line = server.line()
        while (since := time.monotonic()) - began < seconds:
            ask(line, *queue.next())
            waits_s.append(time.monotonic() - since)
        line.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for one in [pool.submit(client) for _ in range(CLIENTS)]:
            one.result()  # raises what went wrong
    return Load(time.monotonic() - began, waits_s)


async def _at_the_desk(desk: Desk, queue: Queue, seconds: float) -> Load:
    """What is booked in the desk's own process, as many at once as share a commit."""
    waits_s: list[float] = []
    began = time.monotonic()

    async def client() -> None:
        while (since := time.monotonic()) - began < seconds:
            need_booked(await desk.do_soon(*booking(*queue.next())))
            waits_s.append(time.monotonic() - since)

    await asyncio.gather(*(client() for _ in range(MOST_TOGETHER)))
    return Load(time.monotonic() - began, waits_s)
