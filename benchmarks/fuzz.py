"""The whole API of the desk asked by schemathesis: see tests/operator/fuzzed.py."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pieces import TESTS
from benchmarks.seeds import MEMORY, opened

if TYPE_CHECKING:
    from fuzzed import Found

OPERATOR = TESTS / "operator"


def run(examples: int, seed: int, where: str = "") -> Found:
    """What a desk answers to so many examples an operation.

    `where` is an empty database, a file or a URL; by default a file that is gone afterwards.
    """
    if str(OPERATOR) not in sys.path:
        sys.path.insert(0, str(OPERATOR))
    import fuzzed
    import known

    from desks import Clock

    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        desk = opened(where or str(Path(name) / "desk.db"), Clock())
        with closing(desk.store):
            known.prepare(desk)
            return fuzzed.run(desk, examples, seed=seed)
