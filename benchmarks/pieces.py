"""Long runs of the tests' own worlds, in pieces, each in a process that has one piece at a time.

What was done is put down a line a piece, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
HELD, FAILED = "held", "failed"
Work = Callable[[int], dict[str, int]]  # what was counted in a piece; raises where something did not hold


@dataclass(frozen=True, slots=True)
class Done:
    """What came of pieces: those done now and before, those that failed, what was counted, and the seconds of now."""

    done: int
    failed: tuple[int, ...]
    counts: dict[str, int]
    seconds: float


def run(work: Work, pieces: int, done: Path, processes: int | None = None) -> Iterator[Done]:
    """What came of the pieces so far, after each: those from 0 up to `pieces` that `done` does not say have held.

    A process a core unless `processes` are named.
    """
    known = _known(done)
    failed: list[int] = []
    total = Counter[str]()
    before = [piece for piece in known if piece < pieces]
    for piece in before:
        total.update(known[piece])
    began = time.monotonic()
    yield Done(len(before), (), dict(total), 0.0)
    done.parent.mkdir(parents=True, exist_ok=True)
    done.write_text("".join(_line(piece, HELD, counts) for piece, counts in known.items()), encoding="utf-8")
    left = [piece for piece in range(pieces) if piece not in known]
    with done.open("a") as stream, _workers(processes) as pool:
        told = pool.map(partial(_one, work), left)
        for number, (piece, counts) in enumerate(zip(left, told, strict=True), start=1):
            stream.write(_line(piece, FAILED if counts is None else HELD, counts or {}))
            stream.flush()
            if counts is None:
                failed.append(piece)
            total.update(counts or {})
            yield Done(len(before) + number, tuple(failed), dict(total), time.monotonic() - began)


@contextmanager
def _workers(processes: int | None) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_ready)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ready() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is in front stops the run, and pieces end whole


def _one(work: Work, piece: int) -> dict[str, int] | None:
    """What was counted in a piece; None where it failed, and why is told at once."""
    try:
        return work(piece)
    except Exception:
        print(f"{piece}: {traceback.format_exc()}", file=sys.stderr, flush=True)
        return None


def _line(piece: int, word: str, counts: dict[str, int]) -> str:
    return " ".join([str(piece), word, *(f"{name}={number}" for name, number in counts.items())]) + "\n"


def _known(done: Path) -> dict[int, dict[str, int]]:
    """Pieces that have held by whole lines of the file; those that failed are tried again."""
    if not done.is_file():
        return {}
    found = {}
    for line in done.read_text(encoding="utf-8").split("\n")[:-1]:  # the last may be cut
        words = line.split()
        if len(words) >= 2 and words[0].isdecimal() and words[1] == HELD:
            found[int(words[0])] = {name: int(number) for name, number in (one.split("=") for one in words[2:])}
    return dict(sorted(found.items()))


if str(TESTS) not in sys.path:  # the people, trains and worlds are those of the tests
    sys.path.insert(0, str(TESTS))
