"""The simulated desk of the tests, seed after seed, each on a fresh copy of one prepared database."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache, partial
from itertools import count
from pathlib import Path

from benchmarks import pieces
from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
from koridor.operator.db.statement import driver_of
from koridor.operator.db.store import Store
from koridor.operator.setup import open_desk

MEMORY = Path("/dev/shm")
DONE = Path("out/desk-seeds.txt")


def run(seeds: int, done: Path | None = None, processes: int | None = None) -> Iterator[pieces.Done]:
    """What came of the seeds from 0 up to `seeds`, after each; see `pieces.run`."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield from pieces.run(partial(_one, _prepared(Path(name))), seeds, done or DONE, processes)


def _prepared(folder: Path) -> Path:
    import simulated
    from desks import Clock

    file = folder / "prepared.db"
    desk = opened(str(file), Clock())
    simulated.prepare(desk)
    desk.store.close()
    return file


def _one(prepared: Path, seed: int) -> dict[str, int]:
    """What was tried with success. Raises AssertionError where something does not hold."""
    import simulated
    from desks import Clock

    store, clock = _store(prepared), Clock()
    with closing(sqlite3.connect(prepared)) as source, store.engine.connect() as connection:
        source.backup(driver_of(connection))
    counts = simulated.run(Desk(store, policy.load(), clock, _ids()), clock, seed)
    return {"seeds": 1, "steps": sum(counts.values()), "booked": counts.get("receive: 201", 0)}


@cache
def _store(prepared: Path) -> Store:
    """The store of this process, which each seed finds as it was prepared: opening one costs a tenth of a seed."""
    return Store(str(prepared.with_name(f"{os.getpid()}.db")))


def opened(where: str, clock: Callable[[], int]) -> Desk:
    """A desk on a database, by a clock, whose ids count up."""
    return open_desk(where, policy.load(), clock, _ids())


def _ids() -> Callable[[str], str]:
    numbers = count(1)
    return lambda prefix: f"{prefix}{next(numbers):05d}"
