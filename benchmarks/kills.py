"""A thousand servers killed while clients book: the rounds of the tests, each few on a database of their own.

The servers are copies of a process that has loaded everything. The database lies on the disk, where the run puts down
what it has done, and commits reach it as in service.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import pieces

ROUNDS = 20  # on one database, all of which is read after each
DONE = Path("out/desk-kills.txt")


def run(rounds: int, done: Path | None = None, processes: int | None = None) -> Iterator[pieces.Done]:
    """What came of at least so many rounds, after each database; see `pieces.run`."""
    file = done or DONE
    yield from pieces.run(partial(_one, file.parent), -(-rounds // ROUNDS), file, processes)


def _one(folder: Path, number: int) -> dict[str, int]:
    """What was counted in the rounds on a database. Raises AssertionError where something does not hold."""
    import killed
    from served import Forked

    with tempfile.TemporaryDirectory(dir=folder) as name:
        where = str(Path(name) / "desk.db")
        told = list(killed.rounds(where, lambda: Forked(where, killed.RULES), ROUNDS, Forked.kill, number))
    return {"rounds": len(told), "acknowledged": sum(told), "unanswered": told.count(0)}
