"""The simulated desk of the tests, seed after seed, each on a fresh copy of one prepared database.

What was done is put down a line a seed, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
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


def run(seeds: int, done: Path = DONE) -> Iterator[Seeds]:
    """What came of the seeds so far, after each: those from 0 up to `seeds` that are not put down in `done` yet."""
    known = _known(done)
    failed = [seed for seed, word in known.items() if word == FAILED and seed < seeds]
    before = sum(seed < seeds for seed in known)
    began = time.monotonic()
    yield Seeds(before, tuple(failed), 0.0)
    done.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name, done.open("a") as stream:
        folder = Path(name)
        prepared = _prepared(folder)
        for number, seed in enumerate((one for one in range(seeds) if one not in known), start=1):
            word = _one(prepared, folder, seed)
            stream.write(f"{seed} {word}\n")
            stream.flush()
            if word == FAILED:
                failed.append(seed)
            yield Seeds(before + number, tuple(failed), time.monotonic() - began)


def _known(done: Path) -> dict[int, str]:
    if not done.is_file():
        return {}
    pairs = (line.split() for line in done.read_text(encoding="utf-8").splitlines())
    return {int(pair[0]): pair[1] for pair in pairs if len(pair) == 2}  # the last line may be cut


def _prepared(folder: Path) -> Path:
    import simulated
    from desks import Clock

    file = folder / "prepared.db"
    desk = opened(str(file), Clock())
    simulated.prepare(desk)
    desk.store.close()
    return file


def _one(prepared: Path, folder: Path, seed: int) -> str:
    """What came of a seed; why it failed is told at once."""
    import simulated
    from desks import Clock

    file, clock = folder / "desk.db", Clock()
    shutil.copyfile(prepared, file)
    desk = opened(str(file), clock)
    try:
        simulated.run(desk, clock, seed)
    except Exception:
        print(f"seed {seed}: {traceback.format_exc()}", file=sys.stderr, flush=True)
        return FAILED
    finally:
        desk.store.close()
        for part in folder.glob("desk.db*"):
            part.unlink()
    return HELD


def opened(where: str, clock: object) -> Desk:
    """A desk on a database, by a clock, whose ids count up."""
    numbers = count(1)
    return open_desk(where, policy.load(), clock, lambda prefix: f"{prefix}{next(numbers):05d}")  # type: ignore[arg-type]


if str(TESTS) not in sys.path:  # the people and trains of the simulation are those of the tests
    sys.path.insert(0, str(TESTS))
