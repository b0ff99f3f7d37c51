"""The simulated desk of the tests, seed after seed, each on a fresh copy of one prepared database.

What was done is put down a line a seed, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
from koridor.operator.db.statement import driver_of
from koridor.operator.db.store import Store
from koridor.operator.setup import open_desk

TESTS = Path(__file__).parents[1] / "tests"
MEMORY = Path("/dev/shm")
DONE = Path("out/desk-seeds.txt")
HELD, FAILED = "held", "failed"


@dataclass(frozen=True, slots=True)
class Seeds:
    """What came of seeds: those done now and before, those that failed, and the seconds that it took now."""

    done: int
    failed: tuple[int, ...]
    seconds: float


def run(seeds: int, done: Path = DONE, processes: int | None = None) -> Iterator[Seeds]:
    """What came of the seeds so far, after each: those from 0 up to `seeds` that `done` does not say have held.

    A process a core unless `processes` are named; each has the desk of one seed at a time.
    """
    known = _known(done)
    failed: list[int] = []
    before = sum(seed < seeds for seed in known)
    began = time.monotonic()
    yield Seeds(before, (), 0.0)
    done.parent.mkdir(parents=True, exist_ok=True)
    done.write_text("".join(f"{seed} {HELD}\n" for seed in known), encoding="utf-8")
    left = [seed for seed in range(seeds) if seed not in known]
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name,
        done.open("a") as stream,
        _workers(processes) as pool,
    ):
        words = pool.map(partial(_one, _prepared(Path(name))), left)
        for number, (seed, word) in enumerate(zip(left, words, strict=True), start=1):
            stream.write(f"{seed} {word}\n")
            stream.flush()
            if word == FAILED:
                failed.append(seed)
            yield Seeds(before + number, tuple(failed), time.monotonic() - began)


@contextmanager
def _workers(processes: int | None) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _known(done: Path) -> list[int]:
    """Seeds that have held by whole lines of the file; those that failed are tried again."""
    if not done.is_file():
        return []
    lines = (line.split() for line in done.read_text(encoding="utf-8").split("\n")[:-1])  # the last may be cut
    return sorted({int(words[0]) for words in lines if len(words) == 2 and words[0].isdecimal() and words[1] == HELD})


def _prepared(folder: Path) -> Path:
    import simulated
    from desks import Clock

    file = folder / "prepared.db"
    desk = opened(str(file), Clock())
    simulated.prepare(desk)
    desk.store.close()
    return file


def _one(prepared: Path, seed: int) -> str:
    """What came of a seed; why it failed is told at once."""
    import simulated
    from desks import Clock

    store, clock = _store(prepared), Clock()
    with closing(sqlite3.connect(prepared)) as source, store.engine.connect() as connection:
        source.backup(driver_of(connection))
    try:
        simulated.run(Desk(store, policy.load(), clock, _ids()), clock, seed)
    except Exception:
        print(f"seed {seed}: {traceback.format_exc()}", file=sys.stderr, flush=True)
        return FAILED
    return HELD


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


if str(TESTS) not in sys.path:  # the people and trains of the simulation are those of the tests
    sys.path.insert(0, str(TESTS))
