"""Two cores against one, and the atlas with kernels compiled anew and from their cache."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.assign import ROUNDS_MAX, imported, warm
from benchmarks.command import ONE_THREAD, Answer, koridor
from benchmarks.networks import Case

GAP = 1e-6
LARGE_GAP = 1e-5  # on the network of `regional`
RATIO_MIN = 1.6  # one core over two
ATLAS_WARM_MAX_S = 2.0


def by_cores(case: Case, *, gap: float, limit_s: float) -> tuple[Answer, Answer]:
    """The same assignment on one core and on two. Raises FailedError."""
    warm(limit_s=limit_s)
    with tempfile.TemporaryDirectory() as place:
        dataset = imported(case, Path(place), limit_s=limit_s)
        one, two = (
            koridor("assign", dataset, "--gap-max", str(gap), "--rounds-max", str(ROUNDS_MAX),
                    env={**ONE_THREAD, "NUMBA_NUM_THREADS": cores}, limit_s=limit_s)
            for cores in ("1", "2")
        )  # fmt: skip
    return one, two


def atlas(*, limit_s: float) -> tuple[Answer, Answer]:
    """The atlas in a process that compiles all kernels, and in one that finds them compiled. Raises FailedError."""
    with tempfile.TemporaryDirectory() as kernels:
        cold, warm_one = (
            koridor("assign", "--gap-max", str(GAP), env={"NUMBA_CACHE_DIR": kernels}, limit_s=limit_s)
            for _ in range(2)
        )
    return cold, warm_one
