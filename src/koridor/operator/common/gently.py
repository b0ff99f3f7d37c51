"""Looking through much beside the work of others, who want the interpreter too.

It has one lock, which a thread that only reckons keeps for 5 ms at a time. Whoever books gives the lock away with every
statement, some thirty times, and would wait as often for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
LOOK_S, PAUSE_S = 0.001, 0.005


def gently(items: Iterable[T]) -> Iterator[T]:
    """The same items, with a pause after each millisecond of looking. For who reads: others wait for who writes."""
    since = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - since > LOOK_S:
            time.sleep(PAUSE_S)
            since = time.perf_counter()
