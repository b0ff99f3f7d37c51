"""Room for arrays that turn out too short inside a kernel."""

from __future__ import annotations

import numpy as np

from koridor.kernels.compiled import kernel


@kernel
def longer(array, size):  # type: ignore[no-untyped-def]
    """A copy with `size` entries, or rows, of which those that the array lacks are not set."""
    out = np.empty((size, *array.shape[1:]), array.dtype)
    out[: array.shape[0]] = array
    return out
