"""Loops over CSR arrays, compiled by numba. Importing this package sets the folder of compiled code, before numba is.

The cache lies in the user's cache folder: beside the source it would survive removal and fail where that is read-only.
"""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where compiled kernels are kept for this user."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "koridor" / "numba"


os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
