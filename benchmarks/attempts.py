"""Attempts at scarce places without end: the races of the tests, each few waves on a database of their own.

The database lies on the disk, where the run puts down what it has done, and commits reach it as in service.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import pieces

WAVES = 20  # on one database
DONE = Path("out/desk-attempts.txt")


def run(attempts: int, done: Path | None = None, processes: int | None = None) -> Iterator[pieces.Done]:
    """What came of at least so many attempts, after each database; see `pieces.run`."""
    import contended

    file = done or DONE
    yield from pieces.run(partial(_one, file.parent), -(-attempts // (WAVES * contended.ATTEMPTS)), file, processes)


def _one(folder: Path, number: int) -> dict[str, int]:
    """What was counted in the waves of a database. Raises AssertionError where something does not hold."""
    import contended

    with tempfile.TemporaryDirectory(dir=folder) as name:
        *_, found = contended.race(str(Path(name) / "desk.db"), WAVES, number)
    assert found.held, found
    told = {name.replace(" ", "_"): times for name, times in found.told.items()}
    return {"attempts": found.attempts, **told, "turns": found.turns}
