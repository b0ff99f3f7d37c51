"""How loops are compiled: once, kept in a cache, without Python's lock.

numba counts the references to every array that a function is given, with atomic operations at each call: some 20 ns,
several times what a small loop takes. Loops that only use arrays that others have made need no count.
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, nogil=True)
"""Compiles a loop that makes arrays, or calls one that does."""

inner = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]  # not documented, see docs/decisions/0003
"""Compiles a loop that makes no arrays: numba refuses one that does ("NRT required but not enabled").

It must not return an array, nor a part of one, alone or in a tuple: nobody would count that reference.
"""
