"""The demo: `koridor link` on the atlas."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_S = 60.0


def seconds() -> float:
    """Seconds of a cold process of `koridor link` on the atlas, all cases, no result kept from before.

    A run of `--quick` before warms the kernels; XDG_CACHE_HOME is new, so that no case is found done.
    """
    kernels = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "koridor-bench"))}
    call = [sys.executable, "-m", "koridor", "link"]
    took = 0.0
    for more in (["--quick"], []):
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, **kernels, "XDG_CACHE_HOME": folder}
            start = time.perf_counter()
            subprocess.run([*call, *more, "--out", f"{folder}/out"], env=env, check=True, capture_output=True)
            took = time.perf_counter() - start
    return took
